use keyward_rules::model::client::{ClientKind, Registration};
use keyward_wire::{
    authorization_request::{ResponseMode, ResponseType},
    error::Code,
    profile::{KORAP, ProfileName, SKYVAULT, STANDARD},
    token_request::GrantType,
};

use super::{PKCE, PROFILES, accept, accepted, app, public_app};
use crate::fixture::{audience, audiences, refused, scope, scope_illegal, server, with};

#[test]
fn what_a_client_may_ask_is_accepted_with_what_it_would_get() {
    for profile in PROFILES {
        let accepted = accept(profile, app(), "response_type=code&scope=write&state=s", &[]).unwrap();
        assert_eq!((&accepted.allowed().scope, &**accepted.addressed().client()), (&scope("write"), &app()));
        assert_eq!(accepted.request().reply.state.as_deref(), Some("s"));
    }
    assert_eq!(accepted(app(), "response_type=code").allowed().scope, scope("read"), "the client's default");
}

#[test]
fn req_i03_only_profiles_with_implicit_give_a_token_at_once() {
    for profile in PROFILES {
        let given = accept(profile, app(), "response_type=token&state=s", &[]).map_err(|refusal| (refusal.step, refusal.code)).map(|_| ());
        let expected = match profile.name {
            ProfileName::Korap => Err(("response_type_of_profile", Code::ResponseTypeUnsupported)),
            ProfileName::Standard | ProfileName::Skyvault => Ok(()),
        };
        assert_eq!(given, expected, "{:?}", profile.name);
        assert!(accept(profile, app(), "response_type=code", &[]).is_ok());
    }
}

#[test]
fn sec_e21_req_i03_each_response_type_needs_its_grant() {
    for (asked, grant) in [("code", GrantType::AuthorizationCode), ("token", GrantType::Implicit)] {
        let query = format!("response_type={asked}");
        let without = with(app(), |registration| registration.grants.retain(|own| *own != grant));
        let refusal = refused(accept(&STANDARD, without, &query, &[]));
        assert_eq!((refusal.step, refusal.code), ("grant_registered", Code::ResponseTypeUnauthorized(asked)));
        let alone = with(app(), |registration| registration.grants = vec![grant]);
        assert!(accept(&STANDARD, alone, &query, &[]).is_ok());
    }
}

/// Every response type in every mode, for clients of every set of modes.
#[test]
fn sec_a17_an_answer_travels_only_as_registered_and_a_token_never_in_a_query() {
    for set in 0..8_u8 {
        let modes: Vec<_> = ResponseMode::EVERY.into_iter().zip(0..).filter(|(_, bit)| set >> bit & 1 == 1).map(|(mode, _)| mode).collect();
        let client = with(app(), |registration| registration.response_modes.clone_from(&modes));
        for response_type in ResponseType::EVERY {
            for asked in [None, Some(ResponseMode::Query), Some(ResponseMode::Fragment), Some(ResponseMode::FormPost)] {
                let mode = asked.map(|mode| format!("&response_mode={}", mode.as_str())).unwrap_or_default();
                let given = accept(&STANDARD, client.clone(), &format!("response_type={}{mode}", response_type.as_str()), &[]);
                let has = |mode| modes.contains(&mode);
                let goes = match (response_type, asked) {
                    (ResponseType::Code, asked) => Some(asked.unwrap_or(ResponseMode::Query)).filter(|mode| has(*mode)),
                    (ResponseType::Token, None | Some(ResponseMode::Fragment)) => Some(ResponseMode::Fragment),
                    (ResponseType::Token, Some(ResponseMode::Query)) => None,
                    (ResponseType::Token, Some(ResponseMode::FormPost)) => Some(ResponseMode::FormPost).filter(|mode| has(*mode)),
                };
                let what = format!("{response_type:?} {asked:?} of {modes:?}");
                match goes {
                    Some(mode) => assert_eq!(given.unwrap().request().reply.mode(), mode, "{what}"),
                    None => {
                        let refusal = refused(given);
                        assert_eq!(
                            (refusal.step, refusal.code),
                            ("response_mode_registered", Code::ParameterIllegal("response_mode")),
                            "{what}"
                        );
                    }
                }
            }
        }
    }
    assert!(!Registration::default_response_modes().contains(&ResponseMode::Fragment), "a code in a fragment is read by scripts");
}

#[test]
fn sec_c01_req_a15_a_code_needs_pkce_where_client_or_profile_say_so() {
    for profile in PROFILES {
        for kind in [ClientKind::Confidential, ClientKind::Public] {
            for required in [false, true] {
                let client = match kind {
                    ClientKind::Confidential => app(),
                    ClientKind::Public => public_app(),
                };
                let client = with(client, |registration| registration.require_pkce = required);
                let needed = required || (kind == ClientKind::Public && profile.name == ProfileName::Standard);
                let what = format!("{:?} {kind:?} {required}", profile.name);
                assert!(accept(profile, client.clone(), &format!("response_type=code{PKCE}"), &[]).is_ok(), "{what}");
                match accept(profile, client.clone(), "response_type=code", &[]) {
                    Ok(_) => assert!(!needed, "{what}"),
                    Err(refusal) => {
                        assert!(needed, "{what}");
                        assert_eq!((refusal.step, refusal.code), ("code_challenge_present", Code::ParameterMissing("code_challenge")));
                    }
                }
                assert_eq!(
                    accept(profile, client, "response_type=token&state=s", &[]).is_ok(),
                    profile.name != ProfileName::Korap,
                    "{what}"
                );
            }
        }
    }
}

#[test]
fn req_i01_a_token_needs_a_state_where_the_profile_says_so() {
    let refusal = refused(accept(&SKYVAULT, app(), "response_type=token", &[]));
    assert_eq!((refusal.step, refusal.code), ("state_present", Code::ParameterMissing("state")));
    assert!(accept(&SKYVAULT, app(), "response_type=token&state=s", &[]).is_ok());
    assert!(accept(&SKYVAULT, app(), "response_type=code", &[]).is_ok());
    assert!(accept(&STANDARD, app(), "response_type=token", &[]).is_ok());
}

#[test]
fn req_a12_a_scope_or_audience_beyond_the_clients_is_refused() {
    let without_default = with(app(), |registration| registration.default_scopes = scope(""));
    let servers = [server("https://a.example", "orders", None), server("https://b.example", "mail", None)];
    let of_a = with(app(), |registration| registration.audiences = audiences(&["https://a.example"]));
    let table = [
        (scope_illegal("admin", "read write"), app(), "response_type=code&scope=read+admin"),
        (Code::ScopeAll, app(), "response_type=code&scope=all"),
        (Code::ScopeMissing, without_default, "response_type=code"),
        (scope_illegal("mail", "read write orders"), of_a.clone(), "response_type=code&scope=mail"),
        (Code::TargetIllegal, of_a.clone(), "response_type=code&resource=https://b.example"),
        (Code::TargetIllegal, of_a.clone(), "response_type=code&resource=https://c.example"),
    ];
    for (code, client, query) in table {
        for profile in [&STANDARD, &KORAP] {
            assert_eq!(refused(accept(profile, client.clone(), query, &servers)).code, code, "{query}");
        }
    }
    let accepted = accept(&STANDARD, of_a, "response_type=code&scope=orders", &servers).unwrap();
    assert_eq!((&*accepted.allowed().audience, &accepted.allowed().scope), (&[audience("https://a.example")][..], &scope("orders")));
}

#[test]
fn a_consent_is_remembered_only_for_applications_that_prove_who_they_are() {
    let table = [
        (app(), "response_type=code".to_owned(), true),
        (app(), format!("response_type=code{PKCE}"), true),
        (public_app(), format!("response_type=code{PKCE}"), true),
        (app(), "response_type=token".to_owned(), false),
        (app(), format!("response_type=token{PKCE}"), false),
        (public_app(), format!("response_type=token{PKCE}"), false),
    ];
    for (client, query, remembered) in table {
        assert_eq!(accepted(client, &query).is_remembered(), remembered, "{query}");
    }
    let anyone = accept(&SKYVAULT, public_app(), "response_type=code", &[]).unwrap();
    assert!(!anyone.is_remembered(), "a public client without PKCE may be anyone");
}
