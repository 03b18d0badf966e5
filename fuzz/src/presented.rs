use bolero::{TypeGenerator, check};
use data_encoding::BASE64;
use form_urlencoded::byte_serialize;
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use keyward_wire::{
    error::Code,
    form::Form,
    presented::{Presented, PresentedSecret},
    profile::{KORAP, STANDARD},
};
use secrecy::ExposeSecret;

use crate::form::WORDS;
use crate::pieces::{Piece, bytes, text};
use crate::refusal::{PROFILES, assert_goes_out_well};

/// What comes as `Authorization`.
#[derive(Clone, Debug, TypeGenerator)]
enum Header {
    Absent,
    Basic(Vec<Piece>),
    /// With what is no base64, or not quite.
    Encoded(Vec<Piece>),
    Raw(Vec<Piece>),
    Twice(Vec<Piece>),
}

const CREDENTIALS: &[&str] = &["app:secret", ":", "app", "%", "%3A", "%00", "+", "Basic ", "basic  ", "Bearer ", "YXBwOnNlY3JldA==", "="];

fn headers(header: &Header) -> HeaderMap {
    let basic = |pieces: &[Piece]| format!("Basic {}", BASE64.encode(&bytes(pieces, CREDENTIALS))).into_bytes();
    let values = match header {
        Header::Absent => vec![],
        Header::Basic(pieces) => vec![basic(pieces)],
        Header::Encoded(pieces) => vec![[b"bAsIc ".to_vec(), bytes(pieces, CREDENTIALS)].concat()],
        Header::Raw(pieces) => vec![bytes(pieces, CREDENTIALS)],
        Header::Twice(pieces) => vec![basic(pieces), basic(pieces)],
    };
    values.iter().filter_map(|value| HeaderValue::from_bytes(value).ok()).map(|value| (AUTHORIZATION, value)).collect()
}

#[test]
fn credentials_are_read_whole_or_refused() {
    check!().with_type::<(Header, Vec<Piece>)>().for_each(|(header, body)| {
        let body = bytes(body, WORDS);
        let Ok(form) = Form::parse("", &body) else { return };
        let headers = headers(header);
        for profile in PROFILES {
            let presented = match Presented::read(profile, &headers, &form) {
                Ok(presented) => presented,
                Err(refusal) => {
                    assert_goes_out_well(&refusal);
                    continue;
                }
            };
            let id = presented.client_id();
            assert!(!id.is_empty() && !id.contains('\0'), "{id:?}");
            assert!(headers.len() <= 1, "two headers were accepted");
            if headers.is_empty() {
                assert_eq!(Some(id), form.get("client_id"));
                assert_eq!(secrets(&presented), form.get("client_secret").into_iter().collect::<Vec<_>>());
            } else if profile.name != KORAP.name {
                assert!(form.get("client_id").is_none_or(|own| own == id), "header and form disagree");
                assert!(form.get("client_secret").is_none_or(|own| secrets(&presented).contains(&own)), "header and form disagree");
            }
            assert!(secrets(&presented).iter().all(|secret| !secret.is_empty() && !secret.contains('\0')));
        }
    });
}

/// Every spelling of the secret that was presented.
fn secrets(presented: &Presented) -> Vec<&str> {
    match presented {
        Presented::Public(_) => vec![],
        Presented::Secret(PresentedSecret { secret, undecoded, .. }) => {
            [Some(secret), undecoded.as_ref()].into_iter().flatten().map(|secret| secret.expose_secret()).collect()
        }
    }
}

fn read(header: &str) -> Result<Presented, Code> {
    let headers = HeaderMap::from_iter([(AUTHORIZATION, header.parse().unwrap())]);
    let form = Form::parse("", b"").unwrap_or_else(|refusal| panic!("{refusal}"));
    Presented::read(&STANDARD, &headers, &form).map_err(|refusal| refusal.code)
}

#[test]
fn basic_credentials_are_read_back_encoded_or_not() {
    check!().with_type::<(Vec<Piece>, Vec<Piece>)>().for_each(|(id, secret)| {
        let (id, secret) = (text(id, CREDENTIALS), text(secret, CREDENTIALS));
        let legal = !id.is_empty() && !id.contains('\0') && !secret.contains('\0');
        let encoded: String = byte_serialize(id.as_bytes()).chain([":"]).chain(byte_serialize(secret.as_bytes())).collect();
        let presented = read(&format!("Basic {}", BASE64.encode(encoded.as_bytes())));
        if legal {
            let presented = presented.unwrap();
            assert_eq!(presented.client_id(), id);
            assert_eq!(secrets(&presented).first().copied().unwrap_or_default(), secret);
        }
        let presented = read(&format!("Basic {}", BASE64.encode(format!("{id}:{secret}").as_bytes())));
        if !legal {
            assert!(presented.is_err(), "{id:?}");
        } else if !id.contains([':', '%', '+']) {
            let presented = presented.unwrap();
            assert_eq!(presented.client_id(), id);
            assert_eq!(secrets(&presented).last().copied().unwrap_or_default(), secret);
        }
    });
}
