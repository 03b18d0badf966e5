use std::collections::BTreeMap;

use bolero::check;
use form_urlencoded::Serializer;
use keyward_wire::{
    error::Code,
    form::{Form, MAX_NAME, MAX_PARAMETERS, MAX_VALUE},
};

use crate::pieces::{Piece, bytes, text};
use crate::refusal::assert_goes_out_well;

pub const WORDS: &[&str] = &[
    "&",
    "=",
    "grant_type=",
    "password",
    "client_credentials",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "&device_code=kwd_",
    "&client_id=",
    "&client_secret=",
    "&username=dory",
    "&password=",
    "&refresh_token=kwr_",
    "&token=kwa_",
    "&scope=read write",
    "&scope=read%20write",
    "&resource=https://a.example",
    "&audience=urn:a",
    "%00",
    "%0A",
    "%41",
    "%ff",
    "%C3%A4",
    "\r\n",
];

/// The parameters of one source as the URL standard reads them, whose leniency never shows in what we accept.
fn read_by_another(source: &[u8]) -> Vec<(String, String)> {
    let source = std::str::from_utf8(source).unwrap();
    let pairs = source.split('&').map(|pair| pair.trim_matches(['\r', '\n', '\t', ' '])).filter(|pair| !pair.is_empty());
    let read = pairs.flat_map(|pair| form_urlencoded::parse(pair.as_bytes()).into_owned().collect::<Vec<_>>());
    read.map(|(name, value)| (name.trim().to_owned(), value)).collect()
}

#[test]
fn what_is_accepted_is_what_another_reader_reads() {
    check!().with_type::<(Vec<Piece>, Vec<Piece>)>().for_each(|(query, body)| {
        let (query, body) = (text(query, WORDS), bytes(body, WORDS));
        let form = match Form::parse(&query, &body) {
            Ok(form) => form,
            Err(refusal) => return assert_goes_out_well(&refusal),
        };
        let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let in_query = read_by_another(query.as_bytes());
        assert!(in_query.iter().all(|(name, value)| name != "client_secret" || value.is_empty()), "a secret in the URL");
        let all: Vec<_> = in_query.into_iter().chain(read_by_another(&body)).collect();
        assert!(all.len() <= MAX_PARAMETERS);
        for (name, value) in all {
            let values = expected.entry(name.clone()).or_default();
            assert!(values.is_empty() || name == "resource", "{name} came twice");
            values.push(value);
        }
        for (name, values) in expected {
            let sent: Vec<_> = values.iter().filter(|value| !value.is_empty()).collect();
            assert_eq!(form.all(&name).collect::<Vec<_>>(), sent);
            assert_eq!(form.get(&name), sent.first().map(|first| first.as_str()));
            assert!(name.len() <= MAX_NAME && values.iter().all(|value| value.len() <= MAX_VALUE));
            assert!(!name.contains('\0') && !values.iter().any(|value| value.contains('\0')), "NUL in {name}");
        }
    });
}

#[test]
fn what_another_writer_wrote_is_read_back() {
    check!().with_type::<(BTreeMap<String, String>, bool)>().for_each(|(parameters, in_query)| {
        let written = Serializer::new(String::new()).extend_pairs(parameters).finish();
        let (query, body) = if *in_query { (&*written, "") } else { ("", &*written) };
        let trimmed: Vec<_> = parameters.keys().map(|name| name.trim()).collect();
        let twice = trimmed.iter().zip(1..).any(|(name, next)| *name != "resource" && trimmed[next..].contains(name));
        let form = match Form::parse(query, body.as_bytes()) {
            Ok(form) => form,
            Err(refusal) => {
                let expected = match &refusal.code {
                    Code::ParameterRepeated(_) => twice,
                    Code::ParametersTooMany => parameters.len() > MAX_PARAMETERS,
                    Code::ParameterTooLong(_) => parameters.iter().any(|(name, value)| name.len() > MAX_NAME || value.len() > MAX_VALUE),
                    Code::FormMalformed => parameters.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')),
                    Code::ParameterInQuery(_) => *in_query,
                    _ => false,
                };
                assert!(expected, "{refusal:?}");
                return assert_goes_out_well(&refusal);
            }
        };
        for (name, value) in parameters {
            let read = form.all(name.trim()).any(|read| read == value);
            assert_eq!(read, !value.is_empty(), "{name:?}");
        }
    });
}
