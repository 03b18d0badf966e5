//! What is sent to register a client with the KorAP API, and the texts that say what is wrong with it.

use http::Uri;
use serde::Deserialize;
use serde_json::Value;

use super::{ApiError, DESERIALIZATION_FAILED, MISSING_PARAMETER};
use crate::{
    error::{Code, Refusal},
    redirect_uri::RedirectUri,
};

/// The longest life of a refresh token, in seconds: a year. Also what they have unless something else is asked for.
pub const LONGEST_REFRESH: u32 = 31_536_000;
/// The shortest name, in characters.
const SHORTEST_NAME: usize = 3;
/// The longest name, in characters: it has to fit on a page.
const LONGEST_NAME: usize = 200;
/// The longest source of a plugin, in bytes: it is kept with the client, and every list of plugins shows it.
const LONGEST_SOURCE: usize = 4096;
/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 2000;

/// Whether a client can keep a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ClientType {
    /// It can.
    Confidential,
    /// It cannot.
    Public,
}

impl ClientType {
    /// As JSON has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ClientType::Confidential => "CONFIDENTIAL",
            ClientType::Public => "PUBLIC",
        }
    }
}

/// A client that a user wants to register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedClient {
    /// What people read.
    pub name: String,
    /// Whether it can keep a secret.
    pub kind: ClientType,
    /// What it is for.
    pub description: String,
    /// Where more is said about it.
    pub url: Option<String>,
    /// Where codes are sent.
    pub redirect_uri: Option<RedirectUri>,
    /// How long its refresh tokens live, in seconds.
    pub refresh_token_expiry: u32,
    /// What makes it a plugin.
    pub source: Option<Value>,
}

/// The same as it is sent. Members that nobody knows are left alone.
#[derive(Deserialize)]
struct Sent {
    name: Option<String>,
    r#type: Option<ClientType>,
    description: Option<String>,
    url: Option<String>,
    redirect_uri: Option<String>,
    #[serde(alias = "refreshTokenExpiry")]
    refresh_token_expiry: Option<i64>,
    source: Option<Value>,
}

impl WantedClient {
    /// Reads and checks it: name, type, description, source and URL, redirect URI, expiry, in this order.
    ///
    /// # Errors
    /// [`Code::Api`] with 201 if it is none, or with 105 for a plugin without a URL; [`Code::RegistrationIllegal`].
    pub fn parse(json: &[u8]) -> Result<Self, Refusal> {
        let sent: Sent = serde_json::from_slice(json).map_err(|error| undecipherable(&error))?;
        let name = sent.name.ok_or_else(|| illegal("client_name is null"))?;
        length("client_name", &name, SHORTEST_NAME, LONGEST_NAME)?;
        let kind = sent.r#type.ok_or_else(|| illegal("client_type is null"))?;
        let description = sent.description.ok_or_else(|| illegal("client_description is null"))?;
        length("client_description", &description, 1, LONGEST_DESCRIPTION)?;
        let url = given(sent.url);
        plugin(sent.source.as_ref(), kind, url.as_deref())?;
        if url.as_ref().is_some_and(|url| !is_web_address(url)) {
            return Err(illegal("Invalid URL"));
        }
        let redirect_uri = given(sent.redirect_uri).map(|uri| RedirectUri::parse(&uri)).transpose();
        let redirect_uri = redirect_uri
            .map_err(|illegal| Refusal::new(Code::RegistrationIllegal("Invalid redirect URI".into()), STEP, illegal.to_string()))?;
        let refresh_token_expiry = expiry(sent.refresh_token_expiry, kind)?;
        Ok(WantedClient { name, kind, description, url, redirect_uri, refresh_token_expiry, source: sent.source })
    }
}

/// The name of the check, for the log.
const STEP: &str = "client_metadata";

fn illegal(what: impl Into<String>) -> Refusal {
    let what = what.into();
    Refusal::new(Code::RegistrationIllegal(what.clone()), STEP, what)
}

fn undecipherable(error: &serde_json::Error) -> Refusal {
    let text = "Expected a JSON object with name, type (CONFIDENTIAL or PUBLIC), description; and url, redirect_uri, \
                refresh_token_expiry, source where they apply";
    let reason = format!("the body is no such object: line {}, column {}", error.line(), error.column());
    Refusal::new(ApiError::plain(DESERIALIZATION_FAILED, text).into(), STEP, reason)
}

/// An empty text is as if it were not there.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn length(member: &str, text: &str, least: usize, most: usize) -> Result<(), Refusal> {
    if text.chars().any(char::is_control) {
        return Err(illegal(format!("{member} must not contain control characters")));
    }
    match text.trim().chars().count() {
        count if count < least => Err(illegal(format!("{member} must contain at least {least} characters"))),
        count if count > most => Err(illegal(format!("{member} must contain at most {most} characters"))),
        _ => Ok(()),
    }
}

fn plugin(source: Option<&Value>, kind: ClientType, url: Option<&str>) -> Result<(), Refusal> {
    if source.is_some() && kind != ClientType::Confidential {
        return Err(illegal("Only confidential plugins are supported."));
    }
    if source.is_some_and(|source| source.to_string().len() > LONGEST_SOURCE) {
        return Err(illegal(format!("source must be at most {LONGEST_SOURCE} bytes of JSON")));
    }
    if source.is_some() && url.is_none() {
        let error = ApiError::about(MISSING_PARAMETER, "URL is required for plugins.", "url");
        return Err(Refusal::new(error.into(), STEP, "a plugin needs a url"));
    }
    Ok(())
}

/// Whether `text` is where a browser may safely be sent to read something.
fn is_web_address(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let named = uri.authority().is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'));
    named && matches!(uri.scheme_str(), Some("http" | "https")) && !text.contains(['"', '<', '>', '\\'])
}

fn expiry(asked: Option<i64>, kind: ClientType) -> Result<u32, Refusal> {
    let Some(asked) = asked.filter(|asked| *asked > 0) else { return Ok(LONGEST_REFRESH) };
    if kind == ClientType::Public {
        return Err(illegal("Custom refresh token expiry is only applicable for confidential clients"));
    }
    match u32::try_from(asked) {
        Ok(asked) if asked <= LONGEST_REFRESH => Ok(asked),
        _ => Err(illegal(format!("Maximum refresh token expiry is {LONGEST_REFRESH} seconds (1 year)"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn parse(value: &Value) -> Result<WantedClient, Refusal> {
        WantedClient::parse(value.to_string().as_bytes())
    }

    /// A client with `changed` members; null takes one away.
    fn client(changed: &Value) -> Value {
        let whole = json!({ "name": "Reef", "type": "CONFIDENTIAL", "description": "A reef." });
        let mut whole: Map<String, Value> = whole.as_object().unwrap().clone();
        for (name, value) in changed.as_object().unwrap() {
            if value.is_null() {
                whole.remove(name)
            } else {
                whole.insert(name.clone(), value.clone())
            };
        }
        whole.into()
    }

    fn wrong(changed: &Value) -> String {
        match parse(&client(changed)).unwrap_err().code {
            Code::RegistrationIllegal(text) => text,
            Code::Api(error) => serde_json::to_string(&error).unwrap(),
            code => panic!("{code:?}"),
        }
    }

    #[test]
    fn req_m02_each_mistake_has_its_text() {
        assert!(parse(&client(&json!({}))).is_ok());
        for (changed, text) in [
            (json!({ "name": null }), "client_name is null"),
            (json!({ "name": "" }), "client_name must contain at least 3 characters"),
            (json!({ "name": "R" }), "client_name must contain at least 3 characters"),
            (json!({ "name": " R  " }), "client_name must contain at least 3 characters"),
            (json!({ "name": "R".repeat(201) }), "client_name must contain at most 200 characters"),
            (json!({ "name": "ab\u{1b}[2Jcd" }), "client_name must not contain control characters"),
            (json!({ "description": "one\ntwo" }), "client_description must not contain control characters"),
            (json!({ "source": "x".repeat(4095), "url": "https://a.example" }), "source must be at most 4096 bytes of JSON"),
            (json!({ "type": null }), "client_type is null"),
            (json!({ "description": null }), "client_description is null"),
            (json!({ "type": "PUBLIC", "source": {} }), "Only confidential plugins are supported."),
            (json!({ "source": {} }), r#"[105,"URL is required for plugins.","url"]"#),
            (json!({ "refresh_token_expiry": 31_536_001 }), "Maximum refresh token expiry is 31536000 seconds (1 year)"),
            (json!({ "refreshTokenExpiry": i64::MAX }), "Maximum refresh token expiry is 31536000 seconds (1 year)"),
            (
                json!({ "type": "PUBLIC", "refresh_token_expiry": 60 }),
                "Custom refresh token expiry is only applicable for confidential clients",
            ),
        ] {
            assert_eq!(wrong(&changed), text, "{changed}");
        }
    }

    #[test]
    fn req_m02_of_several_mistakes_the_first_in_order_is_told() {
        let bad = json!({
            "name": "", "type": null, "description": null, "source": {}, "url": "nope", "redirect_uri": "nope", "refresh_token_expiry": i64::MAX,
        });
        let mended = [
            ("name", json!("Reef"), "client_type is null"),
            ("type", json!("PUBLIC"), "client_description is null"),
            ("description", json!("A reef."), "Only confidential plugins are supported."),
            ("type", json!("CONFIDENTIAL"), "Invalid URL"),
            ("url", json!("https://reef.example"), "Invalid redirect URI"),
            ("redirect_uri", json!("https://reef.example/cb"), "Maximum refresh token expiry is 31536000 seconds (1 year)"),
        ];
        let mut sent = bad;
        for (member, value, text) in mended {
            sent[member] = value;
            assert_eq!(wrong(&sent), text, "{sent}");
        }
    }

    #[test]
    fn what_is_no_such_object_is_201_and_nothing_of_it_is_repeated() {
        let texts = [
            "",
            "[]",
            "null",
            "{\"name\":\"canary\"",
            "{\"name\":7}",
            "{\"type\":\"canary\"}",
            "{\"type\":\"confidential\"}",
            "{\"name\":\"a\",\"name\":\"b\"}",
            "{\"refresh_token_expiry\":1e400}",
            "{\"refresh_token_expiry\":1,\"refreshTokenExpiry\":2}",
        ];
        for text in texts.into_iter().map(str::to_owned).chain(["{\"source\":".to_owned() + &"[".repeat(100_000)]) {
            let refusal = WantedClient::parse(text.as_bytes()).unwrap_err();
            let Code::Api(error) = &refusal.code else { panic!("{refusal:?}") };
            assert_eq!(error.code, 201);
            assert!(!format!("{refusal:?}").contains("canary"), "{refusal:?}");
        }
    }

    #[test]
    fn req_c28_both_spellings_of_the_expiry_are_understood_and_none_is_a_year() {
        let expiry = |changed: Value| parse(&client(&changed)).unwrap().refresh_token_expiry;
        assert_eq!(expiry(json!({ "refresh_token_expiry": 60 })), 60);
        assert_eq!(expiry(json!({ "refreshTokenExpiry": 60 })), 60);
        assert_eq!(expiry(json!({ "refresh_token_expiry": 31_536_000 })), LONGEST_REFRESH);
        for none in [json!({}), json!({ "refresh_token_expiry": 0 }), json!({ "refresh_token_expiry": -1 })] {
            assert_eq!(expiry(none), LONGEST_REFRESH);
        }
    }

    #[test]
    fn sec_a06_addresses_are_safe_to_go_to() {
        let redirects = |uri: &str| parse(&client(&json!({ "redirect_uri": uri }))).is_ok();
        for uri in ["https://a.example/cb", "http://example.client.com/redirect", "http://localhost:1410", "com.example.app:/cb"] {
            assert!(redirects(uri), "{uri}");
        }
        for uri in
            ["https://a.example/cb#x", "/cb", "javascript:alert(1)", "JavaScript:x", "data:x", " https://a.example", "https://a@b/cb"]
        {
            assert!(!redirects(uri), "{uri}");
        }
        let url = |url: &str| parse(&client(&json!({ "url": url }))).is_ok();
        for good in ["http://example.client.com", "https://a.example:8443/x?y=1"] {
            assert!(url(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://a.example",
            "/x",
            "a.example",
            "https://a@b",
            "https://",
            "https://a.example/<x>",
        ] {
            assert!(!url(bad), "{bad}");
        }
    }
}
