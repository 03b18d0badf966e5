use bolero::{TypeGenerator, check};
use keyward_rules::{korap::registration, registration::misfits};
use keyward_wire::{
    korap::{registration::WantedClient, scopes::of_third_parties},
    profile::KORAP,
    scope::ALL,
};

use crate::pieces::{Piece, text};

const WORDS: &[&str] = &[
    "{\"name\":\"Reef\",\"type\":\"CONFIDENTIAL\",\"description\":\"A reef.\"",
    ",\"type\":\"PUBLIC\"",
    ",\"url\":\"https://a.example\"",
    ",\"url\":\"javascript:x\"",
    ",\"redirect_uri\":\"https://a.example/cb\"",
    ",\"redirect_uri\":\"data:x\"",
    ",\"refresh_token_expiry\":",
    ",\"source\":",
    "31536001",
    "-1",
    "null",
    "{\"a\":[",
    "]}",
    "}",
    "\"",
    "\\u0000",
];

#[derive(Clone, Debug, TypeGenerator)]
struct Sent {
    pieces: Vec<Piece>,
}

#[test]
fn what_users_register_fits_together_and_has_no_privilege() {
    check!().with_type::<Sent>().for_each(|sent| {
        let json = text(&sent.pieces, WORDS);
        match WantedClient::parse(json.as_bytes()) {
            Err(refusal) => assert_eq!(refusal.code.answer(&KORAP).status, 400),
            Ok(wanted) => {
                let registration = registration(wanted);
                assert!(misfits(&registration).is_empty(), "{registration:?}");
                assert!(!registration.super_client && !registration.first_party && !registration.scopes.contains(ALL));
                assert!(registration.scopes.is_within(&of_third_parties()));
                assert!(registration.about.url.is_none_or(|url| url.starts_with("http")), "{json}");
            }
        }
    });
}
