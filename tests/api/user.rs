//! `/api/user/info`: who calls the KorAP API.

use serde_json::json;

use crate::{
    asking::Ask,
    fixture::{DORY, SUPER, WEB},
    person::Person,
    server::Server,
};

const INFO: &str = "/api/v1.1/user/info";

#[test]
fn req_r09_a_token_with_the_scope_says_whom_it_speaks_for() {
    let server = Server::start();
    let site = server.korap();
    for path in ["/api/user/info", "/api/v1.0/user/info", INFO] {
        let answer = site.get(path).bearer(&site.user_token(DORY, "user_info")).send();
        assert_eq!((answer.status, answer.json()), (200, json!({ "username": "dory" })), "{path}");
    }
    let answer = site.get(INFO).basic(DORY).send();
    assert_eq!((answer.status, answer.json()), (200, json!({ "username": "dory" })));
}

#[test]
fn req_r09_who_may_not_is_told_in_the_words_of_the_api() {
    let server = Server::start();
    let site = server.korap();
    let guest = site.get(INFO).send();
    assert_eq!((guest.status, guest.api_errors()), (401, json!([[2010, "Unauthorized operation for user: guest", "guest"]])));
    let narrow = site.get(INFO).bearer(&site.user_token(DORY, "search")).send();
    assert_eq!((narrow.status, narrow.api_errors()), (401, json!([[2010, "Scope user_info is not authorized", "user_info"]])));
    let bad = site.get(INFO).bearer("nope").send();
    assert_eq!((bad.status, bad.api_errors()), (401, json!([[2011, "Access token is invalid"]])));
    let blah = site.get(INFO).header("Authorization", "Blah x").send();
    assert_eq!((blah.status, blah.api_errors()), (401, json!([[2001, "Authentication scheme is not supported.", "Blah"]])));
    for wrong in [(DORY.0, "wrong"), ("nobody", DORY.1)] {
        let answer = site.get(INFO).basic(wrong).send();
        assert_eq!((answer.status, answer.api_errors()), (401, json!([[2004, "Username or password is wrong"]])));
    }
    let own = [("grant_type", "client_credentials"), ("scope", "user_info")];
    let machine = site.post("/api/oauth2/token").basic(SUPER).form(&own).send().tokens().access;
    let answer = site.get(INFO).bearer(&machine).send();
    assert_eq!((answer.status, &answer.api_errors()[0][0]), (401, &json!(2010)), "a client's own token speaks for nobody");
}

#[test]
fn a_strict_client_gains_nothing_from_the_api() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let code = person.code(&Ask::code(WEB));
    let foreign = site.redeem(WEB, &code).access;
    let answer = server.korap().get(INFO).bearer(&foreign).send();
    assert_eq!((answer.status, answer.api_errors()), (401, json!([[2011, "Access token is invalid"]])));
    assert_eq!(site.get("/api/user/info").basic(DORY).send().status, 404, "the API is on its own listeners only");
}
