//! The closed list of refusals.
//!
//! 1. A check that fails makes a [`Refusal`]: what goes out ([`Code`]), which named check it was, and
//!    why, for the log.
//! 2. [`Code::answer`] turns the code into what goes out, as the listener's profile words it: that table is a file of its own.

mod answer;

use std::{borrow::Cow, fmt};

use crate::{
    directory::{DirectoryFailure, DirectoryRefusal},
    korap::ApiError,
    scope::Scope,
};

pub use answer::{Answer, ErrorBody};

/// Something asked for was refused.
///
/// `code` is all that the caller learns; `step` and `reason` go to the log under the request id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the caller is told.
    pub code: Code,
    /// The name of the check that failed.
    pub step: &'static str,
    /// What was expected, what was there and how to mend it. Never a secret.
    pub reason: Cow<'static, str>,
}

impl Refusal {
    /// Refuses with `code` at the check `step`.
    pub fn new(code: Code, step: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Refusal { code, step, reason: reason.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.step, self.reason)
    }
}

impl std::error::Error for Refusal {}

/// Every refusal there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// A required parameter is not there, or empty.
    ParameterMissing(&'static str),
    /// A parameter came twice (RFC 6749 §3.2).
    ParameterRepeated(String),
    /// A parameter has a value that it cannot have.
    ParameterIllegal(&'static str),
    /// A parameter is longer than any value it could have.
    ParameterTooLong(String),
    /// There are more parameters than any request needs.
    ParametersTooMany,
    /// A parameter came where it is not read: a secret or token in a query string.
    ParameterInQuery(String),
    /// The form is not form-urlencoded UTF-8.
    FormMalformed,
    /// The body has another type than this one.
    MediaType(&'static str),
    /// The body is larger than the configured limit.
    BodyTooLarge,
    /// The body came slower than the configured limit.
    BodyTooSlow,
    /// The method is not the endpoint's.
    MethodNotAllowed(&'static str),
    /// There is nothing at this path.
    NotFound,
    /// The `Authorization` header is not one that can be read.
    AuthorizationMalformed,
    /// Basic header and form carry different credentials (RFC 6749 §2.3).
    TwoAuthentications,
    /// Nobody is registered under the client id, or not for this profile.
    ClientUnknown(String),
    /// The same at the authorization endpoint, where nobody authenticates.
    ApplicationUnknown(String),
    /// A confidential client sent no secret.
    SecretMissing,
    /// The secret is not the client's.
    SecretWrong,
    /// Only a confidential client may ask this.
    ClientPublic,
    /// Only a super client may ask this.
    SuperClientOnly,
    /// A public client has no secret to replace.
    ClientHasNoSecret,
    /// Only the configuration file changes this client.
    ClientConfigured,
    /// What a client should be registered for does not fit together (RFC 7591 §3.2.2).
    RegistrationIllegal(String),
    /// A redirect URI that cannot be registered (RFC 7591 §3.2.2).
    RedirectUriIllegal(String),
    /// No such registration access token, or another client's: one answer for all.
    RegistrationTokenInvalid,
    /// No such initial access token, or it was used up, or its time is over.
    InitialTokenInvalid,
    /// Too many registrations from one address; seconds until the next one may come.
    TooManyRegistrations(u32),
    /// As many clients have registered themselves as may; seconds until it is worth trying again.
    RegistryFull(u32),
    /// An authorization request without a redirect URI, by a client that has not registered exactly one.
    RedirectUriMissing,
    /// A redirect URI that the client has not registered.
    RedirectUriUnregistered,
    /// No such response type, or not on this listener.
    ResponseTypeUnsupported,
    /// The client is not registered for the response type.
    ResponseTypeUnauthorized(&'static str),
    /// An authorization request that is longer than what can wait for a person.
    RequestTooLong,
    /// The request came as an object or a reference to one (RFC 9101 §6), in this parameter.
    RequestObjectUnsupported(&'static str),
    /// Nothing may be shown, and nobody is signed in (OpenID Connect Core §3.1.2.6).
    LoginRequired,
    /// Nothing may be shown, and consent was not given before.
    ConsentRequired,
    /// The user said no.
    AccessDenied,
    /// A page's form came without the proof that this browser was shown it, or too late.
    FormStale,
    /// The form was sent before.
    FormRepeated,
    /// A code that is no code of this server, or was used, or is another client's.
    CodeInvalid,
    /// The redirect URI of the redemption is not that of the authorization request.
    CodeRedirectUriWrong,
    /// The code verifier is missing, does not meet the challenge, or came where there was none (RFC 7636 §4.6).
    CodeVerifierWrong,
    /// The code's time is over.
    CodeExpired,
    /// The authorization request named a redirect URI, the redemption none.
    CodeWithoutRedirectUri,
    /// A device code that is no code of this server, or was used, is another client's, or stands on what has ended.
    DeviceCodeInvalid,
    /// The device code's time is over (RFC 8628 §3.5).
    DeviceCodeExpired,
    /// Nobody has said anything yet.
    AuthorizationPending,
    /// The device asks too often.
    SlowDown,
    /// No device waits with this user code.
    UserCodeUnknown,
    /// Too many wrong user codes; seconds until the next one is looked at.
    TooManyUserCodes(u32),
    /// Too many devices ask at once; seconds until the next one may.
    TooManyDevices(u32),
    /// No such grant type.
    GrantTypeUnsupported,
    /// The client is not registered for the grant type.
    GrantTypeUnauthorized(&'static str),
    /// The password grant, asked for by a client that is not trusted with passwords.
    PasswordGrantUnauthorized,
    /// User unknown or disabled, or the password is wrong: one text for all.
    CredentialsWrong,
    /// The same where a directory is asked; or more, where the operator wants those who know their password to be told.
    DirectoryRefused(DirectoryRefusal),
    /// The directory cannot be asked now; seconds until it is worth trying again.
    DirectoryUnavailable(DirectoryFailure, u32),
    /// Too many wrong passwords; seconds until the next one is looked at.
    TooManyPasswords(u32),
    /// Too many wrong client secrets; seconds until the next one is looked at.
    TooManySecrets(u32),
    /// Too many requests with one access token; seconds until the next one is looked at.
    TooManyRequests(u32),
    /// No such refresh token, or another client's.
    RefreshTokenUnknown,
    /// The refresh token was used up or revoked.
    RefreshTokenRevoked,
    /// The refresh token's time is over.
    RefreshTokenExpired,
    /// A scope that is unknown, not the client's, or wider than what was granted.
    ScopeIllegal {
        /// What was asked for beyond that.
        beyond: Scope,
        /// The most there is.
        most: Scope,
    },
    /// A scope that is no scope.
    ScopeMalformed,
    /// The scope `all`, which only super clients may have.
    ScopeAll,
    /// No scope was asked for and the client has no default.
    ScopeMissing,
    /// A resource that is unknown, not the client's, or not a URI (RFC 8707 §2).
    TargetIllegal,
    /// No token was presented to a protected resource.
    TokenMissing,
    /// The presented token is no live access token for this resource.
    TokenInvalid,
    /// A client wants to end a token of another one (RFC 7009 §2.1).
    TokenOfOther,
    /// The presented token lacks this scope.
    ScopeInsufficient(&'static str),
    /// The check endpoint was given a token that is not live.
    CheckedTokenInvalid,
    /// An error of the KorAP API, which has its own form.
    Api(Box<ApiError>),
    /// The server has more of this work than it can do now; seconds until it is worth trying again.
    Busy(u32),
    /// The store cannot be read or written now; seconds until it is worth trying again.
    StoreUnavailable(u32),
    /// A defect of the server.
    Defect,
}

impl From<ApiError> for Code {
    fn from(error: ApiError) -> Self {
        Code::Api(Box::new(error))
    }
}
