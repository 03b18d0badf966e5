//! Who calls the KorAP API.
//!
//! 1. `Authorization: Bearer` with an access token of a client of this profile, or `Basic` with a user's name and password, or
//!    nothing: then it is a guest.
//! 2. A guest may do next to nothing; most endpoints want a [`user`](Caller::user).
//! 3. Requests with a token are counted, and refused when they are too many ([`crate::throttle`]). Passwords are for programs: a
//!    browser that was given one sends it by itself from then on, whoever has it ask.
//! 4. A token must have the scope that the endpoint names, an administrator's too; a password stands for every scope.

use std::sync::Arc;

use http::{HeaderMap, header, header::AUTHORIZATION};
use keyward_rules::{
    authorize::{self, Owner},
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
    scope::Scope,
};

use secrecy::ExposeSecret;

use crate::{
    app::Site,
    authenticate::{self, throttled},
    listener::Arrival,
};

/// What every guest may do.
const OF_GUESTS: [&str; 3] = ["search", "client_info", "match_info"];
/// What errors call a guest.
pub(super) const GUEST: &str = "guest";

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
pub struct ApiUser(Owner);

impl ApiUser {
    /// Who.
    #[must_use]
    pub fn user(&self) -> &Arc<User> {
        self.0.user()
    }

    /// Whether they may administer.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.user().admin_since.is_some()
    }

    /// What they let applications do stands on this.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.0
    }
}

impl Caller {
    /// Finds out who calls.
    ///
    /// # Errors
    /// [`Code::Api`] with 2001, 2003, 2004, 2011 or what the directory says (2023 to 2027); [`Code::TooManyRequests`]; those of
    /// [`authenticate::user`] that are about load.
    pub async fn of(site: &Site, arrival: &Arrival, headers: &HeaderMap) -> Result<Self, Refusal> {
        let Some(value) = headers.get(AUTHORIZATION) else { return Ok(Caller::Guest) };
        let scheme = value.to_str().unwrap_or_default().split(' ').next().unwrap_or_default();
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => token(site, headers).await,
            "basic" => password(site, arrival, headers).await,
            _ => Err(unsupported(scheme, "the scheme is neither Bearer nor Basic")),
        }
    }

    /// The user who calls, if they may do what needs `scope`.
    ///
    /// # Errors
    /// [`Code::Api`] with 2010: it is a guest, or a token of a client itself, or one that lacks the scope.
    pub fn user(&self, scope: &'static str) -> Result<ApiUser, Refusal> {
        let user = self.any_user()?;
        match self {
            Caller::Token(live) => has(live, scope).map(|()| user),
            _ => Ok(user),
        }
    }

    /// The user who calls, whatever they may do.
    ///
    /// # Errors
    /// [`Code::Api`] with 2010: it is a guest, or a token of a client itself.
    pub fn any_user(&self) -> Result<ApiUser, Refusal> {
        match self {
            Caller::Guest => Err(guest("nobody has authenticated")),
            Caller::Password(user) => Ok(ApiUser(Owner::from(user))),
            Caller::Token(live) => Owner::by_token(live).map(ApiUser).ok_or_else(|| guest("the access token speaks for no user")),
        }
    }

    /// Lets the caller give `scope` to an application in the user's name; a password stands for everything.
    ///
    /// # Errors
    /// Those of [`authorize::may_pass_on`].
    pub fn may_pass_on(&self, scope: &Scope, now: Timestamp) -> Result<(), Refusal> {
        match self {
            Caller::Token(live) => authorize::may_pass_on(live, scope, now),
            Caller::Guest | Caller::Password(_) => Ok(()),
        }
    }

    /// The user who calls, if they may do what needs `scope`; nobody for a guest, where guests are welcome, and for a client's own
    /// token.
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

fn unsupported(scheme: &str, reason: &'static str) -> Refusal {
    let error = ApiError::about(AUTHENTICATION_FAILED, "Authentication scheme is not supported.", scheme);
    Refusal::new(error.into(), "authorization_scheme", reason)
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
    if !live.client().registration.profiles.contains(&ProfileName::Korap) {
        let reason = "the token's client is not registered for this listener's profile; add it to its profiles";
        return Err(in_api_words(Refusal::new(Code::TokenInvalid, "client_profile", reason)));
    }
    if let Some(rate) = site.app.settings.load().korap.rate {
        let counted = site.app.throttle.bearer(text.expose_secret(), rate);
        counted.map_err(|refused| throttled(&refused, Code::TooManyRequests))?;
    }
    Ok(Caller::Token(Box::new(live)))
}

async fn password(site: &Site, arrival: &Arrival, headers: &HeaderMap) -> Result<Caller, Refusal> {
    if !site.app.settings.load().korap.basic_auth {
        return Err(unsupported("Basic", "korap.basic_auth is off; send an access token"));
    }
    if headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN) {
        return Err(unsupported("Basic", "a browser sends this password; passwords are for programs, which send none of its headers"));
    }
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
