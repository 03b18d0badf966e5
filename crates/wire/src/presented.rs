//! Who a request says is asking: client authentication as presented (RFC 6749 §2.3.1), not yet checked.
//!
//! 1. `Authorization: Basic` is read, if it is there.
//! 2. `client_id` and `client_secret` of the form are read.
//! 3. The two are brought together as the profile says.

use data_encoding::BASE64;
use http::{HeaderMap, header::AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    error::{Code, Refusal},
    form::{self, Form},
    profile::{ClientIdBesideBasic, Profile},
};

/// The credentials a request carries. The client id is text as sent: nobody may be registered under it.
#[derive(Clone, Debug)]
pub enum Presented {
    /// A client id alone, as public clients send it.
    Public(String),
    /// A client id with a secret.
    Secret(PresentedSecret),
}

/// A client id with a secret.
#[derive(Clone, Debug)]
pub struct PresentedSecret {
    /// The client id.
    pub client_id: String,
    /// The secret, form-decoded if it came in a Basic header.
    pub secret: SecretString,
    /// The same before decoding: many clients put it into the header as it is.
    pub undecoded: Option<SecretString>,
}

impl Presented {
    /// Reads who is asking from header and form.
    ///
    /// # Errors
    /// [`Code::AuthorizationMalformed`], [`Code::TwoAuthentications`], or [`Code::ParameterMissing`] when there is no client id at all.
    pub fn read(profile: &Profile, headers: &HeaderMap, form: &Form<'_>) -> Result<Self, Refusal> {
        match basic(headers)? {
            Some(basic) => basic.beside(profile, form),
            None => {
                let client_id = form.require("client_id")?.to_owned();
                Ok(match form.get("client_secret") {
                    None => Presented::Public(client_id),
                    Some(secret) => Presented::Secret(PresentedSecret { client_id, secret: secret.into(), undecoded: None }),
                })
            }
        }
    }

    /// The client id as it was sent.
    #[must_use]
    pub fn client_id(&self) -> &str {
        match self {
            Presented::Public(client_id) | Presented::Secret(PresentedSecret { client_id, .. }) => client_id,
        }
    }

    fn beside(self, profile: &Profile, form: &Form<'_>) -> Result<Self, Refusal> {
        if profile.client_id_beside_basic == ClientIdBesideBasic::Ignored {
            return Ok(self);
        }
        let same_id = form.get("client_id").is_none_or(|id| id == self.client_id());
        let same_secret = match (form.get("client_secret"), &self) {
            (None, _) => true,
            (Some(_), Presented::Public(_)) => false,
            (Some(own), Presented::Secret(header)) => {
                own == header.secret.expose_secret() || header.undecoded.as_ref().is_some_and(|raw| own == raw.expose_secret())
            }
        };
        if same_id && same_secret {
            return Ok(self);
        }
        Err(Refusal::new(
            Code::TwoAuthentications,
            "one_client_authentication",
            "the Basic header and the form name different client credentials; send one of them (RFC 6749 section 2.3)",
        ))
    }
}

/// A user's name and password, as a Basic header carries them (RFC 7617).
#[derive(Clone, Debug)]
pub struct UserPassword {
    /// The name.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

impl UserPassword {
    /// Reads them from the header; `None` if there is none.
    ///
    /// # Errors
    /// [`Code::AuthorizationMalformed`].
    pub fn read(headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        let Some(credentials) = basic_credentials(headers)? else { return Ok(None) };
        let (username, password) = halves(&credentials)?;
        Ok(Some(UserPassword { username: username.to_owned(), password: password.into() }))
    }
}

/// The Basic header, split at the first colon, each half form-decoded (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<Presented>, Refusal> {
    let Some(credentials) = basic_credentials(headers)? else { return Ok(None) };
    let (id, secret) = halves(&credentials)?;
    let client_id = form::decode(id).unwrap_or(id.into()).into_owned();
    if client_id.is_empty() {
        return Err(malformed("the client id is empty"));
    }
    if secret.is_empty() {
        return Ok(Some(Presented::Public(client_id)));
    }
    let form_decoded = form::decode(secret).unwrap_or(secret.into());
    Ok(Some(Presented::Secret(PresentedSecret {
        client_id,
        undecoded: (form_decoded != secret).then(|| secret.into()),
        secret: (&*form_decoded).into(),
    })))
}

fn malformed(reason: &'static str) -> Refusal {
    Refusal::new(Code::AuthorizationMalformed, "authorization_header", reason)
}

/// What stands before the first colon, and after it.
fn halves(credentials: &SecretString) -> Result<(&str, &str), Refusal> {
    credentials.expose_secret().split_once(':').ok_or_else(|| malformed("there is no colon in the credentials"))
}

/// What the one Basic header holds, out of base64.
fn basic_credentials(headers: &HeaderMap) -> Result<Option<SecretString>, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(malformed("there are two Authorization headers"));
    }
    let value = value.to_str().map_err(|_| malformed("the header is not ASCII"))?;
    let (scheme, encoded) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed("the scheme is not Basic"));
    }
    let decoded = BASE64.decode(encoded.trim_matches(' ').as_bytes()).map_err(|_| malformed("what follows Basic is not base64"))?;
    let decoded = SecretString::from(String::from_utf8(decoded).map_err(|_| malformed("the credentials are not UTF-8"))?);
    if decoded.expose_secret().contains('\0') {
        return Err(malformed("there is a NUL byte in the credentials"));
    }
    Ok(Some(decoded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{KORAP, STANDARD};

    fn read(profile: &Profile, basic: Option<&str>, body: &str) -> Result<(String, Option<String>), Code> {
        let mut headers = HeaderMap::new();
        if let Some(credentials) = basic {
            headers.insert(AUTHORIZATION, format!("Basic {}", BASE64.encode(credentials.as_bytes())).parse().unwrap());
        }
        let form = Form::parse("", body.as_bytes()).unwrap_or_else(|_| Form::parse("", b"").unwrap());
        Presented::read(profile, &headers, &form).map_err(|refusal| refusal.code).map(|presented| match presented {
            Presented::Public(id) => (id, None),
            Presented::Secret(sent) => (sent.client_id, Some(sent.secret.expose_secret().to_owned())),
        })
    }

    fn sent(id: &str, secret: &str) -> Result<(String, Option<String>), Code> {
        Ok((id.to_owned(), Some(secret.to_owned())))
    }

    #[test]
    fn req_t05_header_and_body_are_both_understood() {
        assert_eq!(read(&STANDARD, Some("app:se:cret"), ""), sent("app", "se:cret"));
        assert_eq!(read(&STANDARD, Some("a%3Ab:p%2Bq+r"), ""), sent("a:b", "p+q r"));
        // Many clients do not form-encode what is not ASCII.
        assert_eq!(read(&STANDARD, Some("grün:schlüssel+1"), ""), sent("grün", "schlüssel 1"));
        assert_eq!(read(&STANDARD, Some("gr%C3%BCn:schl%C3%BCssel"), ""), sent("grün", "schlüssel"));
        assert_eq!(read(&STANDARD, None, "client_id=app&client_secret=s"), sent("app", "s"));
        assert_eq!(read(&STANDARD, None, "client_id=app"), Ok(("app".to_owned(), None)));
        assert_eq!(read(&STANDARD, Some("app:"), ""), Ok(("app".to_owned(), None)));
        assert_eq!(read(&STANDARD, None, ""), Err(Code::ParameterMissing("client_id")));
    }

    #[test]
    fn req_t06_a_form_that_disagrees_with_the_header_is_refused_or_ignored() {
        assert_eq!(read(&STANDARD, Some("app:s"), "client_id=app&client_secret=s"), sent("app", "s"));
        assert_eq!(read(&STANDARD, Some("app:s"), "client_id=other"), Err(Code::TwoAuthentications));
        assert_eq!(read(&STANDARD, Some("app:s"), "client_secret=t"), Err(Code::TwoAuthentications));
        assert_eq!(read(&STANDARD, Some("app:"), "client_secret=t"), Err(Code::TwoAuthentications));
        assert_eq!(read(&KORAP, Some("app:s"), "client_id=other&client_secret=t"), sent("app", "s"));
    }

    #[test]
    fn headers_that_cannot_be_read_are_refused() {
        let form = Form::parse("", b"client_id=app").unwrap();
        for value in ["Basic", "Basic !!", "Bearer abc", "Basic YXBw", "Basic OnNlY3JldA==", "Basic YQA6cw==", "Basic YTpzAA=="] {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())]);
            assert_eq!(Presented::read(&STANDARD, &headers, &form).err().unwrap().code, Code::AuthorizationMalformed, "{value}");
        }
    }

    #[test]
    fn sec_q06_secrets_do_not_show_in_debug_output() {
        let form = Form::parse("", b"client_id=app&client_secret=canary").unwrap();
        let presented = Presented::read(&STANDARD, &HeaderMap::new(), &form).unwrap();
        assert!(!format!("{presented:?}").contains("canary"));
    }
}
