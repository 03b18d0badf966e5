use keyward_rules::{
    access_token::Basis,
    effect::Decision,
    grant::{
        Circumstances, Issue,
        client_credentials::{Question, decide},
    },
    mint::mint,
    model::{
        client::{AccessFormat, Client},
        id::UserId,
        time::Seconds,
    },
};
use keyward_wire::{
    client_id::ClientId,
    error::Code,
    jwt::Algorithm,
    token_request::{GrantType, Wanted},
};
use proptest::prelude::*;

use crate::fixture::{NOW, client, entropy, issued, permitted, refused, scope, server, wanted, with, within};
use crate::mint::claims;

fn ask(client: &Client, wanted: Wanted, within: &Circumstances<'_>) -> Decision<Issue> {
    decide(&Question { client: permitted(client, GrantType::ClientCredentials), wanted }, within)
}

#[test]
fn req_c04g_nothing_is_written_and_no_refresh_token_is_made() {
    let (client, entropy) = (client("app"), entropy(1));
    let decision = ask(&client, wanted("", &[]), &within(NOW, &entropy));
    assert_eq!(decision.effects, []);
    let issue = issued(decision);
    assert_eq!(issue.authorization, None);
    assert_eq!(issue.access.basis, Basis::Client { id: client.id.clone(), epoch: client.epoch });
    assert_eq!((issue.lifetime, issue.access.scope), (Seconds(600), scope("read")));
}

#[test]
fn the_lifetime_of_the_password_grant_is_not_that_of_a_clients_own_token() {
    let client = with(client("app"), |registration| registration.password_access_lifetime = Some(Seconds(5)));
    let entropy = entropy(1);
    assert_eq!(issued(ask(&client, wanted("", &[]), &within(NOW, &entropy))).lifetime, Seconds(600));
}

#[test]
fn req_c03g_a_request_is_cut_down_to_the_set_for_clients_themselves() {
    let client = with(client("app"), |registration| registration.client_credentials_scopes = Some(scope("client_info")));
    let entropy = entropy(1);
    let issue = issued(ask(&client, wanted("preferred_username client_info", &[]), &within(NOW, &entropy)));
    assert_eq!(issue.access.scope, scope("client_info"));
}

#[test]
fn req_c05g_an_audience_is_honoured_or_refused() {
    let servers = [server("https://orders.example", "read:orders", Some(AccessFormat::Jwt(Algorithm::ES256)))];
    let client = with(client("app"), |registration| registration.audiences = vec![servers[0].audience.clone()]);
    let entropy = entropy(1);
    let within = Circumstances { servers: &servers, ..within(NOW, &entropy) };
    let issue = issued(ask(&client, wanted("", &["https://orders.example"]), &within));
    assert_eq!(issue.access.audience, [servers[0].audience.clone()]);
    assert_eq!(issue.format, AccessFormat::Jwt(Algorithm::ES256));
    assert_eq!(refused(ask(&client, wanted("", &["https://other.example"]), &within).reply).code, Code::TargetIllegal);
}

proptest! {
    #[test]
    fn sec_e22_a_clients_own_token_never_names_a_user(id in "[ -~]{1,40}", user in any::<[u8; 16]>()) {
        let subject = UserId(user).subject();
        prop_assert!(ClientId::parse(&subject).is_err());
        if let Ok(id) = ClientId::parse(&id) {
            let client = Client { id, ..with(client("app"), |own| own.access_format = AccessFormat::Jwt(Algorithm::EdDSA)) };
            let entropy = entropy(1);
            let within = within(NOW, &entropy);
            let answer = mint(&issued(ask(&client, wanted("", &[]), &within)), &within, &aws_lc_rs::rand::SystemRandom::new());
            let claims = claims(&answer.unwrap().access_token);
            prop_assert_eq!(claims["sub"].as_str().unwrap(), client.id.as_str());
            prop_assert_ne!(claims["sub"].as_str().unwrap(), subject);
        }
    }
}
