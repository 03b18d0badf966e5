//! The token request (RFC 6749 §3.2): one variant per grant type.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    audience::Audience,
    error::{Code, Refusal},
    form::Form,
    scope::Scope,
};

/// A way to get tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §4.2; the authorization endpoint's alone.
    Implicit,
    /// RFC 6749 §4.3.
    Password,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 8628.
    DeviceCode,
}

impl GrantType {
    /// Every grant.
    pub const EVERY: [GrantType; 6] = [
        GrantType::AuthorizationCode,
        GrantType::Implicit,
        GrantType::Password,
        GrantType::ClientCredentials,
        GrantType::RefreshToken,
        GrantType::DeviceCode,
    ];

    /// The value of `grant_type`, and the name it is registered under (RFC 7591 §2).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            GrantType::AuthorizationCode => "authorization_code",
            GrantType::Implicit => "implicit",
            GrantType::Password => "password",
            GrantType::ClientCredentials => "client_credentials",
            GrantType::RefreshToken => "refresh_token",
            GrantType::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    /// The names of all that the token endpoint knows.
    #[must_use]
    pub fn of_token_endpoint() -> String {
        let known: Vec<_> = Self::EVERY.into_iter().filter(|grant| *grant != GrantType::Implicit).map(GrantType::as_str).collect();
        known.join(", ")
    }

    /// The grant of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|grant| grant.as_str() == name)
    }
}

/// What is asked of the token endpoint.
#[derive(Debug)]
pub enum TokenRequest {
    /// `grant_type=authorization_code` (RFC 6749 §4.1.3).
    AuthorizationCode(CodeRequest),
    /// `grant_type=password` (RFC 6749 §4.3.2).
    Password(PasswordRequest),
    /// `grant_type=client_credentials` (RFC 6749 §4.4.2).
    ClientCredentials(Wanted),
    /// `grant_type=refresh_token` (RFC 6749 §6).
    RefreshToken(RefreshTokenRequest),
    /// `grant_type=urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4).
    DeviceCode(DeviceCodeRequest),
}

/// What the token should be good for; every grant may say so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `scope` (RFC 6749 §3.3).
    pub scope: Option<Scope>,
    /// `resource` (RFC 8707 §2) and `audience`, which older servers use for the same.
    pub audience: Vec<Audience>,
}

/// The parameters of a code's redemption.
#[derive(Debug)]
pub struct CodeRequest {
    /// The code.
    pub code: SecretString,
    /// `redirect_uri`, if it was sent.
    pub redirect_uri: Option<String>,
    /// `code_verifier` (RFC 7636 §4.5), if it was sent.
    pub verifier: Option<SecretString>,
    /// What for; never more than was granted.
    pub wanted: Wanted,
}

/// The parameters of the password grant.
#[derive(Debug)]
pub struct PasswordRequest {
    /// Who logs in.
    pub username: String,
    /// Their password.
    pub password: SecretString,
    /// What for.
    pub wanted: Wanted,
}

/// The parameters of a refresh.
#[derive(Debug)]
pub struct RefreshTokenRequest {
    /// The refresh token.
    pub refresh_token: SecretString,
    /// What for; never more than was granted.
    pub wanted: Wanted,
}

/// The parameters of a device that asks whether somebody has said something.
#[derive(Debug)]
pub struct DeviceCodeRequest {
    /// The device code.
    pub device_code: SecretString,
    /// What for; never more than was granted.
    pub wanted: Wanted,
}

impl TokenRequest {
    /// The grant it is for.
    #[must_use]
    pub fn grant_type(&self) -> GrantType {
        match self {
            TokenRequest::AuthorizationCode(_) => GrantType::AuthorizationCode,
            TokenRequest::Password(_) => GrantType::Password,
            TokenRequest::ClientCredentials(_) => GrantType::ClientCredentials,
            TokenRequest::RefreshToken(_) => GrantType::RefreshToken,
            TokenRequest::DeviceCode(_) => GrantType::DeviceCode,
        }
    }

    /// Reads the grant type and the parameters that belong to it; all others are left alone.
    ///
    /// # Errors
    /// [`Code::ParameterMissing`], [`Code::GrantTypeUnsupported`], [`Code::ScopeMalformed`], [`Code::TargetIllegal`].
    pub fn parse(form: &Form<'_>) -> Result<Self, Refusal> {
        let unsupported = || {
            let reason = format!("grant_type is none of {}", GrantType::of_token_endpoint());
            Refusal::new(Code::GrantTypeUnsupported, "grant_type_known", reason)
        };
        let grant = GrantType::parse(form.require("grant_type")?).ok_or_else(unsupported)?;
        Ok(match grant {
            GrantType::AuthorizationCode => TokenRequest::AuthorizationCode(CodeRequest {
                code: form.require("code")?.into(),
                redirect_uri: form.get("redirect_uri").map(str::to_owned),
                verifier: form.get("code_verifier").map(SecretString::from),
                wanted: Wanted::parse(form)?,
            }),
            GrantType::Implicit => return Err(unsupported()),
            GrantType::Password => TokenRequest::Password(PasswordRequest {
                username: form.require("username")?.to_owned(),
                password: form.require("password")?.into(),
                wanted: Wanted::parse(form)?,
            }),
            GrantType::ClientCredentials => TokenRequest::ClientCredentials(Wanted::parse(form)?),
            GrantType::RefreshToken => TokenRequest::RefreshToken(RefreshTokenRequest {
                refresh_token: form.require("refresh_token")?.into(),
                wanted: Wanted::parse(form)?,
            }),
            GrantType::DeviceCode => TokenRequest::DeviceCode(DeviceCodeRequest {
                device_code: form.require("device_code")?.into(),
                wanted: Wanted::parse(form)?,
            }),
        })
    }
}

impl Wanted {
    pub(crate) fn parse(form: &Form<'_>) -> Result<Self, Refusal> {
        let scope = form
            .get("scope")
            .map(Scope::parse)
            .transpose()
            .map_err(|illegal| Refusal::new(Code::ScopeMalformed, "scope_syntax", illegal.to_string()))?;
        let scope = scope.filter(|scope| !scope.is_empty());
        let mut audience = Vec::new();
        for text in form.all("resource").chain(form.get("audience")) {
            let one = Audience::parse(text).map_err(|illegal| Refusal::new(Code::TargetIllegal, "audience_syntax", illegal.to_string()))?;
            if !audience.contains(&one) {
                audience.push(one);
            }
        }
        Ok(Wanted { scope, audience })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<TokenRequest, Code> {
        TokenRequest::parse(&Form::parse("", body.as_bytes()).unwrap()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn req_t10_grant_types_that_are_missing_or_unknown_are_refused() {
        assert_eq!(parse("username=dory").err(), Some(Code::ParameterMissing("grant_type")));
        assert_eq!(parse("grant_type=").err(), Some(Code::ParameterMissing("grant_type")));
        assert_eq!(parse("grant_type=blahblah").err(), Some(Code::GrantTypeUnsupported));
        assert_eq!(parse("grant_type=implicit").err(), Some(Code::GrantTypeUnsupported));
        assert_eq!(parse("grant_type=authorization_code").err(), Some(Code::ParameterMissing("code")));
        assert_eq!(parse("grant_type=urn:ietf:params:oauth:grant-type:device_code").err(), Some(Code::ParameterMissing("device_code")));
        assert_eq!(parse("grant_type=device_code&device_code=x").err(), Some(Code::GrantTypeUnsupported));
        assert!(parse("grant_type=client_credentials").is_ok());
    }

    #[test]
    fn req_p01_a_password_request_needs_both_halves() {
        assert_eq!(parse("grant_type=password&password=x").err(), Some(Code::ParameterMissing("username")));
        assert_eq!(parse("grant_type=password&username=x").err(), Some(Code::ParameterMissing("password")));
    }

    #[test]
    fn req_t16_audience_and_resource_mean_the_same() {
        let body = "grant_type=client_credentials&audience=https://a&resource=https://b&resource=https://a";
        let Ok(TokenRequest::ClientCredentials(wanted)) = parse(body) else { panic!("not read") };
        assert_eq!(wanted.audience.iter().map(Audience::as_str).collect::<Vec<_>>(), ["https://b", "https://a"]);
        assert_eq!(parse("grant_type=client_credentials&resource=/relative").err(), Some(Code::TargetIllegal));
    }

    #[test]
    fn sec_q06_passwords_and_tokens_do_not_show_in_debug_output() {
        let shown = format!(
            "{:?}{:?}",
            parse("grant_type=password&username=u&password=canary"),
            parse("grant_type=refresh_token&refresh_token=canary")
        );
        let code = format!("{:?}", parse("grant_type=authorization_code&code=canary&code_verifier=canary"));
        let device = format!("{:?}", parse("grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=canary"));
        assert!(!shown.contains("canary") && !code.contains("canary") && !device.contains("canary"));
    }
}
