use keyward_rules::{
    model::client::{Client, ClientKind, Registration},
    privilege::{degraded, permitted, upgraded},
};
use keyward_wire::{error::Code, korap::ApiError, token_request::GrantType};

use crate::fixture::{client, refused, scope};

fn third_party() -> Client {
    let mut own = client("app");
    own.registration = Registration {
        scopes: scope("search match_info"),
        default_scopes: scope(""),
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        ..own.registration
    };
    own
}

#[test]
fn req_d03_a_super_client_has_every_scope_and_is_told_passwords_and_keeps_what_it_holds() {
    let own = upgraded(&third_party()).unwrap();
    let registration = &own.registration;
    assert!(registration.super_client && registration.may_use(GrantType::Password));
    assert_eq!((&registration.scopes, &registration.default_scopes), (&scope("search match_info all admin"), &scope("all")));
    assert_eq!(own.epoch, third_party().epoch);
    assert_eq!(upgraded(&own).unwrap(), own);
}

#[test]
fn req_d03_who_is_degraded_has_nothing_left_that_only_super_clients_have() {
    let own = degraded(&upgraded(&third_party()).unwrap());
    assert_eq!(own, Client { epoch: third_party().epoch.next(), ..third_party() });
    assert_eq!(degraded(&third_party()), third_party(), "one of many stays as it is");
    let mut cut = upgraded(&third_party()).unwrap();
    cut.registration.client_credentials_scopes = Some(scope("all search"));
    assert_eq!(degraded(&cut).registration.client_credentials_scopes, Some(scope("search")));
}

#[test]
fn req_d03_a_public_client_is_never_a_super_client() {
    let mut public = third_party();
    public.registration.kind = ClientKind::Public;
    let refusal = refused(upgraded(&public));
    let error = ApiError::plain(109, "Only confidential clients are allowed to be super clients.");
    assert_eq!((refusal.step, refusal.code), ("client_confidential", Code::from(error)));
}

#[test]
fn req_g07_what_is_no_longer_permitted_ends_and_what_is_permitted_stays() {
    let own = third_party();
    let forbidden = permitted(&own, false);
    assert_eq!((forbidden.registration.permitted, forbidden.epoch), (false, own.epoch.next()));
    assert_eq!(permitted(&forbidden, false), forbidden);
    assert_eq!(permitted(&forbidden, true).epoch, forbidden.epoch);
    assert_eq!(permitted(&own, true), own);
}
