//! `POST /account/sessions/end`: signing out elsewhere.

use super::{done, forms};
use crate::asking::Ask;
use crate::fixture::{DORY, MARLIN, WEB};
use crate::person::Person;
use crate::server::Server;

const END: &str = "/account/sessions/end";

#[test]
fn sec_f07_a_session_is_ended_from_another_one_with_what_was_authorized_in_it() {
    let server = Server::start();
    let site = server.standard();
    let mut lost = Person::signed_in(site, DORY);
    let stolen = site.redeem(WEB, &lost.code(&Ask::code(WEB)));
    let mut person = Person::signed_in(site, DORY);
    let own = site.redeem(WEB, &person.code(&Ask::code(WEB)));
    let listed = forms(&person.get("/account").page(), END, "session");
    assert_eq!(listed.len(), 1, "its own session it ends by signing out");

    done(&mut person, &listed[0]);
    assert!(lost.get("/account").is_login());
    site.assert_dead(WEB, &stolen);
    site.assert_alive(WEB, &own);
    assert!(!person.get("/account").is_login());
    let again = person.post(&listed[0]);
    assert_eq!(again.status, 404, "{again:?}");
}

#[test]
fn sec_f07_all_other_sessions_are_ended() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let mut others = [(); 3].map(|()| Person::signed_in(site, DORY));
    let mut bystander = Person::signed_in(site, MARLIN);
    let tokens = others.each_mut().map(|other| site.redeem(WEB, &other.code(&Ask::code(WEB))));
    let form = forms(&person.get("/account").page(), END, "others").remove(0);

    let page = done(&mut person, &form);
    assert_eq!(forms(&page, END, "session").len(), 0);
    for (other, tokens) in others.iter_mut().zip(&tokens) {
        assert!(other.get("/account").is_login());
        site.assert_dead(WEB, tokens);
    }
    assert!(!person.get("/account").is_login() && !bystander.get("/account").is_login());
}

#[test]
fn another_persons_session_is_not_there() {
    let server = Server::start();
    let site = server.standard();
    let (mut dory, mut second) = (Person::signed_in(site, DORY), Person::signed_in(site, DORY));
    let (mut marlin, mut his) = (Person::signed_in(site, MARLIN), Person::signed_in(site, MARLIN));
    let foreign = forms(&dory.get("/account").page(), END, "session").remove(0).field("session").to_owned();
    let own = forms(&marlin.get("/account").page(), END, "session").remove(0);
    for handle in [foreign.as_str(), "x", "0"] {
        let answer = marlin.post(&own.clone().with("session", handle));
        assert!(answer.status == 404 && answer.page().id("error").is_some(), "{answer:?}");
    }
    marlin.post(&own.without("session")).error_page();
    for person in [&mut dory, &mut second, &mut marlin, &mut his] {
        assert!(!person.get("/account").is_login());
    }
}
