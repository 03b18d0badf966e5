use keyward_wire::{error::Code, profile::ProfileName};

use super::{CALLBACK, PROFILES, address, app, public_app, registered};
use crate::fixture::{client, refused, with};

const NATIVE: &str = "http://127.0.0.1:9191/cb";

#[test]
fn req_a11_an_answer_goes_only_where_the_client_is_registered_in_every_profile() {
    for profile in PROFILES {
        for named in [Some(CALLBACK), None] {
            let addressed = address(profile, Some(app()), named).unwrap();
            assert_eq!((addressed.redirect_uri(), &**addressed.client()), (CALLBACK, &app()), "{:?}", profile.name);
        }
    }
}

#[test]
fn sec_a01_an_answer_without_a_sure_address_is_refused_at_its_own_step() {
    let two = || registered(client("app"), &[CALLBACK, "https://app.example/other"]);
    let of_no_profile = with(app(), |registration| registration.profiles.clear());
    let unknown = || Code::ApplicationUnknown("app".to_owned());
    let table = [
        ("client_known", unknown(), None, Some(CALLBACK)),
        ("client_known", unknown(), None, None),
        ("client_profile", unknown(), Some(of_no_profile), Some(CALLBACK)),
        ("redirect_uri_registered", Code::RedirectUriUnregistered, Some(app()), Some("https://evil.example/cb")),
        ("redirect_uri_registered", Code::RedirectUriUnregistered, Some(registered(client("app"), &[])), Some(CALLBACK)),
        ("redirect_uri_present", Code::RedirectUriMissing, Some(registered(client("app"), &[])), None),
        ("redirect_uri_present", Code::RedirectUriMissing, Some(two()), None),
    ];
    for profile in PROFILES {
        for (step, code, client, named) in table.clone() {
            let refusal = refused(address(profile, client, named));
            assert_eq!((refusal.step, refusal.code), (step, code), "{:?}", profile.name);
        }
        assert!(address(profile, Some(two()), Some("https://app.example/other")).is_ok());
    }
}

#[test]
fn a_client_is_found_only_in_the_profiles_it_is_registered_for() {
    for own in PROFILES {
        let client = with(app(), |registration| registration.profiles = vec![own.name]);
        for asked in PROFILES {
            assert_eq!(address(asked, Some(client.clone()), None).is_ok(), own.name == asked.name);
        }
    }
    assert_eq!(app().registration.profiles.len(), [ProfileName::Standard, ProfileName::Skyvault, ProfileName::Korap].len());
}

/// Every byte of a registered URI is changed, doubled and left out; and what parsers are known to disagree on.
#[test]
fn sec_a02_a03_what_is_not_the_registered_uri_byte_by_byte_is_refused() {
    let own = "https://app.example:8443/Call%2Fback;v=1?x=1&y=2";
    let client = registered(client("app"), &[own]);
    let refuses = |uri: &str| {
        let refusal = refused(address(PROFILES[0], Some(client.clone()), Some(uri)));
        assert_eq!(refusal.code, Code::RedirectUriUnregistered, "{uri:?}");
    };
    assert!(address(PROFILES[0], Some(client.clone()), Some(own)).is_ok());
    for at in 0..own.len() {
        let (before, rest) = own.split_at(at);
        refuses(before);
        refuses(&format!("{before}{}", &rest[1..]));
        for inserted in ["/", "@", "\\", ".", "%", "#", " ", "\t", "\r\n", "\0", "..", "\u{ff0f}", "A", "a", "evil.example"] {
            refuses(&format!("{before}{inserted}{rest}"));
            refuses(&format!("{before}{inserted}{}", &rest[1..]).replacen(own, "", 1));
        }
    }
    for after in ["/", "?", "&", "#", "&z=3", "%20", ".evil.example", "@evil.example", ":80", "/../evil", "*"] {
        refuses(&format!("{own}{after}"));
    }
    let others = [
        "HTTPS://app.example:8443/Call%2Fback;v=1?x=1&y=2",
        "https://APP.example:8443/Call%2Fback;v=1?x=1&y=2",
        "https://app.example:8443/call%2Fback;v=1?x=1&y=2",
        "https://app.example:8443/Call%2fback;v=1?x=1&y=2",
        "https://app.example:8443/Call/back;v=1?x=1&y=2",
        "https://app.example:8443/Call%252Fback;v=1?x=1&y=2",
        "https://app.example:8443/./Call%2Fback;v=1?x=1&y=2",
        "https://app.example:8443/Call%2Fback;v=1?y=2&x=1",
        "https://app.example:08443/Call%2Fback;v=1?x=1&y=2",
        "https://app.example@evil.example:8443/Call%2Fback;v=1?x=1&y=2",
        "https://evil.example\\@app.example:8443/Call%2Fback;v=1?x=1&y=2",
        "http://app.example:8443/Call%2Fback;v=1?x=1&y=2",
        "https://app。example:8443/Call%2Fback;v=1?x=1&y=2",
        "javascript:alert(1)//https://app.example:8443/Call%2Fback;v=1?x=1&y=2",
        "",
    ];
    others.into_iter().for_each(refuses);
}

#[test]
fn sec_a05_the_port_of_a_loopback_address_is_free_for_public_clients_only_and_the_answer_goes_to_the_one_asked() {
    let other = "http://127.0.0.1:51004/cb";
    let native =
        with(public_app(), |registration| registration.redirect_uris = registered(client("app"), &[NATIVE]).registration.redirect_uris);
    assert_eq!(address(PROFILES[0], Some(native.clone()), Some(other)).unwrap().redirect_uri(), other);
    assert!(address(PROFILES[0], Some(native.clone()), Some("http://localhost:9191/cb")).is_err());
    assert!(address(PROFILES[0], Some(registered(client("app"), &[NATIVE])), Some(other)).is_err());
    assert_eq!(address(PROFILES[0], Some(native), None).unwrap().redirect_uri(), NATIVE);
}

#[test]
fn a_refusal_does_not_repeat_more_of_a_uri_than_a_log_line_holds() {
    let refusal = refused(address(PROFILES[0], Some(app()), Some(&format!("https://evil.example/{}", "x".repeat(10_000)))));
    assert!(refusal.reason.len() < 400, "{}", refusal.reason.len());
}
