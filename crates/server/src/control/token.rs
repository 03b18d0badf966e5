//! Looking at a token: what it says, whether it is live, and if not, which check it fails. Never the token itself.

use jiff::Timestamp as Instant;
use keyward_rules::{
    access_token::{self, AccessToken, Basis},
    check,
    grant::{
        Facts,
        refresh_token::{Standing, live, standing},
    },
    model::{
        authorization::{Authorization, Generation},
        client::Client,
        id::AuthorizationId,
        time::Timestamp,
    },
    refresh_token::{self, RefreshToken},
};
use keyward_store::facts;
use keyward_wire::{
    audience::Audience,
    client_id::ClientId,
    error::{Code, Refusal},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Answer, ControlError, instant};
use crate::app::App;

/// What there is to say of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What it looks like.
    pub kind: Kind,
    /// Whether it would be accepted now.
    pub live: bool,
    /// The check it fails, if it does.
    pub failed: Option<Failed>,
    /// What it says, if this server made it.
    pub claims: Option<Claims>,
}

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An access token that only Keyward reads.
    OpaqueAccessToken,
    /// An access token as JWT (RFC 9068).
    JwtAccessToken,
    /// A refresh token.
    RefreshToken,
    /// None of them.
    Unknown,
}

impl Kind {
    /// By the form of the text, which may still be no token.
    fn of(text: &str) -> Self {
        match text {
            _ if text.starts_with(access_token::PREFIX) => Kind::OpaqueAccessToken,
            _ if text.starts_with(refresh_token::PREFIX) => Kind::RefreshToken,
            _ if text.matches('.').count() == 2 => Kind::JwtAccessToken,
            _ => Kind::Unknown,
        }
    }

    /// As people read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::OpaqueAccessToken => "opaque access token",
            Kind::JwtAccessToken => "JWT access token",
            Kind::RefreshToken => "refresh token",
            Kind::Unknown => "no token of keyward",
        }
    }
}

/// The check a token fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Its name, as the log has it.
    pub step: String,
    /// Why.
    pub reason: String,
}

/// What a token says, and what it stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Its own id (`jti`); refresh tokens have none.
    pub id: Option<String>,
    /// Whom it was made for; none if that authorization is gone.
    pub client: Option<ClientId>,
    /// The user it speaks for, if it does and they are still there.
    pub username: Option<String>,
    /// What it may do.
    pub scope: String,
    /// Where; empty: at the issuer itself.
    pub audience: Vec<Audience>,
    /// When it was made; for refresh tokens, when the one in force came into force.
    pub issued_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// The authorization it stands on, if it speaks for a user.
    pub authorization: Option<OfAuthorization>,
}

/// How a token stands to its authorization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfAuthorization {
    /// Which.
    pub id: String,
    /// The token's generation.
    pub generation: u32,
    /// The generation in force; none if the authorization is gone.
    pub in_force: Option<u32>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

pub(super) async fn inspect(app: &App, token: &SecretString) -> Result<Answer, ControlError> {
    let text = token.expose_secret();
    let kind = Kind::of(text);
    let report = match RefreshToken::parse(text) {
        Some(refresh) => refreshing(app, refresh).await?,
        None => match AccessToken::read(text, &app.ring.load()) {
            Some(access) => accessing(app, kind, access).await?,
            None => dead(kind, "token_genuine", "no key of this server made this text; the key may have been removed since"),
        },
    };
    Ok(Answer::Token(Box::new(report)))
}

async fn accessing(app: &App, kind: Kind, token: AccessToken) -> Result<Report, ControlError> {
    let facts = facts::check::load(&app.store, &token).await?;
    let (client, authorization) = match &token.basis {
        Basis::Client { id, .. } => (Some(id.clone()), None),
        Basis::Authorization { id, generation } => {
            let found = facts.authorization.as_deref();
            (found.map(|own| own.client.clone()), Some(behind(*id, *generation, found)))
        }
    };
    let claims = Claims {
        id: Some(token.id.to_string()),
        client,
        username: facts.grounds.user.as_ref().map(|user| user.username.clone()),
        scope: token.scope.to_string(),
        audience: token.audience.clone(),
        issued_at: instant(Timestamp::from_seconds(token.issued_at)),
        expires_at: instant(Timestamp::from_seconds(token.expires_at)),
        authorization,
    };
    let verdict = check::check(token, facts, app.now()).map(drop);
    Ok(judged(kind, claims, verdict))
}

async fn refreshing(app: &App, token: RefreshToken) -> Result<Report, ControlError> {
    let unknown = |step, reason| Ok(dead(Kind::RefreshToken, step, reason));
    let facts = facts::authorization::load(&app.store, token.authorization).await?;
    let Some(own) = facts.authorization.as_deref() else {
        return unknown("refresh_token_known", "no authorization has this id; it may have ended long ago");
    };
    if !token.is_genuine(own, &app.ring.load()) {
        return unknown("refresh_token_genuine", "the token was not made from the authorization it names, or its key was removed since");
    }
    let client = app.store.client(&own.client).await?;
    let claims = Claims {
        id: None,
        client: Some(own.client.clone()),
        username: facts.grounds.user.as_ref().map(|user| user.username.clone()),
        scope: own.scope.to_string(),
        audience: own.audience.clone(),
        issued_at: instant(own.rotated_at),
        expires_at: instant(own.expires_at),
        authorization: Some(behind(own.id, token.generation, Some(own))),
    };
    Ok(judged(Kind::RefreshToken, claims, refreshable(app, &token, client.as_deref(), &facts)))
}

/// What a refresh with this token would be told, without doing it.
fn refreshable(app: &App, token: &RefreshToken, client: Option<&Client>, facts: &Facts) -> Result<(), Refusal> {
    let now = app.now();
    let dead = |step, reason: String| Err(Refusal::new(Code::RefreshTokenRevoked, step, reason));
    let Some(client) = client else { return dead("client_known", "the token's client is no longer registered".to_owned()) };
    let own = live(token, client, facts, &app.ring.load(), now)?;
    match standing(token.generation, own, &client.registration, facts.recovered_at, now) {
        Standing::InForce | Standing::Ahead | Standing::Repeated => Ok(()),
        Standing::LostRace | Standing::Reused => {
            let reason =
                format!("generation {} was used up, {} is in force; using it again can revoke both", token.generation, own.generation);
            dead("refresh_token_in_force", reason)
        }
    }
}

fn behind(id: AuthorizationId, generation: Generation, found: Option<&Authorization>) -> OfAuthorization {
    OfAuthorization {
        id: id.to_string(),
        generation,
        in_force: found.map(|own| own.generation),
        revoked_at: found.and_then(|own| own.revoked_at).map(instant),
    }
}

fn judged(kind: Kind, claims: Claims, verdict: Result<(), Refusal>) -> Report {
    let failed = verdict.err().map(|refusal| Failed { step: refusal.step.to_owned(), reason: refusal.reason.into_owned() });
    Report { kind, live: failed.is_none(), failed, claims: Some(claims) }
}

/// A text of which nothing can be said.
fn dead(kind: Kind, step: &str, reason: &str) -> Report {
    Report { kind, live: false, failed: Some(Failed { step: step.to_owned(), reason: reason.to_owned() }), claims: None }
}
