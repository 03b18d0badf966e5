//! From the effects of a decision to guarded writes: one statement each, with its precondition in it.

use keyward_rules::{
    effect::Effect,
    model::{id::UserId, invitation::Invitation},
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

/// The write that an effect stands for.
#[must_use]
pub fn write(effect: &Effect) -> Write {
    let guarded = |statement, values| Write { statement, values, must_hold: true };
    let free = |statement, values| Write { statement, values, must_hold: false };
    match effect {
        Effect::Authorize(own) => guarded(&statement::AUTHORIZE, row::authorization(own)),
        Effect::Redeem { id, at, expires_at } => {
            guarded(&statement::REDEEM, vec![id.0.as_slice().into(), at.0.into(), expires_at.0.into()])
        }
        Effect::Rotate { id, from, to, at } => {
            guarded(&statement::ROTATE, vec![id.0.as_slice().into(), (*from).into(), (*to).into(), at.0.into()])
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
        Effect::Invite(own) => {
            let Invitation { digest, uses, created_at, expires_at } = own;
            guarded(&statement::INVITE, vec![digest.0.as_slice().into(), (*uses).into(), created_at.0.into(), expires_at.0.into()])
        }
        Effect::UseInvitation { digest, at } => guarded(&statement::USE_INVITATION, vec![digest.0.as_slice().into(), at.0.into()]),
        Effect::InstallPlugin { plugin, seen } => {
            let (user, client, super_client) = (&plugin.user, &plugin.client, &plugin.super_client);
            let mut values = plugin_key(user, client, super_client);
            values.extend([plugin.installed_at.0.into(), seen.0.into()]);
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
