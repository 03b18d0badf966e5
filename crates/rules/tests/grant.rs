mod authorization_code;
mod client_credentials;
mod device_code;
mod password;
mod refresh_token;

use std::sync::Arc;

use keyward_rules::{client_auth::authenticate, grant::permit, model::client::Client};
use keyward_wire::{
    error::Code,
    presented::Presented,
    profile::{KORAP, STANDARD},
    token_request::GrantType,
};

use crate::fixture::{authenticated, client, public_client, refused, ring, with};

fn permits(client: &Client, grant: GrantType) -> Result<(), Code> {
    let sent = Presented::Public(client.id.to_string());
    let proof = match client.secret {
        Some(_) => authenticated(client),
        None => authenticate(&STANDARD, &sent, Some(Arc::new(client.clone())), ring()).unwrap(),
    };
    permit(proof, grant).map(|permitted| assert_eq!(**permitted.client(), *client)).map_err(|refusal| refusal.code)
}

/// Every set of grants a client can be registered for.
fn every_registration() -> impl Iterator<Item = Vec<GrantType>> {
    (0_u8..64).map(|set| GrantType::EVERY.into_iter().zip(0..).filter(|(_, bit)| set >> bit & 1 == 1).map(|(grant, _)| grant).collect())
}

#[test]
fn sec_e21_a_client_may_use_the_grants_it_is_registered_for_and_no_other() {
    for grants in every_registration() {
        let client = with(client("app"), |registration| registration.grants.clone_from(&grants));
        for grant in GrantType::EVERY {
            let expected = match grant {
                _ if grants.contains(&grant) => Ok(()),
                GrantType::Password => Err(Code::PasswordGrantUnauthorized),
                other => Err(Code::GrantTypeUnauthorized(other.as_str())),
            };
            assert_eq!(permits(&client, grant), expected, "{grant:?} of {grants:?}");
        }
    }
}

#[test]
fn req_c02g_a_public_client_never_gets_tokens_of_its_own() {
    for grants in every_registration() {
        let client = with(public_client("app"), |registration| registration.grants.clone_from(&grants));
        assert_eq!(permits(&client, GrantType::ClientCredentials), Err(Code::ClientPublic), "{grants:?}");
        assert_eq!(permits(&client, GrantType::Password).is_ok(), grants.contains(&GrantType::Password), "{grants:?}");
    }
    let answer = Code::ClientPublic.answer(&KORAP);
    assert_eq!((answer.status.as_u16(), answer.error), (400, "invalid_request"));
}

#[test]
fn req_p02_the_password_grant_is_refused_with_the_text_that_clients_compare() {
    let third_party = with(client("app"), |registration| registration.grants = vec![GrantType::RefreshToken]);
    let refusal = refused(permit(authenticated(&third_party), GrantType::Password));
    let answer = refusal.code.answer(&KORAP);
    assert_eq!((answer.status.as_u16(), answer.error), (401, "unauthorized_client"));
    assert_eq!(answer.description, "Password grant is not allowed for third party clients");
}
