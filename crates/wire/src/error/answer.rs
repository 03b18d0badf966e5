//! The one table that says how each refusal goes out: status, `error` and `error_description` (RFC 6749 §5.2, RFC 6750 §3.1),
//! as each profile words them.

use std::borrow::Cow;

use http::StatusCode;
use serde::Serialize;

use super::Code;
use crate::{
    directory::DirectoryRefusal,
    korap::ApiError,
    profile::{Profile, Wording},
    token_request::GrantType,
};

/// How a refusal goes out.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status line.
    pub status: StatusCode,
    /// The `error` member.
    pub error: &'static str,
    /// The `error_description` member, within the characters of RFC 6749 §5.2.
    pub description: Cow<'static, str>,
    /// `WWW-Authenticate`, where the status asks for one: a value for each way to authenticate.
    pub challenges: Vec<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// `Allow`, for 405.
    pub allow: Option<&'static str>,
    /// Whether the description goes out by itself, as plain text.
    pub plain: bool,
    /// The error of the KorAP API that takes the place of `error` and `description`.
    pub api: Option<Box<ApiError>>,
    /// What clients of the KorAP API read beside `error` and `description`.
    pub korap_error: Option<ApiError>,
}

/// The JSON body of a refusal.
#[derive(Serialize)]
#[serde(untagged)]
pub enum ErrorBody<'a> {
    /// RFC 6749 §5.2.
    OAuth {
        /// What went wrong, in one of the registered words.
        error: &'a str,
        /// The same for people.
        error_description: &'a str,
        /// The same in a number, for clients of the KorAP API.
        #[serde(skip_serializing_if = "Option::is_none")]
        errors: Option<[&'a ApiError; 1]>,
        /// `state` as it came, at an authorization endpoint that programs call.
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<&'a str>,
    },
    /// The KorAP API.
    Api {
        /// What went wrong.
        errors: [&'a ApiError; 1],
    },
}

impl Answer {
    /// The body to send, with `state` if there is one.
    #[must_use]
    pub fn body<'a>(&'a self, state: Option<&'a str>) -> ErrorBody<'a> {
        match &self.api {
            Some(api) => ErrorBody::Api { errors: [api] },
            None => ErrorBody::OAuth {
                error: self.error,
                error_description: &self.description,
                errors: self.korap_error.as_ref().map(|error| [error]),
                state,
            },
        }
    }
}

impl Code {
    /// The row of this code in the table, as `profile` words it.
    #[must_use]
    pub fn answer(&self, profile: &Profile) -> Answer {
        let row = match profile.wording {
            Wording::Rfc => self.rfc(),
            Wording::Korap => self.korap().unwrap_or_else(|| self.rfc()),
        };
        let (status, error, description) = row;
        Answer {
            status,
            error,
            description: printable(description),
            challenges: self.challenges(status, error, profile.realm),
            retry_after: match self {
                Code::TooManyPasswords(seconds)
                | Code::TooManySecrets(seconds)
                | Code::TooManyUserCodes(seconds)
                | Code::TooManyDevices(seconds)
                | Code::TooManyRequests(seconds)
                | Code::TooManyRegistrations(seconds)
                | Code::RegistryFull(seconds)
                | Code::Busy(seconds)
                | Code::DirectoryUnavailable(_, seconds)
                | Code::StoreUnavailable(seconds) => Some(*seconds),
                _ => None,
            },
            allow: match self {
                Code::MethodNotAllowed(methods) => Some(methods),
                _ => None,
            },
            plain: matches!(self, Code::TooManyRequests(_)),
            api: match self {
                Code::Api(error) => Some(error.clone()),
                _ => None,
            },
            korap_error: self.korap_error().filter(|_| profile.wording == Wording::Korap),
        }
    }

    /// The table.
    fn rfc(&self) -> Row {
        match self {
            Code::ParameterMissing("username") => row(400, "invalid_request", "username is missing."),
            Code::ParameterMissing("password") => row(400, "invalid_request", "password is missing"),
            Code::ParameterMissing("token_type") => row(400, "invalid_request", "Missing token_type parameter value"),
            Code::ParameterMissing(name) => row(400, "invalid_request", format!("Missing parameter: {name}")),
            Code::ParameterRepeated(name) => row(400, "invalid_request", format!("Parameter {name} must be sent once only")),
            Code::ParameterIllegal(name) => row(400, "invalid_request", expected(name)),
            Code::ParameterTooLong(name) => row(400, "invalid_request", format!("Parameter {name} is too long")),
            Code::ParametersTooMany => row(400, "invalid_request", "Too many parameters"),
            Code::ParameterInQuery(name) => {
                row(400, "invalid_request", format!("Parameter {name} must be sent in the body, not in the URL"))
            }
            Code::FormMalformed => row(400, "invalid_request", "The form must be form-urlencoded UTF-8 without NUL"),
            Code::MediaType(expected) => row(400, "invalid_request", format!("The body must be {expected}")),
            Code::BodyTooLarge => row(413, "invalid_request", "The body is too large"),
            Code::BodyTooSlow => row(408, "invalid_request", "The body took too long to arrive"),
            Code::MethodNotAllowed(methods) => row(405, "invalid_request", format!("Use {methods}")),
            Code::NotFound => row(404, "invalid_request", "There is nothing at this path"),
            Code::AuthorizationMalformed => {
                row(401, "invalid_client", "The Authorization header must be: Basic, then base64 of client_id:client_secret")
            }
            Code::TwoAuthentications => {
                row(400, "invalid_request", "The Authorization header and the form carry different client credentials; send one of them")
            }
            Code::ClientUnknown(_) | Code::SecretMissing | Code::SecretWrong => row(401, "invalid_client", "Client authentication failed"),
            Code::ApplicationUnknown(_) => row(400, "invalid_client", "No application is registered under this client_id"),
            Code::ClientPublic => row(400, "unauthorized_client", "Only a confidential client may do this"),
            Code::SuperClientOnly => row(401, "unauthorized_client", "Only super client is allowed to use this service"),
            Code::ClientHasNoSecret => row(400, "invalid_request", "Operation is not allowed for public clients"),
            Code::ClientConfigured => row(403, "access_denied", "The server's configuration keeps this client; it cannot be changed here"),
            Code::RegistrationIllegal(why) => row(400, "invalid_client_metadata", why.clone()),
            Code::RedirectUriIllegal(why) => row(400, "invalid_redirect_uri", why.clone()),
            Code::RegistrationTokenInvalid => row(401, "invalid_token", "The registration access token is unknown, or another client's"),
            Code::InitialTokenInvalid => row(401, "invalid_token", "The initial access token is unknown, used up or expired"),
            Code::TooManyRegistrations(_) => {
                row(429, "temporarily_unavailable", "Too many registrations from this address; try again later")
            }
            Code::RegistryFull(_) => row(503, "temporarily_unavailable", "No more clients can register at the moment; try again later"),
            Code::RedirectUriMissing => row(400, "invalid_request", "Missing parameter: redirect URI"),
            Code::RedirectUriUnregistered => row(400, "invalid_request", "Invalid redirect URI"),
            Code::ResponseTypeUnsupported => row(400, "unsupported_response_type", "This response type is not supported"),
            Code::ResponseTypeUnauthorized(name) => {
                row(400, "unauthorized_client", format!("The client is not registered for the response type {name}"))
            }
            Code::RequestTooLong => row(400, "invalid_request", "The authorization request is too long"),
            Code::RequestObjectUnsupported("request") => row(400, "request_not_supported", "Request objects are not supported"),
            Code::RequestObjectUnsupported(_) => row(400, "request_uri_not_supported", "Request objects are not supported"),
            Code::LoginRequired => row(400, "login_required", "The user has to sign in"),
            Code::ConsentRequired => row(400, "consent_required", "The user has to consent"),
            Code::AccessDenied => row(400, "access_denied", "The user denied access"),
            Code::FormStale => row(403, "invalid_request", "This form was not made for this browser, or is too old; start again"),
            Code::FormRepeated => row(400, "invalid_request", "This form was sent before; start again"),
            Code::CodeInvalid => {
                row(400, "invalid_grant", "The code is unknown or used, another client's, or what it stands on has changed; begin again")
            }
            Code::CodeRedirectUriWrong => row(400, "invalid_grant", "redirect_uri must be that of the authorization request, byte by byte"),
            Code::CodeVerifierWrong => {
                row(400, "invalid_grant", "code_verifier must be sent if there was a code_challenge, and must meet it (RFC 7636)")
            }
            Code::CodeExpired => row(400, "invalid_grant", "Authorization expired"),
            Code::CodeWithoutRedirectUri => row(400, "invalid_grant", "Missing redirect URI"),
            Code::DeviceCodeInvalid => {
                row(400, "invalid_grant", "The device code is unknown or used, another client's, or what it stands on has changed")
            }
            Code::DeviceCodeExpired => row(400, "expired_token", "The device code is expired; ask for a new one"),
            Code::AuthorizationPending => row(400, "authorization_pending", "The user has not decided yet; ask again after the interval"),
            Code::SlowDown => row(400, "slow_down", "Ask less often: from now on, wait 5 seconds longer each time"),
            Code::UserCodeUnknown => row(400, "invalid_request", "No device waits with this user code"),
            Code::TooManyUserCodes(_) => row(429, "invalid_request", "Too many wrong user codes; try again later"),
            Code::TooManyDevices(_) => row(429, "temporarily_unavailable", "Too many devices ask at once; try again later"),
            Code::GrantTypeUnsupported => {
                row(400, "unsupported_grant_type", format!("grant_type must be one of {}", GrantType::of_token_endpoint()))
            }
            Code::GrantTypeUnauthorized(grant) => {
                row(400, "unauthorized_client", format!("The client is not registered for the grant type {grant}"))
            }
            Code::PasswordGrantUnauthorized => row(400, "unauthorized_client", "Password grant is not allowed for third party clients"),
            Code::CredentialsWrong | Code::DirectoryRefused(DirectoryRefusal::CredentialsWrong) => {
                row(400, "invalid_grant", "Username or password is wrong")
            }
            Code::DirectoryRefused(DirectoryRefusal::Locked) => row(400, "invalid_grant", "The user is locked"),
            Code::DirectoryRefused(DirectoryRefusal::NotRegistered) => {
                row(400, "invalid_grant", "The user is not registered for this service")
            }
            Code::DirectoryRefused(DirectoryRefusal::NoEmail) => row(400, "invalid_grant", "The user has no e-mail address"),
            Code::DirectoryRefused(DirectoryRefusal::NotAuthorized) => row(400, "invalid_grant", "The user may not use this service"),
            Code::DirectoryUnavailable(..) => {
                row(503, "temporarily_unavailable", "The directory of users is not available; try again later")
            }
            Code::TooManyPasswords(_) => row(429, "invalid_grant", "Too many failed attempts; try again later"),
            Code::TooManySecrets(_) => row(429, "invalid_client", "Too many failed attempts; try again later"),
            Code::TooManyRequests(_) => row(429, "temporarily_unavailable", "Rate limit exceeded"),
            Code::RefreshTokenUnknown => row(400, "invalid_grant", "Refresh token is not found"),
            Code::RefreshTokenRevoked => row(400, "invalid_grant", "Refresh token has been revoked"),
            Code::RefreshTokenExpired => row(400, "invalid_grant", "Refresh token is expired"),
            Code::ScopeIllegal { beyond, most } => row(400, "invalid_scope", format!("Invalid scope: {beyond}; at most: {most}")),
            Code::ScopeMalformed => row(400, "invalid_scope", "scope must be words of printable ASCII with one space between them"),
            Code::ScopeAll => row(400, "invalid_scope", "Only super clients may have the scope all"),
            Code::ScopeMissing => row(400, "invalid_scope", "scope is required"),
            Code::TargetIllegal => row(400, "invalid_target", "The audience or resource is unknown, or not for this client"),
            Code::TokenMissing => row(401, "invalid_request", "Send an access token: Authorization: Bearer"),
            Code::TokenInvalid => row(401, "invalid_token", "The access token is unknown, expired, revoked or for another resource"),
            Code::ScopeInsufficient(scope) => row(403, "insufficient_scope", format!("The access token needs the scope {scope}")),
            Code::TokenOfOther => row(400, "unauthorized_client", "The token was issued to another client"),
            Code::CheckedTokenInvalid => row(400, "invalid_token", "Token was not recognised"),
            Code::Api(error) => (error.status(), "invalid_request", error.message.clone()),
            Code::Busy(_) => row(503, "temporarily_unavailable", "Too busy; try again later"),
            Code::StoreUnavailable(_) => row(503, "temporarily_unavailable", "The store is not available; try again later"),
            Code::Defect => row(500, "server_error", "The server failed; the log says why under the request id"),
        }
    }

    /// Where clients of the KorAP API compare with something else.
    fn korap(&self) -> Option<Row> {
        Some(match self {
            Code::MediaType(expected) => row(415, "invalid_request", format!("The body must be {expected}")),
            Code::SecretMissing => row(400, "invalid_request", "Missing parameter: client_secret"),
            Code::ClientUnknown(id) | Code::ApplicationUnknown(id) => row(401, "invalid_client", format!("Unknown client: {id}")),
            Code::SecretWrong => row(401, "invalid_client", "Invalid client credentials"),
            Code::ClientPublic => row(400, "invalid_request", "Only a confidential client may do this"),
            Code::ResponseTypeUnsupported => row(400, "unsupported_response_type", "Unsupported response type. Only code is supported."),
            Code::RegistrationIllegal(why) => row(400, "invalid_request", why.clone()),
            Code::ScopeAll => row(400, "invalid_scope", "Requested scope all is not allowed."),
            Code::ScopeIllegal { .. } | Code::ScopeMalformed => row(400, "invalid_scope", "Invalid scope"),
            Code::CodeInvalid | Code::CodeRedirectUriWrong | Code::CodeVerifierWrong => row(400, "invalid_grant", "Invalid authorization"),
            Code::GrantTypeUnauthorized(grant) => {
                row(401, "unauthorized_client", format!("The client is not registered for the grant type {grant}"))
            }
            Code::PasswordGrantUnauthorized => row(401, "unauthorized_client", "Password grant is not allowed for third party clients"),
            _ => return None,
        })
    }

    /// What clients of the KorAP API read besides.
    fn korap_error(&self) -> Option<ApiError> {
        match self {
            Code::DirectoryRefused(why) => Some(why.korap_error()),
            Code::DirectoryUnavailable(why, _) => Some(why.korap_error()),
            _ => None,
        }
    }

    /// The challenges a 401 must carry: of the client at OAuth endpoints (RFC 6749 §5.2), of the bearer
    /// at protected resources (RFC 6750 §3), with `error` only when a token was presented; of both at the KorAP API.
    fn challenges(&self, status: StatusCode, error: &str, realm: &str) -> Vec<String> {
        match self {
            Code::TokenMissing => vec![format!("Bearer realm=\"{realm}\"")],
            Code::TokenInvalid | Code::RegistrationTokenInvalid | Code::InitialTokenInvalid => {
                vec![format!("Bearer realm=\"{realm}\", error=\"{error}\"")]
            }
            Code::ScopeInsufficient(scope) => vec![format!("Bearer realm=\"{realm}\", error=\"{error}\", scope=\"{scope}\"")],
            _ if status != StatusCode::UNAUTHORIZED => vec![],
            Code::Api(_) => vec![format!("Basic realm=\"{realm}\""), format!("Bearer realm=\"{realm}\"")],
            _ => vec![format!("Basic realm=\"{realm}\", charset=\"UTF-8\"")],
        }
    }
}

/// What a parameter must be that has a value it cannot have.
fn expected(parameter: &str) -> String {
    let expected = match parameter {
        "code_challenge_method" => "S256, beside a code_challenge",
        "code_challenge" => "the base64url of a SHA-256 (RFC 7636)",
        "response_mode" => "one of query, fragment, form_post that the client is registered for; a token never goes in a query",
        "prompt" => "none, or some of login, consent, select_account",
        "max_age" => "a number of seconds",
        "super" | "permitted" => "true or false",
        _ => "another value",
    };
    format!("{parameter} must be {expected}")
}

type Row = (StatusCode, &'static str, Cow<'static, str>);

fn row(status: u16, error: &'static str, description: impl Into<Cow<'static, str>>) -> Row {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, error, description.into())
}

/// Replaces what RFC 6749 §5.2 does not allow in a description, and what could be taken for a tag; cuts what a caller made too
/// long.
fn printable(text: Cow<'static, str>) -> Cow<'static, str> {
    let legal = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '<' | '>');
    if text.len() <= 200 && text.chars().all(legal) {
        return text;
    }
    text.chars().take(200).map(|c| if legal(c) { c } else { '?' }).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        directory::DirectoryFailure,
        profile::{KORAP, SKYVAULT, STANDARD},
    };

    #[test]
    fn req_c16_only_clients_of_the_korap_api_read_a_number_for_what_a_directory_says() {
        use DirectoryFailure::{Failed, NotReached, TimedOut};
        use DirectoryRefusal::{CredentialsWrong, Locked, NoEmail, NotAuthorized, NotRegistered};
        let refused = [(CredentialsWrong, 2023), (Locked, 2024), (NotRegistered, 2025), (NoEmail, 2026), (NotAuthorized, 2027)];
        let failed = [(NotReached, 2021), (Failed, 2022), (TimedOut, 2120)];
        let codes = refused.map(|(why, number)| (Code::DirectoryRefused(why), 400, number)).into_iter();
        for (code, status, number) in codes.chain(failed.map(|(why, number)| (Code::DirectoryUnavailable(why, 5), 503, number))) {
            let korap = code.answer(&KORAP);
            let errors = &serde_json::to_value(korap.body(None)).unwrap()["errors"];
            assert_eq!((korap.status.as_u16(), &errors[0][0]), (status, &number.into()), "{code:?}");
            for profile in [&STANDARD, &SKYVAULT] {
                let other = code.answer(profile);
                assert_eq!(serde_json::to_value(other.body(None)).unwrap().get("errors"), None);
                assert_eq!((other.status, other.error, other.description), (korap.status, korap.error, korap.description.clone()));
            }
        }
        let local = Code::CredentialsWrong.answer(&STANDARD);
        assert_eq!(Code::DirectoryRefused(CredentialsWrong).answer(&STANDARD), local);
        let text = "LDAP Authentication failed due to unknown user or password!";
        assert_eq!(Code::DirectoryRefused(CredentialsWrong).answer(&KORAP).korap_error, Some(ApiError::plain(2023, text)));
    }

    #[test]
    fn an_error_of_the_korap_api_goes_out_in_its_own_form() {
        let answer = Code::from(ApiError::unauthorized("guest")).answer(&KORAP);
        let body = serde_json::to_string(&answer.body(Some("xyz"))).unwrap();
        assert_eq!(body, r#"{"errors":[[2010,"Unauthorized operation for user: guest","guest"]]}"#);
        assert_eq!((answer.status.as_u16(), answer.challenges.len()), (401, 2));
    }

    #[test]
    fn a_state_is_sent_back_where_there_is_one() {
        let answer = Code::RedirectUriUnregistered.answer(&KORAP);
        let body = |state| serde_json::to_string(&answer.body(state)).unwrap();
        assert_eq!(body(Some("a\"b")), r#"{"error":"invalid_request","error_description":"Invalid redirect URI","state":"a\"b"}"#);
        assert_eq!(body(None), r#"{"error":"invalid_request","error_description":"Invalid redirect URI"}"#);
    }

    #[test]
    fn sec_p16_what_a_caller_sent_cannot_break_out_of_the_description() {
        let answer = Code::ParameterRepeated("a\"b\\c\nd\u{202e}<e>".to_owned()).answer(&STANDARD);
        assert_eq!(answer.description, "Parameter a?b?c?d??e? must be sent once only");
    }

    #[test]
    fn req_t07_a_missing_secret_reads_as_each_profile_words_it() {
        let korap = Code::SecretMissing.answer(&KORAP);
        assert_eq!((korap.status.as_u16(), korap.error, &*korap.description), (400, "invalid_request", "Missing parameter: client_secret"));
        assert!(korap.challenges.is_empty());
        let standard = Code::SecretMissing.answer(&STANDARD);
        assert_eq!((standard.status.as_u16(), standard.error), (401, "invalid_client"));
        assert_eq!(standard.challenges, ["Basic realm=\"keyward\", charset=\"UTF-8\""]);
    }

    #[test]
    fn req_t09_only_korap_names_the_unknown_client() {
        let code = Code::ClientUnknown("nobody".to_owned());
        assert_eq!(code.answer(&KORAP).description, "Unknown client: nobody");
        assert_eq!(code.answer(&STANDARD), Code::SecretWrong.answer(&STANDARD));
    }

    #[test]
    fn req_r02_a_challenge_names_the_error_only_when_a_token_was_presented() {
        let challenge = |code: Code| code.answer(&STANDARD).challenges.concat();
        assert_eq!(challenge(Code::TokenMissing), "Bearer realm=\"keyward\"");
        assert_eq!(challenge(Code::TokenInvalid), "Bearer realm=\"keyward\", error=\"invalid_token\"");
        assert_eq!(challenge(Code::ScopeInsufficient("read")), "Bearer realm=\"keyward\", error=\"insufficient_scope\", scope=\"read\"");
    }
}
