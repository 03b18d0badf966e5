use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use data_encoding::BASE64URL_NOPAD;
use keyward_rules::{
    access_token::AccessToken,
    grant::{
        Circumstances, Issue,
        password::{self, Question},
    },
    key_ring::{KeyRing, KeyUse},
    mint::mint,
    model::{
        client::{AccessFormat, Client},
        time::{Seconds, Timestamp},
    },
    refresh_token::RefreshToken,
};
use keyward_wire::{error::Code, jwt::Algorithm, token_request::GrantType, token_response::TokenResponse};
use secrecy::ExposeSecret;
use serde_json::{Value, json, to_value};

use crate::fixture::{
    CONSENT_EPOCH, ISSUER, NOW, REFRESH_KEY, audiences, client, entropy, every_key, issued, key, logged_in, permitted, refused, ring,
    scope, user, wanted, with, within,
};

/// The claims of a JWT, unverified.
pub fn claims(jwt: &str) -> Value {
    let encoded = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(encoded.as_bytes()).unwrap()).unwrap()
}

fn log_in(client: &Client) -> Issue {
    let entropy = entropy(1);
    let question = Question {
        client: permitted(client, GrantType::Password),
        user: logged_in(&user("dory"), NOW),
        wanted: wanted("read write", &["https://a.example"]),
    };
    issued(password::decide(&question, &CONSENT_EPOCH, &within(NOW, &entropy)))
}

fn minted(issue: &Issue) -> TokenResponse {
    let entropy = entropy(1);
    mint(issue, &within(NOW, &entropy), &SystemRandom::new()).unwrap()
}

const FORMATS: [AccessFormat; 3] = [AccessFormat::Opaque, AccessFormat::Jwt(Algorithm::EdDSA), AccessFormat::Jwt(Algorithm::ES256)];

fn of_format(access_format: AccessFormat) -> Client {
    with(client("app"), |registration| registration.access_format = access_format)
}

#[test]
fn req_t12_the_answer_says_what_its_tokens_say() {
    for format in FORMATS {
        let issue = log_in(&of_format(format));
        let answer = minted(&issue);
        assert_eq!(AccessToken::read(&answer.access_token, ring()), Some(issue.access.clone()), "{format:?}");
        assert_eq!(answer.expires_in, issue.access.expires_at - issue.access.issued_at);
        assert_eq!(answer.scope, scope("read write"));
        let shown = to_value(&answer).unwrap();
        assert_eq!((&shown["token_type"], &shown["scope"], &shown["expires_in"]), (&json!("Bearer"), &json!("read write"), &json!(600)));
        assert_eq!(shown.as_object().unwrap().len(), 5);
    }
}

#[test]
fn the_form_is_the_clients() {
    let opaque = minted(&log_in(&of_format(AccessFormat::Opaque))).access_token;
    assert!(opaque.starts_with("kwa_"), "{opaque}");
    let jwt = minted(&log_in(&of_format(AccessFormat::Jwt(Algorithm::ES256)))).access_token;
    assert_eq!(jwt.split('.').count(), 3, "{jwt}");
}

#[test]
fn req_r06_a_jwt_names_issuer_user_client_audience_and_times() {
    let issue = log_in(&of_format(AccessFormat::Jwt(Algorithm::EdDSA)));
    let mut claims = claims(&minted(&issue).access_token);
    claims.as_object_mut().unwrap().remove("keyward").unwrap();
    let expected = json!({
        "iss": ISSUER, "sub": user("dory").id.subject(), "aud": "https://a.example", "client_id": "app",
        "exp": NOW.seconds() + 600, "iat": NOW.seconds(), "auth_time": NOW.seconds(),
        "jti": issue.access.id.to_string(), "scope": "read write",
    });
    assert_eq!(claims, expected);
}

#[test]
fn a_jwt_for_no_audience_in_particular_is_for_its_issuer() {
    let mut issue = log_in(&of_format(AccessFormat::Jwt(Algorithm::EdDSA)));
    issue.access.audience = vec![];
    let answer = minted(&issue);
    assert_eq!(claims(&answer.access_token)["aud"], json!(ISSUER));
    assert_eq!(AccessToken::read(&answer.access_token, ring()).unwrap().audience, []);
}

#[test]
fn the_refresh_token_is_the_one_of_the_generation_that_was_decided() {
    let mut issue = log_in(&client("app"));
    let (own, generation) = issue.authorization.clone().unwrap();
    assert_eq!(generation, Some(1));
    for generation in [1, 2, 77] {
        issue.authorization = Some((own.clone(), Some(generation)));
        let answer = minted(&issue);
        let read = RefreshToken::parse(answer.refresh_token.as_deref().unwrap()).unwrap();
        assert_eq!((read.authorization, read.generation), (own.id, generation));
        assert!(read.is_genuine(&own, ring()));
        assert_eq!(minted(&issue).refresh_token, answer.refresh_token, "the same again");
    }
}

#[test]
fn no_refresh_token_where_the_grant_is_not_registered() {
    let client = with(client("app"), |registration| registration.grants = vec![GrantType::Password]);
    let answer = to_value(minted(&log_in(&client))).unwrap();
    assert_eq!(answer.get("refresh_token"), None);
    assert!(to_value(minted(&log_in(&crate::fixture::client("app")))).unwrap()["refresh_token"].is_string());
}

#[test]
fn req_c03g_an_empty_scope_is_said_in_the_answer_and_left_out_of_the_jwt() {
    let mut issue = log_in(&of_format(AccessFormat::Jwt(Algorithm::EdDSA)));
    issue.access.scope = scope("");
    let answer = minted(&issue);
    assert_eq!(to_value(&answer).unwrap()["scope"], "");
    assert_eq!(claims(&answer.access_token).get("scope"), None);
    assert_eq!(AccessToken::read(&answer.access_token, ring()), Some(issue.access));
}

#[test]
fn a_missing_key_is_our_defect_and_gives_no_token() {
    let without = |usage: KeyUse| KeyRing::new(every_key().into_iter().filter(|key| key.material.usage() != usage).collect());
    let later = |usage: KeyUse| {
        let mut keys = every_key();
        keys.iter_mut().filter(|key| key.material.usage() == usage).for_each(|key| key.use_from = Timestamp(NOW.0 + 1));
        KeyRing::new(keys)
    };
    let of_other_bytes = KeyRing::new(vec![key(REFRESH_KEY, KeyUse::ClientSecret, &[2; 32]), key(1, KeyUse::AccessToken, &[1; 32])]);
    let edwards = KeyUse::Signing(Algorithm::EdDSA);
    let table = [
        (AccessFormat::Opaque, without(KeyUse::AccessToken)),
        (AccessFormat::Opaque, later(KeyUse::AccessToken)),
        (AccessFormat::Opaque, without(KeyUse::RefreshToken)),
        (AccessFormat::Opaque, of_other_bytes),
        (AccessFormat::Jwt(Algorithm::EdDSA), without(edwards)),
        (AccessFormat::Jwt(Algorithm::EdDSA), later(edwards)),
    ];
    for (format, ring) in table {
        let entropy = entropy(1);
        let within = Circumstances { ring: &ring, ..within(NOW, &entropy) };
        let refusal = refused(mint(&log_in(&of_format(format)), &within, &SystemRandom::new()));
        assert_eq!((refusal.step, refusal.code), ("key_present", Code::Defect), "{format:?}");
    }
}

#[test]
fn sec_f06_expires_in_is_what_is_left_of_the_authorization_where_that_is_less() {
    let short = with(client("app"), |registration| {
        registration.grants = vec![GrantType::Password];
        registration.access_lifetime = Seconds(600);
        registration.password_access_lifetime = Some(Seconds(20));
    });
    assert_eq!(minted(&log_in(&short)).expires_in, 20);
}

#[test]
fn sec_f13_the_answer_is_not_made_from_the_row_alone() {
    let issue = log_in(&client("app"));
    let (own, _) = issue.authorization.unwrap();
    let derived = |ring: &KeyRing| RefreshToken::derive(&own, 1, ring).map(|token| token.to_secret().expose_secret().to_owned());
    let other_key = KeyRing::new(vec![key(REFRESH_KEY, KeyUse::RefreshToken, &[8; 32])]);
    assert_ne!(derived(ring()), derived(&other_key));
    let mut other_row = own.clone();
    other_row.secret.0[31] ^= 1;
    assert_ne!(derived(ring()), RefreshToken::derive(&other_row, 1, ring()).map(|token| token.to_secret().expose_secret().to_owned()));
    assert_eq!(derived(&KeyRing::default()), None);
}

#[test]
fn same_issue_same_tokens() {
    for format in [AccessFormat::Opaque, AccessFormat::Jwt(Algorithm::EdDSA)] {
        let issue = log_in(&of_format(format));
        assert_eq!(to_value(minted(&issue)).unwrap(), to_value(minted(&issue)).unwrap());
    }
    let own = Arc::new(of_format(AccessFormat::Opaque));
    assert_eq!(log_in(&own).client, own);
    assert_eq!(log_in(&own).access.audience, audiences(&["https://a.example"]));
}
