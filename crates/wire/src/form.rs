//! Form parameters: `application/x-www-form-urlencoded` in a body, or in a query string where the
//! profile allows it (RFC 6749 §3.2, appendix B).
//!
//! 1. The raw text is cut at `&`; white space around a pair, left by line-wrapped requests, is dropped
//!    before anything is decoded.
//! 2. Names and values are decoded; they must be UTF-8 without NUL.
//! 3. An empty value counts as not sent (RFC 6749 §3.1); a name that comes twice is refused.

use std::borrow::Cow;

use crate::error::{Code, Refusal};

/// The most parameters a request may have.
pub const MAX_PARAMETERS: usize = 100;
/// The longest value of a parameter, decoded, in bytes.
pub const MAX_VALUE: usize = 16 * 1024;
/// The longest name of a parameter, decoded, in bytes.
pub const MAX_NAME: usize = 256;
/// The parameter that may come several times (RFC 8707 §2).
const REPEATABLE: &str = "resource";
/// What is never read from a query string (RFC 6749 §2.3.1).
const NEVER_IN_QUERY: &str = "client_secret";

/// The parameters of one request. Holds secrets, so it has no `Debug`.
pub struct Form<'a> {
    parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Form<'a> {
    /// Reads `query` and `body` as one set of parameters.
    ///
    /// # Errors
    /// [`Code::FormMalformed`], [`Code::ParameterRepeated`] (within or across the two), [`Code::ParameterTooLong`],
    /// [`Code::ParametersTooMany`], or [`Code::ParameterInQuery`] for a client secret in the query.
    pub fn parse(query: &'a str, body: &'a [u8]) -> Result<Self, Refusal> {
        let body = std::str::from_utf8(body).map_err(|_| malformed("the body is not UTF-8"))?;
        let mut form = Form { parameters: Vec::with_capacity(8) };
        form.read(query)?;
        if form.get(NEVER_IN_QUERY).is_some() {
            return Err(Refusal::new(
                Code::ParameterInQuery(NEVER_IN_QUERY.to_owned()),
                "secret_outside_url",
                "client_secret came in the query string, where proxies log it; send it in the body or as Basic header",
            ));
        }
        form.read(body)?;
        Ok(form)
    }

    fn read(&mut self, text: &'a str) -> Result<(), Refusal> {
        let wrapped = |c: char| matches!(c, '\r' | '\n' | '\t' | ' ');
        for pair in text.split('&') {
            let pair = pair.trim_matches(wrapped);
            if pair.is_empty() {
                continue;
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)?;
            let name = match name {
                Cow::Borrowed(name) => Cow::Borrowed(name.trim()),
                Cow::Owned(name) => Cow::Owned(name.trim().to_owned()),
            };
            self.add(name, decode(value)?)?;
        }
        Ok(())
    }

    fn add(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) -> Result<(), Refusal> {
        if name.len() > MAX_NAME || value.len() > MAX_VALUE {
            let reason =
                format!("names have at most {MAX_NAME} bytes and values {MAX_VALUE}; this one has {} and {}", name.len(), value.len());
            return Err(Refusal::new(Code::ParameterTooLong(name.into_owned()), "parameter_length", reason));
        }
        if self.parameters.len() == MAX_PARAMETERS {
            return Err(Refusal::new(
                Code::ParametersTooMany,
                "parameter_count",
                format!("a request has at most {MAX_PARAMETERS} parameters"),
            ));
        }
        if name != REPEATABLE && self.parameters.iter().any(|(known, _)| *known == name) {
            return Err(Refusal::new(
                Code::ParameterRepeated(name.into_owned()),
                "parameter_once",
                "the same parameter came twice, within or across query and body",
            ));
        }
        self.parameters.push((name, value));
        Ok(())
    }

    /// The value of `name`; `None` when it was not sent or is empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of a repeatable parameter.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.parameters.iter().filter(move |(own, value)| own == name && !value.is_empty()).map(|(_, value)| &**value)
    }

    /// The parameters as they would be sent again, each with the value that `keep` gives it.
    #[must_use]
    pub fn encoded(&self, keep: impl Fn(&str, &str) -> Option<String>) -> String {
        let kept = self.parameters.iter().filter_map(|(name, value)| Some((name, keep(name, value)?)));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish()
    }

    /// The value of `name`, which must be there.
    ///
    /// # Errors
    /// [`Code::ParameterMissing`].
    pub fn require(&self, name: &'static str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| {
            Refusal::new(
                Code::ParameterMissing(name),
                "parameter_present",
                format!("the parameter {name} is required and was not sent, or is empty"),
            )
        })
    }
}

fn malformed(reason: &'static str) -> Refusal {
    Refusal::new(Code::FormMalformed, "form_encoding", reason)
}

/// Decodes one name or value: `+` is a space, `%XX` a byte; anything else stands for itself, a raw space too.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, Refusal> {
    if text.contains('\0') {
        return Err(malformed("there is a NUL byte in the form"));
    }
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(hex), rest.next().and_then(hex)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(malformed("a % is not followed by two hexadecimal digits")),
            },
            other => other,
        });
    }
    if bytes.contains(&0) {
        return Err(malformed("there is a NUL byte in the form"));
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| malformed("a decoded parameter is not UTF-8"))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(query: &str, body: &[u8]) -> Code {
        Form::parse(query, body).err().unwrap().code
    }

    #[test]
    fn req_t04_line_wrapped_pairs_are_read_and_encoded_white_space_is_kept() {
        let form = Form::parse("", b"grant_type=password\n&username=dory\r\n&scope=search match_info&x=%0A").unwrap();
        assert_eq!(form.get("grant_type"), Some("password"));
        assert_eq!(form.get("username"), Some("dory"));
        assert_eq!(form.get("scope"), Some("search match_info"));
        assert_eq!(form.get("x"), Some("\n"));
    }

    #[test]
    fn req_t14_an_empty_parameter_was_not_sent() {
        let form = Form::parse("", b"scope=&a&username=u").unwrap();
        assert_eq!(form.get("scope"), None);
        assert_eq!(form.require("a").err().unwrap().code, Code::ParameterMissing("a"));
    }

    #[test]
    fn req_t03_a_parameter_that_comes_twice_is_refused_wherever_it_comes() {
        assert_eq!(code("", b"a=1&a=1"), Code::ParameterRepeated("a".to_owned()));
        assert_eq!(code("a=1", b"a=1"), Code::ParameterRepeated("a".to_owned()));
        assert_eq!(code("", b"a=&a=1"), Code::ParameterRepeated("a".to_owned()));
        assert_eq!(code("", b"a=1&%61=2"), Code::ParameterRepeated("a".to_owned()));
        let form = Form::parse("", b"resource=urn:a&resource=urn:b").unwrap();
        assert_eq!(form.all("resource").collect::<Vec<_>>(), ["urn:a", "urn:b"]);
    }

    #[test]
    fn req_t03_a_client_secret_in_the_query_is_refused() {
        assert_eq!(code("client_secret=x", b""), Code::ParameterInQuery("client_secret".to_owned()));
    }

    #[test]
    fn sec_p02_forms_beyond_any_need_are_refused() {
        let many = (0..=MAX_PARAMETERS).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(code("", many.as_bytes()), Code::ParametersTooMany);
        let long = format!("a={}", "x".repeat(MAX_VALUE + 1));
        assert_eq!(code("", long.as_bytes()), Code::ParameterTooLong("a".to_owned()));
    }

    #[test]
    fn broken_encodings_are_refused() {
        for body in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%ff", b"a=%00", b"a=\0", b"\xff=1"] {
            assert_eq!(code("", body), Code::FormMalformed, "{body:?}");
        }
    }

    #[test]
    fn req_c14_blanks_around_a_name_are_dropped() {
        let form = Form::parse("state=xyz&%20redirect_uri=u", b"").unwrap();
        assert_eq!(form.get("redirect_uri"), Some("u"));
    }
}
