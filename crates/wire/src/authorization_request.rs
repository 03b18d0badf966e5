//! The authorization request (RFC 6749 §4.1.1, §4.2.1; RFC 7636 §4.3; OpenID Connect Core §3.1.2.1).
//!
//! 1. [`Addressee`]: who asks, and where the answer should go. Until both are known to belong together, nothing is sent there.
//! 2. [`Reply`]: how the answer goes there, so that a mistake in the rest can be reported in it.
//! 3. [`AuthorizationRequest`]: the rest.

use serde::{Deserialize, Serialize};

use crate::{
    error::{Code, Refusal},
    form::Form,
    pkce::{self, CodeChallenge},
    token_request::{GrantType, Wanted},
};

/// Who asks, and where the answer should go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// `client_id`.
    pub client_id: String,
    /// `redirect_uri`, if it was sent.
    pub redirect_uri: Option<String>,
}

impl Addressee {
    /// Reads it.
    ///
    /// # Errors
    /// [`Code::ParameterMissing`] when there is no client id.
    pub fn parse(form: &Form<'_>) -> Result<Self, Refusal> {
        Ok(Addressee { client_id: form.require("client_id")?.to_owned(), redirect_uri: form.get("redirect_uri").map(str::to_owned) })
    }
}

/// What is asked for: `response_type` (RFC 6749 §3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseType {
    /// An authorization code.
    Code,
    /// An access token at once (implicit).
    Token,
}

impl ResponseType {
    /// Every response type.
    pub const EVERY: [ResponseType; 2] = [ResponseType::Code, ResponseType::Token];

    /// The value of `response_type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ResponseType::Code => "code",
            ResponseType::Token => "token",
        }
    }

    /// The grant a client must be registered for.
    #[must_use]
    pub fn grant(self) -> GrantType {
        match self {
            ResponseType::Code => GrantType::AuthorizationCode,
            ResponseType::Token => GrantType::Implicit,
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|one| one.as_str() == name)
    }
}

/// How the answer travels: `response_mode` (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In its fragment, which browsers keep to themselves.
    Fragment,
    /// As a form that the browser posts.
    FormPost,
}

impl ResponseMode {
    /// Every response mode.
    pub const EVERY: [ResponseMode; 3] = [ResponseMode::Query, ResponseMode::Fragment, ResponseMode::FormPost];

    /// The value of `response_mode`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ResponseMode::Query => "query",
            ResponseMode::Fragment => "fragment",
            ResponseMode::FormPost => "form_post",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|one| one.as_str() == name)
    }
}

/// How an answer, or a mistake, goes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What was asked for, if it is known.
    pub response_type: Option<ResponseType>,
    /// The way that was asked for, if it is known.
    pub asked_mode: Option<ResponseMode>,
    /// `state`, to be sent back as it came.
    pub state: Option<String>,
}

impl Reply {
    /// Reads it; what is not understood is as if it were not there, and refused later.
    #[must_use]
    pub fn parse(form: &Form<'_>) -> Self {
        Reply {
            response_type: form.get("response_type").and_then(ResponseType::parse),
            asked_mode: form.get("response_mode").and_then(ResponseMode::parse),
            state: form.get("state").map(str::to_owned),
        }
    }

    /// The way the answer goes: as asked, but a token never in a query, where it would be logged.
    #[must_use]
    pub fn mode(&self) -> ResponseMode {
        match (self.response_type, self.asked_mode) {
            (Some(ResponseType::Token), None | Some(ResponseMode::Query)) => ResponseMode::Fragment,
            (_, None) => ResponseMode::Query,
            (_, Some(asked)) => asked,
        }
    }
}

/// What `prompt` asks for (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Show nothing: answer at once, or refuse.
    pub none: bool,
    /// Sign in again, even if somebody is signed in.
    pub login: bool,
    /// Ask for consent again, even if it was given.
    pub consent: bool,
}

/// What is asked of the authorization endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// What for.
    pub response_type: ResponseType,
    /// How to answer.
    pub reply: Reply,
    /// What the tokens should be good for.
    pub wanted: Wanted,
    /// The challenge of the verifier that will redeem the code.
    pub challenge: Option<CodeChallenge>,
    /// What to show.
    pub prompt: Prompt,
    /// How long ago the user may have signed in, in seconds.
    pub max_age: Option<u32>,
    /// Who will probably sign in.
    pub login_hint: Option<String>,
}

impl AuthorizationRequest {
    /// Reads what is asked; parameters that are not known are left alone (RFC 6749 §3.1).
    ///
    /// # Errors
    /// [`Code::ParameterMissing`], [`Code::ParameterIllegal`], [`Code::ResponseTypeUnsupported`], [`Code::RequestObjectUnsupported`],
    /// [`Code::ScopeIllegal`], [`Code::TargetIllegal`].
    pub fn parse(form: &Form<'_>) -> Result<Self, Refusal> {
        for name in ["request", "request_uri"] {
            if form.get(name).is_some() {
                let reason = "the request came as an object (RFC 9101), which is not read; send its parameters";
                return Err(Refusal::new(Code::RequestObjectUnsupported(name), "request_object", reason));
            }
        }
        let reply = Reply::parse(form);
        let asked = form.require("response_type")?;
        let response_type = reply.response_type.ok_or_else(|| {
            let asked: String = asked.chars().take(50).collect();
            Refusal::new(Code::ResponseTypeUnsupported, "response_type_known", format!("response_type is code or token, found {asked:?}"))
        })?;
        if form.get("response_mode").is_some() && reply.asked_mode.is_none() {
            return Err(illegal("response_mode", "response_mode is query, fragment or form_post"));
        }
        Ok(AuthorizationRequest {
            response_type,
            reply,
            wanted: Wanted::parse(form)?,
            challenge: challenge(form)?,
            prompt: prompt(form)?,
            max_age: form.get("max_age").map(str::parse).transpose().map_err(|_| illegal("max_age", "max_age is a number of seconds"))?,
            login_hint: form.get("login_hint").map(str::to_owned),
        })
    }
}

/// The challenge, of the one method that is safe. A method that is not named is `plain` (RFC 7636 §4.3), which is not.
fn challenge(form: &Form<'_>) -> Result<Option<CodeChallenge>, Refusal> {
    let Some(text) = form.get("code_challenge") else {
        return match form.get("code_challenge_method") {
            None => Ok(None),
            Some(_) => Err(illegal("code_challenge_method", "code_challenge_method came without code_challenge")),
        };
    };
    if form.get("code_challenge_method") != Some(pkce::METHOD) {
        return Err(illegal("code_challenge_method", "code_challenge_method must be S256; without it, it is plain, which proves nothing"));
    }
    CodeChallenge::parse(text).map(Some).map_err(|_| illegal("code_challenge", "code_challenge must be the base64url of a SHA-256"))
}

fn prompt(form: &Form<'_>) -> Result<Prompt, Refusal> {
    let mut prompt = Prompt::default();
    for word in form.get("prompt").unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompt.none = true,
            // Somebody else may be meant: they sign in.
            "login" | "select_account" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => return Err(illegal("prompt", "prompt is none, or some of login, consent, select_account")),
        }
    }
    if prompt.none && (prompt.login || prompt.consent) {
        return Err(illegal("prompt", "prompt=none goes with no other"));
    }
    Ok(prompt)
}

fn illegal(parameter: &'static str, reason: &'static str) -> Refusal {
    Refusal::new(Code::ParameterIllegal(parameter), "parameter_legal", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn parse(query: &str) -> Result<AuthorizationRequest, Code> {
        AuthorizationRequest::parse(&Form::parse(query, b"").unwrap()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn sec_c02_only_s256_is_taken_and_no_method_means_plain() {
        let with = |rest: &str| parse(&format!("response_type=code&{rest}"));
        assert!(with(&format!("code_challenge={CHALLENGE}&code_challenge_method=S256")).unwrap().challenge.is_some());
        assert_eq!(with("").unwrap().challenge, None);
        let method = Some(Code::ParameterIllegal("code_challenge_method"));
        assert_eq!(with(&format!("code_challenge={CHALLENGE}")).err(), method);
        assert_eq!(with(&format!("code_challenge={CHALLENGE}&code_challenge_method=plain")).err(), method);
        assert_eq!(with("code_challenge_method=S256").err(), method);
        assert_eq!(with("code_challenge=abc&code_challenge_method=S256").err(), Some(Code::ParameterIllegal("code_challenge")));
    }

    #[test]
    fn sec_a17_a_token_never_goes_back_in_a_query() {
        let mode = |query: &str| Reply::parse(&Form::parse(query, b"").unwrap()).mode();
        assert_eq!(mode("response_type=code"), ResponseMode::Query);
        assert_eq!(mode("response_type=token"), ResponseMode::Fragment);
        assert_eq!(mode("response_type=token&response_mode=query"), ResponseMode::Fragment);
        assert_eq!(mode("response_type=token&response_mode=form_post"), ResponseMode::FormPost);
        assert_eq!(mode("response_type=unknown"), ResponseMode::Query);
        assert_eq!(parse("response_type=code&response_mode=web_message").err(), Some(Code::ParameterIllegal("response_mode")));
    }

    #[test]
    fn req_a12_what_is_missing_or_unknown_is_named() {
        assert_eq!(parse("scope=read").err(), Some(Code::ParameterMissing("response_type")));
        for unknown in ["string", "code+token", "id_token", "Code"] {
            assert_eq!(parse(&format!("response_type={unknown}")).err(), Some(Code::ResponseTypeUnsupported), "{unknown}");
        }
        assert_eq!(parse("response_type=code&request=x").err(), Some(Code::RequestObjectUnsupported("request")));
        assert_eq!(parse("response_type=code&max_age=-1").err(), Some(Code::ParameterIllegal("max_age")));
    }

    #[test]
    fn prompt_none_goes_with_no_other() {
        assert_eq!(parse("response_type=code&prompt=login+consent").unwrap().prompt, Prompt { none: false, login: true, consent: true });
        assert!(parse("response_type=code&prompt=select_account").unwrap().prompt.login);
        for illegal in ["none+login", "none+consent", "create"] {
            assert_eq!(parse(&format!("response_type=code&prompt={illegal}")).err(), Some(Code::ParameterIllegal("prompt")), "{illegal}");
        }
    }
}
