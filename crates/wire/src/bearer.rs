//! Access tokens as protected resources are shown them: `Authorization: Bearer` (RFC 6750 §2.1).
//! The other two ways of RFC 6750, form and query, are not read (RFC 9700 §4.3.2).

use http::{HeaderMap, header::AUTHORIZATION};
use secrecy::SecretString;

use crate::error::{Code, Refusal};

/// The longest access token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 8 * 1024;

/// Takes the access token out of the headers.
///
/// # Errors
/// [`Code::TokenMissing`] without a Bearer header, [`Code::TokenInvalid`] for one that cannot hold a token.
pub fn read(headers: &HeaderMap) -> Result<SecretString, Refusal> {
    let missing = |reason: &'static str| Refusal::new(Code::TokenMissing, "bearer_header", reason);
    let invalid = |reason: &'static str| Refusal::new(Code::TokenInvalid, "bearer_header", reason);
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or_else(|| missing("there is no Authorization header"))?;
    if values.next().is_some() {
        return Err(invalid("there are two Authorization headers"));
    }
    let value = value.to_str().map_err(|_| invalid("the header is not ASCII"))?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing("the scheme is not Bearer"));
    }
    let token = token.trim_matches(' ');
    if token.is_empty() || token.len() > MAX_TOKEN || token.contains(' ') {
        return Err(invalid("what follows Bearer is not one token"));
    }
    Ok(token.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn read_value(value: &str) -> Result<String, Code> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())]);
        read(&headers).map(|token| token.expose_secret().to_owned()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn req_r02_the_scheme_is_read_in_any_case() {
        assert_eq!(read_value("Bearer abc"), Ok("abc".to_owned()));
        assert_eq!(read_value("bEARER  abc"), Ok("abc".to_owned()));
        assert_eq!(read_value("Basic abc"), Err(Code::TokenMissing));
        assert_eq!(read_value("Bearer"), Err(Code::TokenInvalid));
        assert_eq!(read_value("Bearer a b"), Err(Code::TokenInvalid));
        assert_eq!(read(&HeaderMap::new()).err().unwrap().code, Code::TokenMissing);
    }
}
