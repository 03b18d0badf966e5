//! Which grants there are, and which client may use which.

use crate::fixture::{AUDIENCE_CLIENT, C1, C2, DORY, MACHINE, ORDERS_API, PUBLIC, SKYVAULT, SUPER, THIRD_PARTY};
use crate::server::Server;

#[test]
fn req_t10_a_missing_grant_type_is_an_invalid_request_and_an_unknown_one_unsupported() {
    let server = Server::start();
    let site = server.standard();
    for form in [&[][..], &[("grant_type", "")], &[("username", "dory")]] {
        let description = site.post("/oauth/token").basic(C1).form(form).send().refused(400, "invalid_request");
        assert!(description.contains("grant_type"), "{description}");
    }
    for unknown in ["blahblah", "PASSWORD", "password ", "external_token", "implicit"] {
        let answer = site.post("/oauth/token").basic(C1).form(&[("grant_type", unknown)]).send();
        answer.refused(400, "unsupported_grant_type");
    }
    // Without a client the request is incomplete before its grant is looked at.
    site.post("/oauth/token").form(&[("grant_type", "blahblah")]).send().refused(400, "invalid_request");
}

#[test]
fn req_p10_the_realm_grant_is_not_advertised_and_not_served() {
    let server = Server::start();
    let realm = "http://auth0.com/oauth/grant-type/password-realm";
    let form = [("grant_type", realm), ("username", DORY.0), ("password", DORY.1), ("realm", "local")];
    server.standard().post("/oauth/token").basic(C1).form(&form).send().refused(400, "unsupported_grant_type");
}

#[test]
fn req_t11_a_grant_the_client_may_not_use_is_400_and_401_on_korap() {
    let server = Server::start();
    let form = [("grant_type", "password"), ("username", DORY.0), ("password", DORY.1)];
    server.standard().post("/oauth/token").basic(MACHINE).form(&form).send().refused(400, "unauthorized_client");
    server.korap().post("/api/oauth2/token").basic(THIRD_PARTY).form(&form).send().refused(401, "unauthorized_client");
}

/// Clients of the standard profile with the grants they are registered for; a public client has no secret.
const MATRIX: &[(&str, Option<&str>, &[&str])] = &[
    (C1.0, Some(C1.1), &["password", "refresh_token", "client_credentials"]),
    (C2.0, Some(C2.1), &["password", "refresh_token", "client_credentials"]),
    (MACHINE.0, Some(MACHINE.1), &["client_credentials"]),
    (ORDERS_API.0, Some(ORDERS_API.1), &[]),
    (PUBLIC, None, &["password", "refresh_token"]),
];

#[test]
fn sec_e21_a_grant_works_for_the_clients_registered_for_it_and_no_other() {
    let server = Server::start();
    let site = server.standard();
    let donor = site.login(C1, DORY);
    for &(id, secret, grants) in MATRIX {
        for grant in ["password", "refresh_token", "client_credentials"] {
            let mut form = vec![("grant_type", grant), ("client_id", id)];
            form.extend(secret.map(|secret| ("client_secret", secret)));
            match grant {
                "password" => form.extend([("username", DORY.0), ("password", DORY.1)]),
                // A token of another client: whoever may use the grant is told that the token is not its own.
                "refresh_token" => form.push(("refresh_token", "not-a-token")),
                _ => {}
            }
            let answer = site.post("/oauth/token").form(&form).send();
            match (grants.contains(&grant), grant) {
                (true, "refresh_token") => drop(answer.refused(400, "invalid_grant")),
                (true, _) => drop(answer.tokens()),
                (false, _) => drop(answer.refused(400, "unauthorized_client")),
            }
        }
    }
    assert!(site.is_active(C1, &donor.access), "the refusals have ended nobody's tokens");
}

#[test]
fn a_client_is_served_on_the_profiles_it_names_and_no_other() {
    let server = Server::start();
    let form = [("grant_type", "client_credentials")];
    let ask = |profile: &str, client| {
        let (_, site) = server.sites().find(|(name, _)| *name == profile).unwrap();
        site.post("/oauth/token").basic(client).form(&form).send()
    };
    ask("standard", C1).tokens();
    ask("skyvault", C1).refused(401, "invalid_client");
    ask("korap", C1).refused(401, "invalid_client");
    ask("skyvault", SKYVAULT).tokens();
    ask("korap", SUPER).tokens();
    ask("korap", SKYVAULT).refused(401, "invalid_client");
    ask("skyvault", AUDIENCE_CLIENT).tokens();
}
