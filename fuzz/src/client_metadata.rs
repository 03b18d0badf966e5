use bolero::check;
use keyward_wire::client_metadata::ClientMetadata;
use serde_json::{Map, Value};
use url::Url;

use crate::pieces::{Piece, bytes, text};
use crate::refusal::assert_goes_out_well;

const MEMBERS: &[&str] = &[
    "redirect_uris",
    "client_uri",
    "logo_uri",
    "client_name",
    "scope",
    "grant_types",
    "response_types",
    "token_endpoint_auth_method",
    "post_logout_redirect_uris",
];
const WORDS: &[&str] = &[
    "https://",
    "http://",
    "127.0.0.1",
    "javascript:",
    "data:",
    "com.example.app:/",
    "a.example",
    ":8",
    "@",
    "#",
    "/cb",
    " ",
    "none",
    "code",
    "client_credentials",
    "authorization_code",
    "read",
    "{",
    "[",
    "\"",
    ":",
    ",",
    "null",
];

/// What may be registered leads nowhere that a browser would run, as another reader of addresses sees it.
fn assert_safe(metadata: &ClientMetadata) {
    let addresses = metadata.redirect_uris.iter().map(|uri| uri.as_str()).chain(metadata.client_uri.as_deref());
    for address in addresses {
        if let Ok(read) = Url::parse(address) {
            let (scheme, host) = (read.scheme(), read.host_str().unwrap_or_default());
            let own = ["127.0.0.1", "[::1]", "localhost"].contains(&host);
            let page = metadata.client_uri.as_deref() == Some(address);
            assert!(scheme == "https" || scheme.contains('.') || (scheme == "http" && (own || page)), "{address:?}");
            assert!(read.username().is_empty() && read.password().is_none(), "{address:?}");
        }
    }
    assert!(metadata.client_name.iter().all(|name| !name.chars().any(char::is_control)));
}

#[test]
fn what_a_client_says_of_itself_is_safe_or_refused() {
    check!().with_type::<Vec<(u8, bool, Vec<Piece>)>>().for_each(|members| {
        let mut said = Map::new();
        for (name, in_list, pieces) in members {
            let value = Value::String(text(pieces, WORDS));
            said.insert(MEMBERS[usize::from(*name) % MEMBERS.len()].to_owned(), if *in_list { Value::Array(vec![value]) } else { value });
        }
        match ClientMetadata::parse(Value::Object(said).to_string().as_bytes()) {
            Ok(metadata) => assert_safe(&metadata),
            Err(refusal) => assert_goes_out_well(&refusal),
        }
    });
}

#[test]
fn what_is_no_json_is_refused() {
    check!().with_type::<Vec<Piece>>().for_each(|pieces| match ClientMetadata::parse(&bytes(pieces, WORDS)) {
        Ok(metadata) => assert_safe(&metadata),
        Err(refusal) => assert_goes_out_well(&refusal),
    });
}
