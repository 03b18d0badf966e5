//! From rows to the things they stand for, and back.

use std::sync::Arc;

use keyward_rules::{
    key_ring::{KeyUse, WrappedKey},
    model::{
        authorization::{Authorization, AuthorizationSecret, CodeTerms},
        client::{Client, SecretMac},
        consent::Consent,
        device::{Approval, Device, Progress},
        digest::SecretDigest,
        epoch::{Epoch, Revision},
        id::{AuthorizationId, SessionId, UserId},
        invitation::Invitation,
        plugin::InstalledPlugin,
        session::Session,
        time::Timestamp,
        user::{Origin, PasswordHash, User},
    },
};
use keyward_wire::{
    audience::Audience, client_id::ClientId, pkce::CodeChallenge, scope::Scope, token_request::GrantType, user_code::UserCode,
};

use crate::{
    error::StoreError,
    value::{Columns, Value},
};

/// A thing that a row stands for.
pub trait FromRow: Sized {
    /// How many columns it is read from.
    const WIDTH: usize;

    /// Reads it.
    fn from_row(columns: &mut Columns) -> Result<Self, StoreError>;
}

impl FromRow for Authorization {
    const WIDTH: usize = 22;

    fn from_row(row: &mut Columns) -> Result<Self, StoreError> {
        Ok(Authorization {
            id: AuthorizationId(row.array()?),
            client: row.parsed(ClientId::parse)?,
            user: UserId(row.array()?),
            grant: row.parsed(|name| GrantType::parse(name).ok_or(()))?,
            scope: row.parsed(Scope::parse)?,
            audience: row.parsed(audience)?,
            created_at: Timestamp(row.integer()?),
            authenticated_at: Timestamp(row.integer()?),
            expires_at: Timestamp(row.integer()?),
            generation: row.number()?,
            rotated_at: Timestamp(row.integer()?),
            key: row.number()?,
            secret: AuthorizationSecret(row.array()?),
            client_epoch: Epoch(row.integer()?),
            user_epoch: Epoch(row.integer()?),
            consent_epoch: Epoch(row.integer()?),
            session: row.optional_array()?.map(SessionId),
            code: code_terms(row)?,
            revoked_at: row.optional_integer()?.map(Timestamp),
        })
    }
}

fn code_terms(row: &mut Columns) -> Result<Option<CodeTerms>, StoreError> {
    let (key, redirect_uri, challenge, redeemed_at) =
        (row.optional_integer()?, row.optional_text()?, row.optional_array()?.map(CodeChallenge), row.optional_integer()?.map(Timestamp));
    let Some(key) = key else { return Ok(None) };
    Ok(Some(CodeTerms { key: key.try_into().map_err(|_| row.corrupt())?, redirect_uri, challenge, redeemed_at }))
}

/// The row of an authorization.
pub fn authorization(own: &Authorization) -> Vec<Value> {
    let code = own.code.as_ref();
    vec![
        own.id.0.as_slice().into(),
        own.client.as_str().into(),
        own.user.0.as_slice().into(),
        own.grant.as_str().into(),
        own.scope.as_str().into(),
        audience_text(&own.audience).into(),
        own.created_at.0.into(),
        own.authenticated_at.0.into(),
        own.expires_at.0.into(),
        own.generation.into(),
        own.rotated_at.0.into(),
        own.key.into(),
        own.secret.0.as_slice().into(),
        own.client_epoch.0.into(),
        own.user_epoch.0.into(),
        own.consent_epoch.0.into(),
        own.session.map(|session| session.0.to_vec()).into(),
        code.map(|code| code.key).into(),
        code.and_then(|code| code.redirect_uri.clone()).into(),
        code.and_then(|code| code.challenge).map(|challenge| challenge.0.to_vec()).into(),
        code.and_then(|code| code.redeemed_at).map(|at| at.0).into(),
        own.revoked_at.map(|at| at.0).into(),
    ]
}

impl FromRow for Client {
    const WIDTH: usize = 11;

    fn from_row(row: &mut Columns) -> Result<Self, StoreError> {
        let id = row.parsed(ClientId::parse)?;
        let epoch = Epoch(row.integer()?);
        let revision = Revision(row.integer()?);
        let key = row.optional_integer()?;
        let mac = row.optional_bytes()?;
        let secret = match (key, mac) {
            (Some(key), Some(mac)) => {
                Some(SecretMac { key: key.try_into().map_err(|_| row.corrupt())?, mac: mac.try_into().map_err(|_| row.corrupt())? })
            }
            _ => None,
        };
        Ok(Client {
            id,
            epoch,
            revision,
            secret,
            created_at: Timestamp(row.integer()?),
            used_at: row.optional_integer()?.map(Timestamp),
            origin: row.parsed(origin)?,
            owner: row.optional_array()?.map(UserId),
            registration_token: row.optional_array()?.map(SecretDigest),
            registration: row.parsed(|text| serde_json::from_str(text))?,
        })
    }
}

impl FromRow for Invitation {
    const WIDTH: usize = 4;

    fn from_row(row: &mut Columns) -> Result<Self, StoreError> {
        Ok(Invitation {
            digest: SecretDigest(row.array()?),
            uses: row.number()?,
            created_at: Timestamp(row.integer()?),
            expires_at: Timestamp(row.integer()?),
        })
    }
}

/// The columns of a client that can change, after its id: epoch, secret, origin, registration token, registration.
pub fn client(own: &Client) -> [Value; 6] {
    [
        own.epoch.0.into(),
        own.secret.as_ref().map(|secret| secret.key).into(),
        own.secret.as_ref().map(|secret| secret.mac.as_slice()).into(),
        origin_name(own.origin).into(),
        own.registration_token.as_ref().map(|digest| digest.0.as_slice()).into(),
        serde_json::to_string(&own.registration).unwrap_or_default().into(),
    ]
}

impl FromRow for InstalledPlugin {
    const WIDTH: usize = 4;

    fn from_row(row: &mut Columns) -> Result<Self, StoreError> {
        Ok(InstalledPlugin {
            user: UserId(row.array()?),
            client: row.parsed(ClientId::parse)?,
            super_client: row.parsed(ClientId::parse)?,
            installed_at: Timestamp(row.integer()?),
        })
    }
}

impl FromRow for User {
    const WIDTH: usize = 10;

    fn from_row(row: &mut Columns) -> Result<Self, StoreError> {
        Ok(User {
            id: UserId(row.array()?),
            username: row.text()?,
            epoch: Epoch(row.integer()?),
            sign_in_epoch: Epoch(row.integer()?),
            revision: Revision(row.integer()?),
            password: PasswordHash(Arc::from(row.text()?)),
            admin_since: row.optional_integer()?.map(Timestamp),
            disabled_at: row.optional_integer()?.map(Timestamp),
            created_at: Timestamp(row.integer()?),
            origin: row.parsed(origin)?,
        })
    }
}

/// The columns of a user that can change: epochs, password, admin_since, disabled_at, origin.
pub fn user(own: &User) -> [Value; 6] {
    [
        own.epoch.0.into(),
        own.sign_in_epoch.0.into(),
        (&*own.password.0).into(),
        own.admin_since.map(|at| at.0).into(),
        own.disabled_at.map(|at| at.0).into(),
        origin_name(own.origin).into(),
    ]
}

impl FromRow for WrappedKey {
    const WIDTH: usize = 7;

    fn from_row(row: &mut Columns) -> Result<Self, StoreError> {
        Ok(WrappedKey {
            id: row.number()?,
            usage: row.parsed(|name| KeyUse::parse(name).ok_or(()))?,
            wrapped: row.bytes()?,
            root_key: row.number()?,
            created_at: Timestamp(row.integer()?),
            use_from: Timestamp(row.integer()?),
            keep_until: row.optional_integer()?.map(Timestamp),
        })
    }
}

/// The row of a key.
pub fn key(own: &WrappedKey) -> Vec<Value> {
    vec![
        own.id.into(),
        own.usage.as_str().into(),
        own.wrapped.as_slice().into(),
        own.root_key.into(),
        own.created_at.0.into(),
        own.use_from.0.into(),
        own.keep_until.map(|at| at.0).into(),
    ]
}

impl FromRow for Session {
    const WIDTH: usize = 9;

    fn from_row(row: &mut Columns) -> Result<Self, StoreError> {
        Ok(Session {
            id: SessionId(row.array()?),
            user: UserId(row.array()?),
            digest: SecretDigest(row.array()?),
            agent: row.text()?,
            authenticated_at: Timestamp(row.integer()?),
            seen_at: Timestamp(row.integer()?),
            expires_at: Timestamp(row.integer()?),
            sign_in_epoch: Epoch(row.integer()?),
            ended_at: row.optional_integer()?.map(Timestamp),
        })
    }
}

/// The row of a session.
pub fn session(own: &Session) -> Vec<Value> {
    let mut row = vec![own.id.0.as_slice().into(), own.user.0.as_slice().into()];
    row.extend(renewed_session(own));
    row.push(own.ended_at.map(|at| at.0).into());
    row
}

/// The columns of a session that are new when it is renewed: digest, agent, authenticated_at, seen_at, expires_at,
/// sign_in_epoch.
pub fn renewed_session(own: &Session) -> [Value; 6] {
    [
        own.digest.0.as_slice().into(),
        own.agent.as_str().into(),
        own.authenticated_at.0.into(),
        own.seen_at.0.into(),
        own.expires_at.0.into(),
        own.sign_in_epoch.0.into(),
    ]
}

impl FromRow for Consent {
    const WIDTH: usize = 7;

    fn from_row(row: &mut Columns) -> Result<Self, StoreError> {
        Ok(Consent {
            user: UserId(row.array()?),
            client: row.parsed(ClientId::parse)?,
            epoch: Epoch(row.integer()?),
            scope: row.parsed(Scope::parse)?,
            audience: row.parsed(audience)?,
            granted_at: Timestamp(row.integer()?),
            expires_at: Timestamp(row.integer()?),
        })
    }
}

/// The columns of a consent that can change: epoch, scope, audience, granted_at, expires_at.
pub fn consent(own: &Consent) -> [Value; 5] {
    [own.epoch.0.into(), own.scope.as_str().into(), audience_text(&own.audience).into(), own.granted_at.0.into(), own.expires_at.0.into()]
}

impl FromRow for Device {
    const WIDTH: usize = 16;

    fn from_row(row: &mut Columns) -> Result<Self, StoreError> {
        Ok(Device {
            id: AuthorizationId(row.array()?),
            digest: SecretDigest(row.array()?),
            user_code: row.parsed(|text| UserCode::parse(text).ok_or(()))?,
            client: row.parsed(ClientId::parse)?,
            client_epoch: Epoch(row.integer()?),
            scope: row.parsed(Scope::parse)?,
            audience: row.parsed(audience)?,
            created_at: Timestamp(row.integer()?),
            expires_at: Timestamp(row.integer()?),
            progress: progress(row)?,
        })
    }
}

fn progress(row: &mut Columns) -> Result<Progress, StoreError> {
    let user = row.optional_array()?.map(UserId);
    let (user_epoch, consent_epoch) = (row.optional_integer()?.map(Epoch), row.optional_integer()?.map(Epoch));
    let (session, authenticated_at) = (row.optional_array()?.map(SessionId), row.optional_integer()?.map(Timestamp));
    let approval = match (user, user_epoch, consent_epoch, session, authenticated_at) {
        (Some(user), Some(user_epoch), Some(consent_epoch), Some(session), Some(authenticated_at)) => {
            Some(Approval { user, user_epoch, consent_epoch, session, authenticated_at })
        }
        (None, ..) => None,
        _ => return Err(row.corrupt()),
    };
    Ok(match (row.optional_integer()?, row.optional_integer()?, approval) {
        (_, Some(_), _) => Progress::Redeemed,
        (Some(_), ..) => Progress::Denied,
        (.., Some(approval)) => Progress::Approved(approval),
        _ => Progress::Waiting,
    })
}

/// The columns of a device that asks.
pub fn device(own: &Device) -> Vec<Value> {
    vec![
        own.id.0.as_slice().into(),
        own.digest.0.as_slice().into(),
        own.user_code.as_str().into(),
        own.client.as_str().into(),
        own.client_epoch.0.into(),
        own.scope.as_str().into(),
        audience_text(&own.audience).into(),
        own.created_at.0.into(),
        own.expires_at.0.into(),
    ]
}

/// The columns of somebody's yes.
pub fn approval(own: &Approval) -> [Value; 5] {
    [
        own.user.0.as_slice().into(),
        own.user_epoch.0.into(),
        own.consent_epoch.0.into(),
        own.session.0.as_slice().into(),
        own.authenticated_at.0.into(),
    ]
}

fn audience_text(audience: &[Audience]) -> String {
    audience.iter().map(Audience::as_str).collect::<Vec<_>>().join(" ")
}

fn audience(text: &str) -> Result<Vec<Audience>, ()> {
    text.split(' ').filter(|one| !one.is_empty()).map(|one| Audience::parse(one).map_err(|_| ())).collect()
}

fn origin(name: &str) -> Result<Origin, ()> {
    [Origin::Configured, Origin::Registered, Origin::Directory].into_iter().find(|origin| origin_name(*origin) == name).ok_or(())
}

fn origin_name(origin: Origin) -> &'static str {
    match origin {
        Origin::Configured => "configured",
        Origin::Registered => "registered",
        Origin::Directory => "directory",
    }
}
