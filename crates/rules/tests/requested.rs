use keyward_rules::{
    model::client::{AccessFormat, Registration, ResourceServer},
    requested::{Allowed, allow, allow_own, format},
};
use keyward_wire::{
    audience::Audience,
    error::{Code, Refusal},
    jwt::Algorithm,
    scope::Scope,
    token_request::Wanted,
};
use proptest::{collection::vec, option, prelude::*, sample::subsequence};

use crate::fixture::{audience, audiences, client, refused, scope, scope_illegal, server, wanted, with};

const ORDERS: &str = "https://orders.example";
const STOCK: &str = "https://stock.example";
const ELSEWHERE: &str = "https://elsewhere.example";
const EDWARDS: AccessFormat = AccessFormat::Jwt(Algorithm::EdDSA);
const ELLIPTIC: AccessFormat = AccessFormat::Jwt(Algorithm::ES256);

fn servers() -> Vec<ResourceServer> {
    vec![server(ORDERS, "read:orders write:orders", Some(ELLIPTIC)), server(STOCK, "count", None)]
}

fn registration(scopes: &str, default: &str, own_audiences: &[&str]) -> Registration {
    with(client("app"), |registration| {
        registration.scopes = scope(scopes);
        registration.default_scopes = scope(default);
        registration.audiences = audiences(own_audiences);
    })
    .registration
}

fn scope_of(result: Result<Allowed, Refusal>) -> Result<String, (&'static str, Code)> {
    result.map(|allowed| allowed.scope.to_string()).map_err(|refusal| (refusal.step, refusal.code))
}

#[test]
fn req_p03_a_scope_that_is_not_named_is_the_clients_default_or_all_of_the_audience() {
    let refused = Err(("scope_present", Code::ScopeMissing));
    let table = [
        ("the default", registration("read write", "read", &[]), &[][..], Ok("read".to_owned())),
        ("no default", registration("read write", "", &[]), &[], refused.clone()),
        ("all of the audience", registration("", "", &[ORDERS]), &[ORDERS], Ok("read:orders write:orders".to_owned())),
        ("all of the only audience", registration("", "", &[ORDERS]), &[], Ok("read:orders write:orders".to_owned())),
        ("all of both", registration("", "", &[ORDERS, STOCK]), &[STOCK, ORDERS], Ok("count read:orders write:orders".to_owned())),
        ("none of two", registration("", "", &[ORDERS, STOCK]), &[], refused),
        ("the default before the audience", registration("read", "read", &[ORDERS]), &[ORDERS], Ok("read".to_owned())),
    ];
    for (what, registration, audience, expected) in table {
        assert_eq!(scope_of(allow(&registration, &wanted("", audience), &servers())), expected, "{what}");
    }
}

#[test]
fn req_p04_a_scope_that_is_named_is_granted_as_asked_or_refused() {
    let illegal = |beyond, most| Err(("scope_within_client", scope_illegal(beyond, most)));
    let table = [
        ("match_info search", registration("search match_info", "", &[]), Ok("match_info search".to_owned())),
        ("read admin", registration("read write", "", &[]), illegal("admin", "read write")),
        ("install", registration("install_user_client", "", &[]), illegal("install", "install_user_client")),
        ("READ", registration("read", "", &[]), illegal("READ", "read")),
        ("count", registration("read", "", &[STOCK]), Ok("count".to_owned())),
        ("read count", registration("read", "", &[STOCK]), Ok("read count".to_owned())),
        ("count", registration("read", "", &[ORDERS]), illegal("count", "read read:orders write:orders")),
    ];
    for (asked, registration, expected) in table {
        assert_eq!(scope_of(allow(&registration, &wanted(asked, &[]), &servers())), expected, "{asked} of {}", registration.scopes);
    }
}

#[test]
fn sec_g02_an_audience_must_be_listed_and_the_clients() {
    let registration = registration("read", "read", &[ORDERS]);
    let audience_of = |wanted: &Wanted| {
        let allowed = allow(&registration, wanted, &servers());
        allowed.map(|allowed| allowed.audience).map_err(|refusal| (refusal.step, refusal.code))
    };
    assert_eq!(audience_of(&wanted("", &[])), Ok(audiences(&[ORDERS])));
    assert_eq!(audience_of(&wanted("", &[ORDERS])), Ok(audiences(&[ORDERS])));
    assert_eq!(audience_of(&wanted("", &[ELSEWHERE])), Err(("audience_known", Code::TargetIllegal)));
    assert_eq!(audience_of(&wanted("", &[ORDERS, ELSEWHERE])), Err(("audience_known", Code::TargetIllegal)));
    assert_eq!(audience_of(&wanted("", &[STOCK])), Err(("audience_of_client", Code::TargetIllegal)));
    assert_eq!(audience_of(&wanted("", &[ORDERS, STOCK])), Err(("audience_of_client", Code::TargetIllegal)));
    assert_eq!(refused(allow_own(&registration, &wanted("", &[STOCK]), &servers())).step, "audience_of_client");
}

#[test]
fn req_t16_where_no_audience_is_listed_any_is_recorded_as_given() {
    let allowed = allow(&registration("read", "read", &[]), &wanted("", &[ELSEWHERE]), &[]).unwrap();
    assert_eq!(allowed.audience, audiences(&[ELSEWHERE]));
    assert_eq!(allowed.scope, scope("read"));
}

#[test]
fn req_c03g_a_clients_own_token_is_cut_down_where_it_has_a_set_for_those() {
    let cut = Registration { client_credentials_scopes: Some(scope("client_info count")), ..registration("read", "read", &[ORDERS]) };
    let own = |asked: &str| scope_of(allow_own(&cut, &wanted(asked, &[]), &servers()));
    assert_eq!(own(""), Ok("client_info count".to_owned()));
    assert_eq!(own("preferred_username client_info"), Ok("client_info".to_owned()));
    assert_eq!(own("read"), Ok(String::new()));
    let allowed = allow_own(&cut, &wanted("", &[]), &servers()).unwrap();
    assert_eq!((allowed.audience, allowed.format), (audiences(&[ORDERS]), ELLIPTIC));

    let held = registration("read", "read", &[]);
    assert_eq!(scope_of(allow_own(&held, &wanted("read", &[]), &[])), Ok("read".to_owned()));
    assert_eq!(
        scope_of(allow_own(&held, &wanted("client_info", &[]), &[])),
        Err(("scope_within_client", scope_illegal("client_info", "read")))
    );
}

#[test]
fn req_s02_only_a_super_client_holds_all() {
    let servers = [server(ORDERS, "all count", None)];
    let of = |super_client, change: fn(&mut Registration)| {
        let mut registration = Registration { super_client, ..registration("", "", &[ORDERS]) };
        change(&mut registration);
        registration
    };
    let by_own_scopes = |super_client| of(super_client, |own| (own.scopes, own.default_scopes) = (scope("read all"), scope("all read")));
    let illegal = Err(("scope_within_client", Code::ScopeAll));
    assert_eq!(scope_of(allow(&by_own_scopes(true), &wanted("all", &[]), &[])), Ok("all".to_owned()));
    assert_eq!(scope_of(allow(&by_own_scopes(false), &wanted("all", &[]), &[])), illegal);
    assert_eq!(scope_of(allow(&by_own_scopes(true), &wanted("", &[]), &[])), Ok("all read".to_owned()));
    assert_eq!(scope_of(allow(&by_own_scopes(false), &wanted("", &[]), &[])), Ok("read".to_owned()));

    let by_audience = |super_client| of(super_client, |_| {});
    assert_eq!(scope_of(allow(&by_audience(true), &wanted("", &[]), &servers)), Ok("all count".to_owned()));
    assert_eq!(scope_of(allow(&by_audience(false), &wanted("", &[]), &servers)), Ok("count".to_owned()));
    assert_eq!(scope_of(allow(&by_audience(false), &wanted("all", &[]), &servers)), illegal);

    let own = |super_client| of(super_client, |own| own.client_credentials_scopes = Some(scope("client_info all")));
    assert_eq!(scope_of(allow_own(&own(true), &wanted("all", &[]), &[])), Ok("all".to_owned()));
    assert_eq!(scope_of(allow_own(&own(false), &wanted("all", &[]), &[])), Ok(String::new()));
    assert_eq!(scope_of(allow_own(&own(false), &wanted("", &[]), &[])), Ok("client_info".to_owned()));
}

#[test]
fn req_r06_the_first_resource_server_with_a_wish_decides_the_form() {
    let registration = Registration { access_format: EDWARDS, ..registration("", "", &[]) };
    let form = |texts: &[&str]| format(&registration, &audiences(texts), &servers());
    assert_eq!(form(&[]), EDWARDS);
    assert_eq!(form(&[STOCK]), EDWARDS);
    assert_eq!(form(&[ORDERS]), ELLIPTIC);
    assert_eq!(form(&[STOCK, ORDERS]), ELLIPTIC);
    assert_eq!(form(&[ELSEWHERE]), EDWARDS);
    let opaque = [server(STOCK, "", Some(AccessFormat::Opaque)), server(ORDERS, "", Some(ELLIPTIC))];
    assert_eq!(format(&registration, &audiences(&[ORDERS, STOCK]), &opaque), ELLIPTIC);
    assert_eq!(format(&registration, &audiences(&[STOCK, ORDERS]), &opaque), AccessFormat::Opaque);
}

/// Any set of a few words, `all` among them.
fn any_scope() -> impl Strategy<Value = Scope> {
    subsequence(vec!["a", "b", "c", "d", "e", "all"], 0..=6).prop_shuffle().prop_map(|words| words.into_iter().collect())
}

fn any_audiences() -> impl Strategy<Value = Vec<Audience>> {
    subsequence(vec!["urn:1", "urn:2", "urn:3", "urn:4"], 0..=3).prop_shuffle().prop_map(|texts| audiences(&texts))
}

fn any_servers() -> impl Strategy<Value = Vec<ResourceServer>> {
    vec((0..4_usize, any_scope(), option::of(Just(EDWARDS))), 0..4).prop_map(|rows| {
        let names = ["urn:1", "urn:2", "urn:3", "urn:4"];
        rows.into_iter()
            .map(|(at, scopes, access_format)| ResourceServer { audience: audience(names[at]), scopes, access_format })
            .collect()
    })
}

fn any_registration() -> impl Strategy<Value = Registration> {
    let scopes = (any_scope(), any_scope(), option::of(any_scope()));
    (any::<bool>(), scopes, any_audiences()).prop_map(|(super_client, (scopes, default_scopes, own), audiences)| Registration {
        super_client,
        scopes,
        default_scopes,
        client_credentials_scopes: own,
        audiences,
        ..client("app").registration
    })
}

fn any_wanted() -> impl Strategy<Value = Wanted> {
    (option::of(any_scope()), any_audiences()).prop_map(|(scope, audience)| Wanted { scope, audience })
}

/// The most that `registration` may get for `audience`, written the long way.
fn ceiling(registration: &Registration, audience: &[Audience], servers: &[ResourceServer]) -> Scope {
    let of_servers = audience.iter().filter_map(|one| servers.iter().find(|server| server.audience == *one));
    of_servers.fold(registration.scopes.clone(), |all, server| all.union(&server.scopes))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn sec_g01_never_a_scope_outside_client_audience_and_request(
        registration in any_registration(), wanted in any_wanted(), servers in any_servers()
    ) {
        if let Ok(allowed) = allow(&registration, &wanted, &servers) {
            prop_assert!(allowed.scope.is_within(&ceiling(&registration, &allowed.audience, &servers)), "{:?}", allowed);
            prop_assert!(registration.super_client || !allowed.scope.contains("all"));
            match &wanted.scope {
                Some(scope) => prop_assert_eq!(&allowed.scope, scope),
                None => prop_assert!(!allowed.scope.is_empty()),
            }
        }
    }

    #[test]
    fn sec_g01_never_a_scope_of_its_own_outside_what_a_client_may_have_and_asked_for(
        registration in any_registration(), wanted in any_wanted(), servers in any_servers()
    ) {
        if let Ok(allowed) = allow_own(&registration, &wanted, &servers) {
            let ceiling = match &registration.client_credentials_scopes {
                Some(own) => own.clone(),
                None => ceiling(&registration, &allowed.audience, &servers),
            };
            prop_assert!(allowed.scope.is_within(&ceiling), "{:?}", allowed);
            prop_assert!(registration.super_client || !allowed.scope.contains("all"));
            prop_assert!(wanted.scope.is_none_or(|asked| allowed.scope.is_within(&asked)), "{:?}", allowed);
        }
    }

    #[test]
    fn sec_g02_never_an_audience_that_is_not_the_clients_or_was_not_asked_for(
        registration in any_registration(), wanted in any_wanted(), servers in any_servers()
    ) {
        for allowed in [allow(&registration, &wanted, &servers), allow_own(&registration, &wanted, &servers)].into_iter().flatten() {
            if wanted.audience.is_empty() {
                prop_assert!(allowed.audience.len() <= 1);
            } else {
                prop_assert_eq!(&allowed.audience, &wanted.audience);
            }
            if !servers.is_empty() || wanted.audience.is_empty() {
                prop_assert!(allowed.audience.iter().all(|one| registration.audiences.contains(one)));
            }
        }
    }
}
