//! `grant_type=refresh_token`, one request at a time. A token that comes again is in `refresh_reuse`, what ends one in
//! `refresh_end`, many at once in `refresh_race`.

use std::fs;

use data_encoding::BASE64URL_NOPAD;

use crate::client::{Answer, Site};
use crate::fixture::{ADMIN, C1, C2, DORY, PUBLIC, SKYVAULT, SUPER};
use crate::server::{Home, Server};

fn refresh_with_scope(site: &Site, token: &str, scope: &str) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
    site.post("/oauth/token").basic(C1).form(&form).send()
}

#[test]
fn req_f01_the_token_is_required_and_the_client_authenticates_by_basic_or_in_the_body() {
    let server = Server::start();
    let site = server.skyvault();
    let first = site.login(SKYVAULT, ADMIN);
    let second = site.refresh(SKYVAULT, first.refresh());
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", second.refresh()), ("client_id", SKYVAULT.0), ("client_secret", SKYVAULT.1)];
    site.post("/oauth/token").form(&form).send().tokens();
    for form in [&[("grant_type", "refresh_token")][..], &[("grant_type", "refresh_token"), ("refresh_token", "")]] {
        let description = site.post("/oauth/token").basic(SKYVAULT).form(form).send().refused(400, "invalid_request");
        assert!(description.contains("refresh_token"), "{description}");
    }
}

#[test]
fn req_f02_every_refresh_rotates_the_token() {
    let server = Server::start();
    let site = server.standard();
    let mut tokens = vec![site.login(C1, DORY)];
    for _ in 0..5 {
        let next = site.refresh(C1, tokens.last().unwrap().refresh());
        assert!(tokens.iter().all(|old| old.refresh != next.refresh && old.access != next.access));
        assert_eq!(next.scope, "read write");
        tokens.push(next);
    }
    assert!(tokens.iter().all(|tokens| site.is_active(C1, &tokens.access)), "older access tokens live on here");
}

#[test]
fn req_f02_on_korap_rotation_ends_the_older_access_token() {
    let server = Server::start();
    let site = server.korap();
    let first = site.login(SUPER, DORY);
    assert!(site.is_active(SUPER, &first.access));
    let second = site.refresh(SUPER, first.refresh());
    assert!(!site.is_active(SUPER, &first.access));
    assert!(site.is_active(SUPER, &second.access));
}

#[test]
fn req_f02_a_client_may_be_registered_without_rotation() {
    let server = Home::demo().with_client(C1.0, "rotate = false").start();
    let site = server.standard();
    let first = site.login(C1, DORY);
    let second = site.refresh(C1, first.refresh());
    assert_eq!(second.refresh.as_deref().unwrap_or(first.refresh()), first.refresh());
    assert_ne!(second.access, first.access);
    site.refresh(C1, first.refresh());
}

#[test]
fn req_f03_a_narrower_scope_is_granted_and_a_wider_one_refused() {
    let server = Server::start();
    let site = server.standard();
    let first = site.login(C1, DORY);
    let narrow = refresh_with_scope(site, first.refresh(), "read").tokens();
    assert_eq!(narrow.scope, "read");
    assert_eq!(site.introspect(C1, &narrow.access)["scope"], "read");
    refresh_with_scope(site, narrow.refresh(), "read admin").refused(400, "invalid_scope");
    refresh_with_scope(site, narrow.refresh(), "READ").refused(400, "invalid_scope");
    // A refusal for its scope costs the token nothing.
    site.refresh(C1, narrow.refresh());
}

#[test]
fn sec_f05_the_original_grant_is_the_ceiling() {
    let server = Server::start();
    let site = server.standard();
    let login = [("grant_type", "password"), ("username", DORY.0), ("password", DORY.1), ("scope", "read")];
    let first = site.post("/oauth/token").basic(C1).form(&login).send().tokens();
    assert_eq!(refresh_with_scope(site, first.refresh(), "read").tokens().scope, "read");
    let second = site.post("/oauth/token").basic(C1).form(&login).send().tokens();
    // The client may have `write`, this authorization may not.
    refresh_with_scope(site, second.refresh(), "read write").refused(400, "invalid_scope");
    refresh_with_scope(site, second.refresh(), "write").refused(400, "invalid_scope");
    assert_eq!(site.refresh(C1, second.refresh()).scope, "read");
}

#[test]
fn req_f04_an_unknown_token_is_named_so_on_korap() {
    let server = Server::start();
    let description = server.korap().ask_refresh(SUPER, "unknown").refused(400, "invalid_grant");
    assert_eq!(description, "Refresh token is not found");
    server.standard().ask_refresh(C1, "unknown").refused(400, "invalid_grant");
}

#[test]
fn sec_o07_every_edited_refresh_token_is_refused_and_the_true_one_survives() {
    let server = Server::start();
    let site = server.standard();
    let tokens = site.login(C1, DORY);
    let token = tokens.refresh();
    let mut edits: Vec<String> = (1..token.len()).map(|end| token[..end].to_owned()).collect();
    edits.extend((0..token.len()).map(|at| {
        let other = if &token[at..=at] == "A" { "B" } else { "A" };
        format!("{}{other}{}", &token[..at], &token[at + 1..])
    }));
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    edits.extend(alphabet.chars().map(|c| format!("{}{c}", &token[..token.len() - 1])));
    edits.extend([format!("{token}A"), format!("{token}="), format!("{token}.")]);
    for edit in edits.iter().filter(|edit| *edit != token) {
        let answer = site.ask_refresh(C1, edit);
        assert_eq!(answer.status, 400, "{edit}: {answer:?}");
    }
    site.refresh(C1, token);
}

#[test]
fn sec_f04_a_token_is_useless_to_any_other_client() {
    let server = Server::start();
    let site = server.standard();
    let tokens = site.login(C1, DORY);
    let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh())];
    site.ask_refresh(C2, tokens.refresh()).refused(400, "invalid_grant");
    let public = [&form[..], &[("client_id", PUBLIC)]].concat();
    site.post("/oauth/token").form(&public).send().refused(400, "invalid_grant");
    let unauthenticated = [&form[..], &[("client_id", C1.0)]].concat();
    site.post("/oauth/token").form(&unauthenticated).send().refused(401, "invalid_client");
    site.ask_refresh((C1.0, "wrong"), tokens.refresh()).refused(401, "invalid_client");
    // None of these attempts has cost the owner anything.
    site.refresh(C1, tokens.refresh());
}

#[test]
fn a_public_client_refreshes_without_a_secret() {
    let server = Server::start();
    let site = server.standard();
    let login = [("grant_type", "password"), ("username", DORY.0), ("password", DORY.1), ("client_id", PUBLIC)];
    let first = site.post("/oauth/token").form(&login).send().tokens();
    let form = [("grant_type", "refresh_token"), ("refresh_token", first.refresh()), ("client_id", PUBLIC)];
    assert_ne!(site.post("/oauth/token").form(&form).send().tokens().refresh, first.refresh);
}

#[test]
fn sec_f13_no_token_is_readable_in_the_database() {
    let server = Server::start();
    let site = server.standard();
    let first = site.login(C1, DORY);
    let second = site.refresh(C1, first.refresh());
    let machine = site.machine_token(C1);
    site.revoke(C1, &machine.access);
    let home = server.stop();
    let tokens = [&first.access, first.refresh(), &second.access, second.refresh(), &machine.access];
    let mut looked_at = 0;
    for entry in fs::read_dir(home.path("")).unwrap().map(Result::unwrap) {
        if !entry.file_type().unwrap().is_file() {
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        looked_at += bytes.len();
        for token in tokens {
            let mut needles = vec![token.as_bytes().to_vec()];
            // The part that authenticates a token is its end; it must not be there in binary either.
            needles.extend(BASE64URL_NOPAD.decode(token.as_bytes()).map(|raw| raw[raw.len() - 16..].to_vec()));
            for needle in needles {
                let found = bytes.windows(needle.len()).any(|window| window == needle);
                assert!(!found, "a token is readable in {:?}", entry.path());
            }
        }
    }
    assert!(looked_at > 4096, "the database was looked at");
}
