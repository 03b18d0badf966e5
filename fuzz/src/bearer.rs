use bolero::check;
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use keyward_wire::bearer::{MAX_TOKEN, read};
use secrecy::ExposeSecret;

use crate::pieces::{Piece, bytes};
use crate::refusal::assert_goes_out_well;

const WORDS: &[&str] = &["Bearer ", "bEARER  ", "Bearer", "Basic ", "kwa_", "a.b.c", " ", ","];

#[test]
fn a_bearer_header_holds_one_token_or_is_refused() {
    check!().with_type::<Vec<Vec<Piece>>>().for_each(|values| {
        let values: Vec<_> = values.iter().map(|pieces| bytes(pieces, WORDS)).collect();
        let legal = values.iter().filter_map(|value| HeaderValue::from_bytes(value).ok());
        let headers: HeaderMap = legal.map(|value| (AUTHORIZATION, value)).collect();
        let token = match read(&headers) {
            Ok(token) => token.expose_secret().to_owned(),
            Err(refusal) => return assert_goes_out_well(&refusal),
        };
        assert_eq!(headers.len(), 1, "one of several headers was taken");
        assert!(!token.is_empty() && token.len() <= MAX_TOKEN && !token.contains(' '));
        let header = headers[AUTHORIZATION].to_str().unwrap().trim_end_matches(' ');
        let before = header.strip_suffix(&token).unwrap();
        assert!(before.trim_end_matches(' ').eq_ignore_ascii_case("bearer"), "{before:?}");

        let alone = HeaderMap::from_iter([(AUTHORIZATION, format!("Bearer {token}").parse().unwrap())]);
        assert_eq!(read(&alone).unwrap().expose_secret(), token);
    });
}
