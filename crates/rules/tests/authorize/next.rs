use keyward_rules::{
    authorize::{self, Accepted, Next, next},
    model::{
        client::Client,
        consent::Consent,
        digest::SecretDigest,
        time::{Seconds, Timestamp},
    },
};
use keyward_wire::{
    error::{Code, Refusal},
    profile::{SKYVAULT, STANDARD},
    scope::Scope,
};

use super::{PKCE, accept, accepted, address, app, consent, public_app, registered, request};
use crate::fixture::{NOW, audiences, refused, server, signed_in, user, with};

fn first_party() -> Client {
    with(app(), |registration| registration.first_party = true)
}

/// What comes next for dory, who signed in at [`NOW`].
fn for_dory(accepted: &Accepted, said: Option<&Consent>, now: Timestamp) -> Result<Next, Code> {
    next(accepted, Some(&signed_in(&user("dory"), NOW)), said, now).map_err(|refusal| refusal.code)
}

fn asks(query: &str) -> String {
    format!("response_type=code&scope=read{query}")
}

#[test]
fn nobody_signed_in_signs_in_and_who_has_not_consented_is_asked() {
    let said = consent("read");
    let table = [
        ("nobody is there", app(), false, None, Next::SignIn),
        ("nobody is there, first party", first_party(), false, None, Next::SignIn),
        ("nothing was said", app(), true, None, Next::Ask),
        ("it was said before", app(), true, Some(&said), Next::Answer),
        ("first party", first_party(), true, None, Next::Answer),
    ];
    for (what, client, somebody, said, expected) in table {
        let who = signed_in(&user("dory"), NOW);
        assert_eq!(next(&accepted(client, &asks("")), somebody.then_some(&who), said, NOW), Ok(expected), "{what}");
    }
}

#[test]
fn sec_a08_an_application_that_registered_itself_is_asked_for_each_time_and_told_nothing_but_no() {
    let said = consent("read");
    let itself = || Client { registration_token: Some(SecretDigest([7; 32])), ..app() };
    assert_eq!(for_dory(&accepted(app(), &asks("")), Some(&said), NOW), Ok(Next::Answer));
    let unchecked = accepted(itself(), &asks(""));
    assert_eq!(for_dory(&unchecked, Some(&said), NOW), Ok(Next::Ask));
    assert_eq!(for_dory(&accepted(itself(), &asks("&prompt=none")), Some(&said), NOW), Err(Code::ConsentRequired));
    for code in [Code::LoginRequired, Code::ConsentRequired, Code::ScopeMissing, Code::ResponseTypeUnsupported] {
        let refusal = Refusal::new(code, "step", "reason");
        assert!(!unchecked.addressed().is_told(&refusal), "{refusal}");
        assert!(accepted(app(), &asks("")).addressed().is_told(&refusal), "{refusal}");
    }
    assert!(unchecked.addressed().is_told(&Refusal::new(Code::AccessDenied, "consent", "the person said no")));
}

#[test]
fn prompt_asks_for_what_would_not_be_shown() {
    let said = consent("read");
    let table = [
        (app(), "&prompt=login", Next::SignIn),
        (app(), "&prompt=select_account", Next::SignIn),
        (app(), "&prompt=consent", Next::Ask),
        (app(), "&prompt=login+consent", Next::SignIn),
        (first_party(), "&prompt=consent", Next::Ask),
        (first_party(), "&prompt=login", Next::SignIn),
        (first_party(), "&prompt=none", Next::Answer),
        (app(), "&prompt=none", Next::Answer),
    ];
    for (client, prompt, expected) in table {
        assert_eq!(for_dory(&accepted(client, &asks(prompt)), Some(&said), NOW), Ok(expected), "{prompt}");
    }
}

#[test]
fn sec_a20_with_prompt_none_nothing_is_shown_and_the_client_learns_what_is_missing() {
    let silent = accepted(app(), &asks("&prompt=none"));
    let refusal = refused(next(&silent, None, Some(&consent("read")), NOW));
    assert_eq!((refusal.step, refusal.code), ("prompt_none", Code::LoginRequired));
    let refusal = refused(next(&silent, Some(&signed_in(&user("dory"), NOW)), None, NOW));
    assert_eq!((refusal.step, refusal.code), ("prompt_none", Code::ConsentRequired));
    assert_eq!(for_dory(&silent, Some(&consent("read")), NOW), Ok(Next::Answer));
    let old = accepted(app(), &asks("&prompt=none&max_age=10"));
    assert_eq!(for_dory(&old, Some(&consent("read")), NOW + Seconds(11)), Err(Code::LoginRequired));
}

#[test]
fn max_age_counts_from_the_password_to_the_millisecond() {
    let said = consent("read");
    let after = |max_age: &str, millis| for_dory(&accepted(app(), &asks(max_age)), Some(&said), Timestamp(NOW.0 + millis));
    assert_eq!(after("&max_age=10", 10_000), Ok(Next::Answer));
    assert_eq!(after("&max_age=10", 10_001), Ok(Next::SignIn));
    assert_eq!(after("&max_age=0", 0), Ok(Next::Answer));
    assert_eq!(after("&max_age=0", 1), Ok(Next::SignIn));
    assert_eq!(after("&max_age=4294967295", 59_999), Ok(Next::Answer));
    assert_eq!(after("", 59_999), Ok(Next::Answer));
}

/// A request for an explicitly empty scope.
fn for_nothing() -> Accepted {
    let addressed = address(&STANDARD, Some(app()), None).unwrap();
    let mut request = request("response_type=code");
    request.wanted.scope = Some(Scope::default());
    authorize::accept(&STANDARD, addressed, request, &[]).unwrap()
}

#[test]
fn req_a04_a_consent_covers_what_was_said_and_no_more() {
    let servers = [server("https://a.example", "orders", None), server("https://b.example", "orders", None)];
    let of_both = with(app(), |registration| registration.audiences = audiences(&["https://a.example", "https://b.example"]));
    let at = |targets: &[&str]| {
        let query = targets.iter().fold(asks(""), |query, target| format!("{query}&resource={target}"));
        accept(&STANDARD, of_both.clone(), &query, &servers).unwrap()
    };
    let a = || Consent { audience: audiences(&["https://a.example"]), ..consent("read write") };
    let withdrawn = Consent { scope: Scope::default(), ..consent("read") };
    let open = accept(&SKYVAULT, public_app(), "response_type=code&scope=read", &[]).unwrap();
    let table = [
        ("the same", accepted(app(), &asks("")), consent("read"), true),
        ("less", accepted(app(), &asks("")), consent("write read"), true),
        ("another scope", accepted(app(), &asks("")), consent("write"), false),
        ("one scope more", accepted(app(), "response_type=code&scope=read+write"), consent("read"), false),
        ("the same audience", at(&["https://a.example"]), a(), true),
        ("no audience", at(&[]), a(), false),
        ("another audience", at(&["https://b.example"]), a(), false),
        ("one audience more", at(&["https://a.example", "https://b.example"]), a(), false),
        ("withdrawn", accepted(app(), &asks("")), withdrawn.clone(), false),
        ("withdrawn, and no scope is asked for", for_nothing(), withdrawn, false),
        ("a token at once", accepted(app(), "response_type=token&scope=read"), consent("read"), false),
        ("a public client with PKCE", accepted(public_app(), &asks(PKCE)), consent("read"), true),
        ("a public client without", open, consent("read"), false),
    ];
    for (what, accepted, said, covered) in table {
        let expected = if covered { Next::Answer } else { Next::Ask };
        assert_eq!(for_dory(&accepted, Some(&said), NOW), Ok(expected), "{what}");
    }
}

#[test]
fn sec_n14_where_anybody_on_the_machine_could_ask_and_take_the_answer_the_person_is_asked_each_time() {
    let said = consent("read");
    let machine =
        ["http://127.0.0.1/cb", "http://[::1]:8000/cb", "http://localhost:1410/cb", "com.example.app:/cb", "http://app.example/cb"];
    for (uris, next) in [(&machine[..], Next::Ask), (&["https://app.example/cb", "HTTPS://app.example/cb"][..], Next::Answer)] {
        for uri in uris {
            let public = with(registered(public_app(), &[uri]), |own| own.first_party = false);
            let own = with(public.clone(), |own| own.first_party = true);
            for client in [public, own] {
                assert_eq!(for_dory(&accepted(client.clone(), &asks(PKCE)), Some(&said), NOW), Ok(next), "{uri}");
                let silent = for_dory(&accepted(client, &asks(&format!("{PKCE}&prompt=none"))), Some(&said), NOW);
                assert_eq!(silent, if next == Next::Ask { Err(Code::ConsentRequired) } else { Ok(next) }, "{uri}");
            }
            // A confidential client proves who it is before it gets anything.
            let confidential = registered(app(), &[uri]);
            assert_eq!(for_dory(&accepted(confidential, &asks("")), Some(&said), NOW), Ok(Next::Answer), "{uri}");
        }
    }
}

#[test]
fn a_consent_holds_to_the_millisecond_it_was_given_for() {
    let (said, asked) = (consent("read"), accepted(app(), &asks("")));
    assert_eq!(for_dory(&asked, Some(&said), Timestamp(said.expires_at.0 - 1)), Ok(Next::Answer));
    assert_eq!(for_dory(&asked, Some(&said), said.expires_at), Ok(Next::Ask));
}

#[test]
fn sec_n14_a_consent_is_for_the_registration_it_was_given_to() {
    let said = consent("read");
    let registered = |at| accepted(Client { created_at: at, ..app() }, &asks(""));
    assert_eq!(for_dory(&registered(said.granted_at), Some(&said), NOW), Ok(Next::Answer));
    assert_eq!(for_dory(&registered(Timestamp(said.granted_at.0 + 1)), Some(&said), NOW), Ok(Next::Ask));
}
