use keyward_rules::{
    effect::Effect,
    model::{
        client::{Client, ClientKind, Registration},
        digest::SecretDigest,
        invitation::Invitation,
        time::{Seconds, Timestamp},
    },
    self_registration::{
        INITIAL_ACCESS_TOKEN, Mode, REGISTRATION_ACCESS_TOKEN, Terms, admit, is_newly_used, is_unused, manages, registration, token,
    },
};
use keyward_wire::{client_metadata::ClientMetadata, error::Code, redirect_uri::RedirectUri, token_request::GrantType};
use secrecy::ExposeSecret;

use crate::fixture::{NOW, audiences, client, scope, server};

const SECRET: [u8; 32] = [7; 32];

fn terms(mode: Mode) -> Terms {
    let most = Registration {
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        audiences: audiences(&["https://orders.example"]),
        ..client("most").registration
    };
    Terms { mode, most, count: 3, unused_for: Seconds::DAY }
}

fn said(json: &str) -> ClientMetadata {
    ClientMetadata::parse(format!("{{\"redirect_uris\":[\"https://app.example/cb\"]{json}}}").as_bytes()).unwrap()
}

fn itself() -> Client {
    Client { created_at: NOW, registration_token: Some(SecretDigest::of(&SECRET)), ..client("itself") }
}

#[test]
fn who_may_register_depends_on_the_mode_the_invitation_and_the_room() {
    let good = Invitation { digest: SecretDigest::of(&SECRET), uses: 1, created_at: NOW, expires_at: NOW + Seconds(1) };
    let used_up = Invitation { uses: 0, ..good.clone() };
    let over = Invitation { expires_at: NOW, ..good.clone() };
    let room = Effect::LeaveRoom { registered_themselves: 3 };
    let take = Effect::UseInvitation { digest: good.digest.clone(), at: NOW };
    let admitted =
        |mode, invitation: Option<&Invitation>, count| admit(&terms(mode), invitation, count, NOW).map_err(|refusal| refusal.code);
    assert_eq!(admitted(Mode::Open, None, 2), Ok(vec![room.clone()]));
    assert_eq!(admitted(Mode::Token, Some(&good), 2), Ok(vec![room, take]));
    for wrong in [None, Some(&used_up), Some(&over)] {
        assert_eq!(admitted(Mode::Token, wrong, 0), Err(Code::InitialTokenInvalid));
    }
    assert!(matches!(admitted(Mode::Open, None, 3), Err(Code::RegistryFull(_))));
    assert_eq!(admitted(Mode::Off, Some(&good), 0), Err(Code::NotFound));
}

#[test]
fn sec_m02_a_client_becomes_what_the_terms_say_but_for_what_it_may_choose() {
    let most = terms(Mode::Open).most;
    let own = registration(&said(r#","client_name":"Coral","scope":"read","client_uri":"https://a.example""#), &terms(Mode::Open), &[]);
    let expected = Registration {
        name: "Coral".to_owned(),
        grants: vec![GrantType::AuthorizationCode],
        redirect_uris: vec![RedirectUri::parse("https://app.example/cb").unwrap()],
        scopes: scope("read"),
        about: keyward_rules::model::client::About { url: Some("https://a.example".to_owned()), ..Default::default() },
        ..most.clone()
    };
    assert_eq!(own, Ok(expected));
    let public = registration(&said(r#","token_endpoint_auth_method":"none""#), &terms(Mode::Open), &[]).unwrap();
    assert_eq!((public.kind, &public.scopes, public.require_pkce), (ClientKind::Public, &most.scopes, true));
    for more in
        [r#","scope":"read admin""#, r#","scope":"rea""#, r#","grant_types":["client_credentials"]"#, r#","grant_types":["password"]"#]
    {
        let refused = registration(&said(more), &terms(Mode::Open), &[]).unwrap_err();
        assert!(matches!(refused.code, Code::RegistrationIllegal(_)), "{more}: {refused}");
    }
}

#[test]
fn what_it_gets_without_asking_is_what_it_registered_for_or_its_audience_has() {
    let orders = server("https://orders.example", "orders", None);
    let mut terms = terms(Mode::Open);
    terms.most.default_scopes = scope("read write orders");
    let own = |json: &str| registration(&said(json), &terms, std::slice::from_ref(&orders)).unwrap().default_scopes;
    assert_eq!(own(""), scope("read write orders"));
    assert_eq!(own(r#","scope":"write""#), scope("write orders"));
}

#[test]
fn sec_m03_a_registration_is_managed_with_its_own_token() {
    assert_eq!(manages(&itself(), &SECRET), Ok(()));
    assert_eq!(manages(&itself(), &[8; 32]).unwrap_err().code, Code::RegistrationTokenInvalid);
    assert_eq!(manages(&client("configured"), &SECRET).unwrap_err().code, Code::RegistrationTokenInvalid);
}

#[test]
fn a_token_reads_back_and_not_as_another_kind() {
    let (digest, text) = token(&INITIAL_ACCESS_TOKEN, &SECRET);
    assert!(digest.is_of(&SECRET));
    assert_eq!(INITIAL_ACCESS_TOKEN.parse(text.expose_secret()), Some(SECRET));
    assert_eq!(REGISTRATION_ACCESS_TOKEN.parse(text.expose_secret()), None);
    for wrong in ["", "kwi_", &text.expose_secret()[..46], &format!("{}A", text.expose_secret())] {
        assert_eq!(INITIAL_ACCESS_TOKEN.parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_client_is_unused_once_nothing_it_was_given_can_still_be_good() {
    let day = Seconds::DAY;
    let long = |lifetime| {
        let mut own = itself();
        own.registration.refresh_lifetime = lifetime;
        own
    };
    let unused = |client: &Client, at: Timestamp| is_unused(client, day, at);
    let two_days = NOW + day + day;
    assert!(!unused(&itself(), two_days) && unused(&itself(), two_days + Seconds(1)));
    assert!(!unused(&client("configured"), two_days + Seconds(1)), "only those that registered themselves");
    let used = Client { used_at: Some(NOW + day), ..itself() };
    assert!(!unused(&used, two_days + day) && unused(&used, two_days + day + Seconds(1)));
    let holds = long(Seconds(5 * day.0));
    assert!(!unused(&holds, two_days + day) && unused(&holds, NOW + Seconds(6 * day.0 + 1)));
}

#[test]
fn use_is_written_down_once_a_day_of_those_that_registered_themselves() {
    let used = Client { used_at: Some(NOW), ..itself() };
    let later = NOW + Seconds::DAY;
    assert!(is_newly_used(&itself(), NOW) && !is_newly_used(&used, later - Seconds(1)) && is_newly_used(&used, later));
    assert!(!is_newly_used(&client("configured"), NOW));
}
