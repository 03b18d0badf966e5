//! Gathering proofs: who the client is, who the user is, that an access token is live. What is slow is done here, outside of any transaction.

use std::{net::IpAddr, sync::Arc, time::Duration};

use keyward_rules::{
    access_token::AccessToken,
    check::{self, LiveToken},
    client_auth::{self, AuthenticatedClient},
    effect::Effect,
    model::{
        time::Timestamp,
        user::{LONGEST_USERNAME, Origin, PasswordHash, User},
    },
    user_auth::{self, AuthenticatedUser},
};
use keyward_store::facts;
use keyward_wire::{
    client_id::ClientId,
    directory::DirectoryRefusal,
    error::{Code, Refusal},
    presented::Presented,
};
use secrecy::{ExposeSecret, SecretString};
use tracing::warn;

use crate::{
    app::{App, Site},
    hashing::Verified,
    settle::unavailable,
    throttle::Refused,
};

/// A secret of this many bytes is not guessed, whoever tries: clients with one are never held up by those who do.
pub const NO_GUESS: usize = 32;

/// Authenticates a client (RFC 6749 §2.3), unless its secret was guessed at too often from this address.
///
/// # Errors
/// Those of [`client_auth::authenticate`], and [`Code::TooManySecrets`].
pub async fn client(site: &Site, presented: &Presented, address: IpAddr) -> Result<AuthenticatedClient, Refusal> {
    let app = &site.app;
    let known = match ClientId::parse(presented.client_id()) {
        Ok(id) => app.store.client(&id).await.map_err(|error| unavailable(&error))?,
        Err(_) => None,
    };
    let ring = app.ring.load();
    let Presented::Secret(sent) = presented else { return client_auth::authenticate(site.profile, presented, known, &ring) };
    if sent.secret.expose_secret().len() >= NO_GUESS {
        return client_auth::authenticate(site.profile, presented, known, &ring);
    }
    let attempt = app.throttle.secret(presented.client_id(), address);
    let attempt = attempt.map_err(|refused| throttled(&refused, Code::TooManySecrets))?;
    let result = client_auth::authenticate(site.profile, presented, known, &ring);
    if matches!(&result, Err(refusal) if matches!(refusal.code, Code::SecretWrong | Code::ClientUnknown(_))) {
        attempt.failed();
    }
    result
}

/// Authenticates a user by password, here or at the directory. Unknown users cost the same work as known ones and get the same answer.
///
/// # Errors
/// [`Code::CredentialsWrong`], [`Code::TooManyPasswords`], [`Code::Busy`], [`Code::StoreUnavailable`]; where a directory is asked,
/// [`Code::DirectoryRefused`] and [`Code::DirectoryUnavailable`].
pub async fn user(
    app: &App,
    username: &str,
    password: SecretString,
    address: IpAddr,
    now: Timestamp,
) -> Result<AuthenticatedUser, Refusal> {
    // Nobody is called so; all such names are one, so that they cost neither time nor memory.
    let username = if username.len() > LONGEST_USERNAME { "" } else { username };
    let attempt = app.throttle.reserve(username, address).await.map_err(|refused| throttled(&refused, Code::TooManyPasswords))?;
    let known = app.store.user_by_name(username).await.map_err(|error| unavailable(&error))?;
    let directory = app.settings.load().directory.clone();
    let asked = directory.as_ref().filter(|directory| directory.source().asks_directory(known.as_deref()));
    let result = match asked {
        Some(directory) => match directory.authenticate(app, username, &password, now).await {
            Ok(user) => user_auth::authenticate(Some(user), Ok(()), now),
            Err(refusal) => Err(refusal),
        },
        None => local_user(app, known, password, now).await,
    };
    match &result {
        Ok(_) => attempt.succeeded(),
        Err(refusal) if matches!(refusal.code, Code::CredentialsWrong | Code::DirectoryRefused(_)) => attempt.failed(),
        // Nobody was told whether the password is right.
        Err(_) => drop(attempt),
    }
    result.map_err(|refusal| if directory.is_some() { like_the_directory(refusal) } else { refusal })
}

/// Where a directory is asked for some users, nobody is told for whom.
fn like_the_directory(refusal: Refusal) -> Refusal {
    match refusal.code {
        Code::CredentialsWrong => Refusal { code: Code::DirectoryRefused(DirectoryRefusal::CredentialsWrong), ..refusal },
        _ => refusal,
    }
}

async fn local_user(app: &App, user: Option<Arc<User>>, password: SecretString, now: Timestamp) -> Result<AuthenticatedUser, Refusal> {
    let stored = user.as_ref().map(|user| user.password.0.clone());
    let verified = app.hashing.verify(password.clone(), stored).await;
    let verified = verified.map_err(|busy| Refusal::new(Code::Busy(seconds(busy.retry_after)), "password_hashing", busy.to_string()))?;
    let matches = match &verified {
        Verified::Yes { .. } => Ok(()),
        Verified::No(mismatch) => Err(mismatch.to_string()),
    };
    let result = user_auth::authenticate(user, matches, now);
    if let (Ok(user), Verified::Yes { needs_rehash: true }) = (&result, verified) {
        rehash(app, user.user(), password).await;
    }
    result
}

/// Brings the stored hash up to the current parameters, now that the password is at hand. The login does not depend on it.
async fn rehash(app: &App, user: &User, password: SecretString) {
    if user.origin == Origin::Configured {
        return;
    }
    let Ok(hash) = app.hashing.hash(password).await else { return };
    let renewed = User { password: PasswordHash(hash.into()), ..user.clone() };
    if let Err(error) = app.store.commit(vec![Effect::ReplaceUser { user: renewed, seen: user.revision }]).await {
        warn!(%error, user = %user.id, "the password hash was not renewed; the next login tries again");
    }
}

/// Opens an access token and checks that it is live.
///
/// # Errors
/// [`Code::TokenInvalid`], [`Code::StoreUnavailable`].
pub async fn access_token(app: &App, token: &SecretString) -> Result<LiveToken, Refusal> {
    let now = app.now();
    let token = AccessToken::read(token.expose_secret(), &app.ring.load())
        .ok_or_else(|| Refusal::new(Code::TokenInvalid, "token_genuine", "the text is no access token made with a key of this server"))?;
    let facts = facts::check::load(&app.store, &token).await.map_err(|error| unavailable(&error))?;
    check::check(token, facts, now)
}

/// The same for a token that must be for this server itself, not for another resource server.
///
/// # Errors
/// As [`access_token`].
pub async fn own_access_token(app: &App, token: &SecretString) -> Result<LiveToken, Refusal> {
    let live = access_token(app, token).await?;
    let (audience, settings) = (&live.token().audience, app.settings.load());
    if !audience.is_empty() && !audience.iter().any(|audience| audience.as_str() == settings.issuer) {
        return Err(Refusal::new(Code::TokenInvalid, "token_audience", "the access token is for another resource server"));
    }
    Ok(live)
}

/// What a caller is told who has to wait: `code`, or that others are in the way.
pub fn throttled(refused: &Refused, code: impl Fn(u32) -> Code) -> Refusal {
    let wait = seconds(refused.retry_after());
    let code = if *refused == Refused::Crowded { Code::Busy(wait) } else { code(wait) };
    Refusal::new(code, "throttle", refused.to_string())
}

/// Whole seconds, rounded up, as `Retry-After` wants them.
fn seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}
