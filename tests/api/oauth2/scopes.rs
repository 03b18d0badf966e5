//! `GET /api/oauth2/scopes`.

use crate::server::Server;

#[test]
fn req_s01_every_scope_is_listed_with_what_it_means() {
    let server = Server::start();
    let answer = server.korap().get("/api/v1.1/oauth2/scopes").send();
    assert_eq!(answer.status, 200, "{answer:?}");
    let listed = answer.json();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 30);
    assert!(listed.iter().all(|one| one["description"].as_str().is_some_and(|text| text.len() > 8)), "{listed:?}");
    // The super client of the demo is registered for each of them.
    let words: Vec<_> = listed.iter().map(|one| one["scope"].as_str().unwrap()).collect();
    let token = server.korap().user_token(crate::fixture::DORY, &words.join(" "));
    assert_eq!(server.korap().introspect(crate::fixture::SUPER, &token)["scope"], words.join(" "));
}
