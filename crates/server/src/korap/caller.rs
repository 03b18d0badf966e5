//! Who calls the KorAP API.
//!
//! 1. `Authorization: Bearer` with an access token of a client of this profile, or `Basic` with a user's name and password, or
//!    nothing: then it is a guest.
//! 2. A guest may do next to nothing; most endpoints want a [`user`](Caller::user).
//! 3. A token must have the scope that the endpoint names, an administrator's too; a password stands for every scope.

use std::sync::Arc;

use http::{HeaderMap, header::AUTHORIZATION};
use keyward_rules::{
    check::{LiveToken, TOKEN_LIFETIME},
    model::{time::Timestamp, user::User},
    user_auth::AuthenticatedUser,
};
use keyward_wire::{
    bearer,
    error::{Code, Refusal},
    korap::{AUTHENTICATION_FAILED, ApiError, BAD_CREDENTIALS, EXPIRED, INVALID_ACCESS_TOKEN},
    presented::UserPassword,
    profile::ProfileName,
};

use crate::{app::Site, authenticate, listener::Arrival};

/// What every guest may do.
const OF_GUESTS: [&str; 3] = ["search", "client_info", "match_info"];
/// What errors call a guest.
const GUEST: &str = "guest";

/// Who calls.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Nobody in particular.
    Guest,
    /// A user, by password.
    Password(AuthenticatedUser),
    /// Whom an access token speaks for.
    Token(Box<LiveToken>),
}

/// A user who may do what they call for. Only [`Caller::user`] makes one.
#[derive(Clone, Debug)]
pub struct ApiUser {
    user: Arc<User>,
    authenticated_at: Timestamp,
}

impl ApiUser {
    /// Who.
    #[must_use]
    pub fn user(&self) -> &Arc<User> {
        &self.user
    }

    /// When they proved who they are.
    #[must_use]
    pub fn authenticated_at(&self) -> Timestamp {
        self.authenticated_at
    }

    /// Whether they may administer.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.user.admin_since.is_some()
    }
}

impl Caller {
    /// Finds out who calls.
    ///
    /// # Errors
    /// [`Code::Api`] with 2001, 2003, 2004, 2011 or what the directory says (2023 to 2027); those of [`authenticate::user`] that are about load.
    pub async fn of(site: &Site, arrival: &Arrival, headers: &HeaderMap) -> Result<Self, Refusal> {
        let Some(value) = headers.get(AUTHORIZATION) else { return Ok(Caller::Guest) };
        let scheme = value.to_str().unwrap_or_default().split(' ').next().unwrap_or_default();
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => token(site, headers).await,
            "basic" => password(site, arrival, headers).await,
            _ => {
                let error = ApiError::about(AUTHENTICATION_FAILED, "Authentication scheme is not supported.", scheme);
                Err(Refusal::new(error.into(), "authorization_scheme", "the scheme is neither Bearer nor Basic"))
            }
        }
    }

    /// The user who calls, if they may do what needs `scope`.
    ///
    /// # Errors
    /// [`Code::Api`] with 2010: it is a guest, or a token of a client itself, or one that lacks the scope.
    pub fn user(&self, scope: &'static str) -> Result<ApiUser, Refusal> {
        match self {
            Caller::Guest => Err(guest("nobody has authenticated")),
            Caller::Password(user) => Ok(ApiUser { user: user.user().clone(), authenticated_at: user.at() }),
            Caller::Token(live) => {
                let (authorization, user) = live.speaks_for().ok_or_else(|| guest("the access token speaks for no user"))?;
                has(live, scope)?;
                Ok(ApiUser { user: user.clone(), authenticated_at: authorization.authenticated_at })
            }
        }
    }

    /// The same where guests are welcome: nobody, if it is one.
    ///
    /// # Errors
    /// [`Code::Api`] with 2010: not even guests may do this, or the token lacks the scope.
    pub fn user_or_guest(&self, scope: &'static str) -> Result<Option<ApiUser>, Refusal> {
        match self {
            Caller::Guest if OF_GUESTS.contains(&scope) => Ok(None),
            Caller::Token(live) if live.speaks_for().is_none() => has(live, scope).map(|()| None),
            _ => self.user(scope).map(Some),
        }
    }
}

fn guest(reason: &'static str) -> Refusal {
    Refusal::new(ApiError::unauthorized(GUEST).into(), "user_authenticated", reason)
}

fn has(live: &LiveToken, scope: &'static str) -> Result<(), Refusal> {
    if live.token().scope.permits(scope) {
        return Ok(());
    }
    Err(Refusal::new(ApiError::scope(scope).into(), "token_scope", format!("the access token has the scope {}", live.token().scope)))
}

async fn token(site: &Site, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let text = bearer::read(headers).map_err(in_api_words)?;
    let live = authenticate::own_access_token(&site.app, &text).await.map_err(in_api_words)?;
    if live.client().registration.profiles.contains(&ProfileName::Korap) {
        return Ok(Caller::Token(Box::new(live)));
    }
    let reason = "the token's client is not registered for this listener's profile; add it to its profiles";
    Err(in_api_words(Refusal::new(Code::TokenInvalid, "client_profile", reason)))
}

async fn password(site: &Site, arrival: &Arrival, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let wrong = |refusal: Refusal| match refusal.code {
        Code::CredentialsWrong | Code::AuthorizationMalformed => {
            Refusal { code: ApiError::plain(BAD_CREDENTIALS, "Username or password is wrong").into(), ..refusal }
        }
        Code::DirectoryRefused(why) => Refusal { code: why.korap_error().into(), ..refusal },
        _ => refusal,
    };
    let Some(UserPassword { username, password }) = UserPassword::read(headers).map_err(wrong)? else { return Ok(Caller::Guest) };
    let user = authenticate::user(&site.app, &username, password, arrival.client, site.app.now()).await;
    user.map(Caller::Password).map_err(wrong)
}

/// A token that is none, or no longer, as clients of the API expect to read it.
fn in_api_words(refusal: Refusal) -> Refusal {
    let error = match refusal.code {
        Code::TokenInvalid if refusal.step == TOKEN_LIFETIME => ApiError::plain(EXPIRED, "Access token is expired"),
        Code::TokenInvalid | Code::TokenMissing => ApiError::plain(INVALID_ACCESS_TOKEN, "Access token is invalid"),
        _ => return refusal,
    };
    Refusal { code: error.into(), ..refusal }
}
