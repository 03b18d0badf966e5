//! From the effects of a decision to guarded writes: statements with their preconditions in them.
//!
//! What looks at other rows than it writes holds those rows first: a statement of its own that changes nothing and makes every other
//! writer of them wait. Each statement sees what was committed before it, so what is looked at then is true until the end.
//!
//! What is used once carries the attempt that used it ([`Attempt`]): whoever does not hear whether a commit was done can look.

use keyward_rules::{
    effect::Effect,
    model::{
        id::{AuthorizationId, UserId},
        invitation::Invitation,
    },
    throttle::canonical_account,
};
use keyward_wire::client_id::ClientId;

use crate::{
    row,
    statement::{self, Statement},
    value::Value,
};

/// One statement to run.
#[derive(Debug)]
pub struct Write {
    /// Which.
    pub statement: &'static Statement,
    /// Its parameters, from `$1` on.
    pub values: Vec<Value>,
    /// Whether it must touch exactly one row: a precondition that does not hold touches none, and all effects of the
    /// decision are given up together.
    pub must_hold: bool,
}

/// One attempt to write a decision: a number nobody else has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt(pub i64);

/// The authorization in whose row an attempt to write `effects` is told apart from all others, if there is one.
#[must_use]
pub fn marked(effects: &[Effect]) -> Option<AuthorizationId> {
    effects.iter().find_map(|effect| match effect {
        Effect::Authorize(own) => Some(own.id),
        Effect::Redeem { id, .. } | Effect::Rotate { id, .. } => Some(*id),
        _ => None,
    })
}

/// The writes that the effects of a decision stand for, in their order.
#[must_use]
pub fn writes(effects: &[Effect], attempt: Attempt) -> Vec<Write> {
    effects.iter().flat_map(|effect| held(effect).into_iter().chain([write(effect, attempt)])).collect()
}

/// What must not change while an effect is written, though another row is.
fn held(effect: &Effect) -> Option<Write> {
    match effect {
        Effect::InstallPlugin { plugin, seen } => {
            let values = vec![plugin.client.as_str().into(), seen.0.into()];
            Some(Write { statement: &statement::HOLD_CLIENT, values, must_hold: true })
        }
        Effect::LeaveRoomOfOwner { owner, .. } => {
            Some(Write { statement: &statement::HOLD_USER, values: vec![owner.0.as_slice().into()], must_hold: true })
        }
        Effect::LeaveRoom { .. } => Some(Write { statement: &statement::HOLD_STORE, values: Vec::new(), must_hold: true }),
        _ => None,
    }
}

/// The write that an effect stands for.
fn write(effect: &Effect, Attempt(attempt): Attempt) -> Write {
    let guarded = |statement, values| Write { statement, values, must_hold: true };
    let free = |statement, values| Write { statement, values, must_hold: false };
    match effect {
        Effect::Authorize(own) => {
            let mut values = row::authorization(own);
            values.push(attempt.into());
            guarded(&statement::AUTHORIZE, values)
        }
        Effect::Redeem { id, at, expires_at } => {
            guarded(&statement::REDEEM, vec![id.0.as_slice().into(), at.0.into(), expires_at.0.into(), attempt.into()])
        }
        Effect::Rotate { id, from, to, at } => {
            guarded(&statement::ROTATE, vec![id.0.as_slice().into(), (*from).into(), (*to).into(), at.0.into(), attempt.into()])
        }
        Effect::Confirm { id, generation, at } => {
            guarded(&statement::CONFIRM, vec![id.0.as_slice().into(), (*generation).into(), at.0.into()])
        }
        Effect::Revoke { id, at } => free(&statement::REVOKE, vec![id.0.as_slice().into(), at.0.into()]),
        Effect::RevokeToken { id, client, expires_at } => {
            free(&statement::REVOKE_TOKEN, vec![id.0.as_slice().into(), client.as_str().into(), expires_at.0.into()])
        }
        Effect::AddClient(own) => {
            let [epoch, key, mac, origin, token, registration] = row::client(own);
            let (id, owner) = (own.id.as_str().into(), own.owner.map(|owner| owner.0.to_vec()).into());
            let values = vec![id, epoch, key, mac, own.created_at.0.into(), origin, owner, token, registration];
            guarded(&statement::ADD_CLIENT, values)
        }
        Effect::ReplaceClient { client, seen } => {
            let mut values = vec![client.id.as_str().into(), seen.0.into()];
            values.extend(row::client(client));
            values.push(client.used_at.map(|at| at.0).into());
            guarded(&statement::REPLACE_CLIENT, values)
        }
        Effect::RemoveClient { id, seen } => guarded(&statement::REMOVE_CLIENT, vec![id.as_str().into(), seen.0.into()]),
        Effect::LeaveRoom { registered_themselves } => guarded(&statement::LEAVE_ROOM, vec![(*registered_themselves).into()]),
        Effect::LeaveRoomOfOwner { owner, most } => {
            guarded(&statement::LEAVE_ROOM_OF_OWNER, vec![owner.0.as_slice().into(), (*most).into()])
        }
        Effect::Invite(own) => {
            let Invitation { digest, uses, created_at, expires_at } = own;
            guarded(&statement::INVITE, vec![digest.0.as_slice().into(), (*uses).into(), created_at.0.into(), expires_at.0.into()])
        }
        Effect::UseInvitation { digest, at } => guarded(&statement::USE_INVITATION, vec![digest.0.as_slice().into(), at.0.into()]),
        Effect::InstallPlugin { plugin, .. } => {
            let (user, client, super_client) = (&plugin.user, &plugin.client, &plugin.super_client);
            let mut values = plugin_key(user, client, super_client);
            values.push(plugin.installed_at.0.into());
            guarded(&statement::INSTALL_PLUGIN, values)
        }
        Effect::UninstallPlugin { user, client, super_client } => {
            guarded(&statement::UNINSTALL_PLUGIN, plugin_key(user, client, super_client))
        }
        Effect::ForgetPlugin(client) => free(&statement::FORGET_PLUGIN, vec![client.as_str().into()]),
        Effect::AddUser(own) => {
            let [epoch, sign_in_epoch, password, admin_since, disabled_at, origin] = row::user(own);
            let id = own.id.0.as_slice().into();
            let (account, username) = (canonical_account(&own.username).into(), own.username.as_str().into());
            let values =
                vec![id, account, username, epoch, sign_in_epoch, password, admin_since, disabled_at, own.created_at.0.into(), origin];
            guarded(&statement::ADD_USER, values)
        }
        Effect::ReplaceUser { user, seen } => {
            let mut values = vec![user.id.0.as_slice().into(), seen.0.into()];
            values.extend(row::user(user));
            guarded(&statement::REPLACE_USER, values)
        }
        Effect::RemoveUser { id, seen } => guarded(&statement::REMOVE_USER, vec![id.0.as_slice().into(), seen.0.into()]),
        Effect::OpenSession(own) => guarded(&statement::OPEN_SESSION, row::session(own)),
        Effect::RenewSession(own) => {
            let mut values = vec![own.id.0.as_slice().into()];
            values.extend(row::renewed_session(own));
            guarded(&statement::RENEW_SESSION, values)
        }
        Effect::SeeSession { id, at } => free(&statement::SEE_SESSION, vec![id.0.as_slice().into(), at.0.into()]),
        Effect::EndSession { id, at } => free(&statement::END_SESSION, vec![id.0.as_slice().into(), at.0.into()]),
        Effect::PutConsent { consent, seen } => {
            let mut values = vec![consent.user.0.as_slice().into(), consent.client.as_str().into()];
            values.extend(seen.map(|seen| seen.0.into()));
            values.extend(row::consent(consent));
            guarded(if seen.is_some() { &statement::REPLACE_CONSENT } else { &statement::PUT_CONSENT }, values)
        }
        Effect::NewDeviceCode(own) => guarded(&statement::NEW_DEVICE_CODE, row::device(own)),
        Effect::ApproveDevice { id, approval, at } => {
            let mut values = vec![id.0.as_slice().into(), at.0.into()];
            values.extend(row::approval(approval));
            guarded(&statement::APPROVE_DEVICE, values)
        }
        Effect::DenyDevice { id, at } => guarded(&statement::DENY_DEVICE, vec![id.0.as_slice().into(), at.0.into()]),
        Effect::RedeemDevice { id, at } => guarded(&statement::REDEEM_DEVICE, vec![id.0.as_slice().into(), at.0.into()]),
        Effect::PutKey(own) => guarded(&statement::PUT_KEY, row::key(own)),
        Effect::RemoveKey(id) => free(&statement::REMOVE_KEY, vec![(*id).into()]),
    }
}

fn plugin_key(user: &UserId, client: &ClientId, super_client: &ClientId) -> Vec<Value> {
    vec![user.0.as_slice().into(), client.as_str().into(), super_client.as_str().into()]
}
