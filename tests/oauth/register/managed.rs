//! `/oauth/register/{client_id}`: a client manages its registration.

use serde_json::{Value, json};

use super::{Newcomer, PATH, REDIRECT_URI, assert_stranger, least, open, register, say, with};
use crate::asking::Ask;
use crate::client::Site;
use crate::fixture::{C1, DORY};
use crate::person::Person;

fn read(site: &Site, newcomer: &Newcomer) -> Value {
    let answer = newcomer.managed(site, "GET").send();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.assert_json_never_stored();
    answer.json()
}

#[test]
fn req_m11_a_client_reads_what_it_is_registered_with() {
    let server = open();
    let newcomer = register(server.standard(), &with("client_name", "Coral Notes"));
    let mut before = newcomer.told.clone();
    for shown_once in ["client_secret", "client_secret_expires_at"] {
        before.as_object_mut().unwrap().remove(shown_once).unwrap();
    }
    assert_eq!(read(server.standard(), &newcomer), before);
}

#[test]
fn req_m11_a_client_replaces_what_it_is_registered_with() {
    let server = open();
    let site = server.standard();
    let newcomer = register(site, &with("client_name", "Coral Notes"));
    let mut metadata = with("client_uri", "https://newcomer.example.com/");
    metadata["redirect_uris"] = json!(["https://newcomer.example.com/other", REDIRECT_URI]);
    metadata["client_secret"] = newcomer.text("client_secret").into();
    let answer = newcomer.put(site, &metadata);
    assert_eq!(answer.status, 200, "{answer:?}");
    let told = answer.json();
    assert_eq!(told["redirect_uris"], metadata["redirect_uris"]);
    assert_eq!(told["client_uri"], metadata["client_uri"]);
    assert_eq!(told["client_name"], newcomer.id(), "what is left out is taken back");
    assert_eq!(told, read(site, &newcomer));
    assert_eq!(newcomer.put(site, &metadata).json(), told, "the token is still good, and nothing changes twice");
    let app = newcomer.app();
    let code = Person::new(site, DORY).code(&Ask::code(app));
    site.redeem(app, &code);
}

#[test]
fn sec_m03_id_and_secret_are_not_changed_by_what_is_sent() {
    let server = open();
    let site = server.standard();
    let (newcomer, other) = (register(site, &least()), register(site, &least()));
    let send = |metadata: &Value| say(newcomer.managed(site, "PUT"), metadata).send();
    send(&least()).refused(400, "invalid_client_metadata");
    for id in [other.id(), "chosen", ""] {
        send(&with("client_id", id)).refused(400, "invalid_client_metadata");
    }
    for secret in ["chosen", other.text("client_secret")] {
        newcomer.put(site, &with("client_secret", secret)).refused(400, "invalid_client_metadata");
    }
    let mut metadata = with("registration_access_token", "chosen");
    metadata["client_id_issued_at"] = 1.into();
    metadata["registration_client_uri"] = "https://elsewhere.example/".into();
    let told = newcomer.put(site, &metadata).json();
    assert_eq!(told, read(site, &newcomer));
    for own in ["registration_access_token", "client_id_issued_at", "registration_client_uri", "client_id"] {
        assert_eq!(told[own], newcomer.told[own], "{own}");
    }
    let mut wider = with("first_party", true);
    wider["scope"] = "admin".into();
    newcomer.put(site, &wider).refused(400, "invalid_client_metadata");
}

#[test]
fn sec_q02_a_token_opens_its_own_registration_and_no_other() {
    let server = open();
    let site = server.standard();
    let (newcomer, other) = (register(site, &least()), register(site, &least()));
    let app = newcomer.app();
    let code = Person::new(site, DORY).code(&Ask::code(app));
    let user = site.redeem(app, &code);
    let login = site.login(C1, DORY);
    let machine = site.machine_token(C1).access;
    let unknown = format!("kwm_{}", "A".repeat(43));
    let other_ids = [other.id(), "web", "C1", "nobody", "%00", "%ff", "a%2fb", "u-x", &"x".repeat(300)];
    for method in ["GET", "PUT", "DELETE"] {
        let answered = |path: &str, token: &str| {
            let id = path.rsplit('/').next().unwrap();
            say(site.method(method, path).bearer(token), &with("client_id", id)).send()
        };
        for id in other_ids {
            assert_stranger(&answered(&format!("{PATH}/{id}"), newcomer.token()));
        }
        for token in
            [other.token(), &user.access, &login.access, login.refresh(), &machine, newcomer.text("client_secret"), &unknown, "kwm_"]
        {
            assert_stranger(&answered(&newcomer.path(), token));
        }
        let nobody = site.method(method, &newcomer.path()).body("application/json", "{}").send();
        assert_eq!((nobody.status, nobody.header("www-authenticate")), (401, "Bearer realm=\"keyward\""), "{nobody:?}");
        let secret = site.method(method, &newcomer.path()).basic(app.credentials()).body("application/json", "{}").send();
        assert_eq!(secret.status, 401, "{secret:?}");
    }
    assert_eq!(read(site, &newcomer)["client_id"], newcomer.id());
    assert_eq!(read(site, &other)["client_id"], other.id());
    site.assert_alive(app, &user);
}

#[test]
fn a_client_that_loses_something_loses_what_it_holds() {
    let server = open();
    let site = server.standard();
    let newcomer = register(site, &with("grant_types", json!(["authorization_code", "refresh_token"])));
    let app = newcomer.app();
    let mut person = Person::new(site, DORY);
    let tokens = site.redeem(app, &person.code(&Ask::code(app)));
    let same = with("grant_types", json!(["authorization_code", "refresh_token"]));
    assert_eq!(newcomer.put(site, &same).status, 200);
    site.assert_alive(app, &tokens);
    let code = person.code(&Ask::code(app));
    let mut narrower = same;
    narrower["scope"] = "read".into();
    assert_eq!(newcomer.put(site, &narrower).status, 200);
    site.assert_dead(app, &tokens);
    site.ask_redeem(app, &code).refused(400, "invalid_grant");
    site.redeem(app, &person.code(&Ask::code(app)));
}

#[test]
fn a_client_that_becomes_confidential_gets_a_secret_and_one_that_becomes_public_has_none() {
    let server = open();
    let site = server.standard();
    let newcomer = register(site, &with("token_endpoint_auth_method", "none"));
    let told = newcomer.put(site, &least()).json();
    let secret = told["client_secret"].as_str().expect("a secret");
    assert_eq!((&told["client_secret_expires_at"], &told["token_endpoint_auth_method"]), (&json!(0), &json!("client_secret_basic")));
    let revoke = |client| site.revoke(client, "x").status;
    assert_eq!((revoke((newcomer.id(), secret)), revoke((newcomer.id(), "other"))), (200, 401));
    let told = newcomer.put(site, &with("token_endpoint_auth_method", "none")).json();
    assert!(told.get("client_secret").is_none(), "{told}");
    let again = newcomer.put(site, &least()).json();
    assert_ne!(again["client_secret"].as_str().expect("a secret"), secret, "an old one does not come back");
    assert_eq!(revoke((newcomer.id(), secret)), 401);
}

#[test]
fn req_m11_a_client_deregisters_and_all_it_holds_is_dead() {
    let server = open();
    let site = server.standard();
    let newcomer = register(site, &with("grant_types", json!(["authorization_code", "refresh_token"])));
    let app = newcomer.app();
    let mut person = Person::new(site, DORY);
    let tokens = site.redeem(app, &person.code(&Ask::code(app)));
    let code = person.code(&Ask::code(app));
    let gone = newcomer.managed(site, "DELETE").send();
    assert_eq!((gone.status, &*gone.body, gone.header("cache-control")), (204, "", "no-store"), "{gone:?}");
    assert!(!site.opens(&tokens.access));
    site.refresh_as(app, tokens.refresh()).refused(401, "invalid_client");
    site.ask_redeem(app, &code).refused(401, "invalid_client");
    person.get(&Ask::code(app).target()).error_page();
    for method in ["GET", "DELETE"] {
        assert_stranger(&newcomer.managed(site, method).send());
    }
    assert_stranger(&newcomer.put(site, &least()));
}

/// What it could change back at once is not changed by others.
#[test]
fn sec_m02_who_registered_itself_is_not_changed_by_a_command() {
    let server = open();
    let newcomer = register(server.standard(), &least());
    let complaint = server.keyward(&["client", "change", newcomer.id(), "--access-lifetime", "1m"]).failed();
    assert!(complaint.contains("registered itself") && complaint.contains("client remove"), "{complaint}");
    server.keyward(&["client", "remove", newcomer.id()]).done();
}
