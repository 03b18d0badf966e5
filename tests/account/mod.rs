//! `/account`: a person's own pages.

mod applications;
mod password;
mod sessions;

use crate::fixture::{DORY, MARLIN, WEB};
use crate::html::{Form, Html};
use crate::person::Person;
use crate::server::Server;

/// The forms of the account page that post to `action` and have a field `name`.
fn forms(page: &Html, action: &str, name: &str) -> Vec<Form> {
    page.forms.iter().filter(|form| form.action == action && form.fields.iter().any(|(own, _)| own == name)).cloned().collect()
}

/// Posts a form of the account page, which must work, and returns the page it leads to.
fn done(person: &mut Person<'_>, form: &Form) -> Html {
    let answer = person.post(form);
    assert_eq!(answer.status, 303, "{answer:?}");
    let page = person.get(answer.header("location")).page();
    assert!(page.id("notice").is_some_and(|notice| notice.get("role") == "status"), "it says what was done: {}", page.text());
    page
}

#[test]
fn sec_d04_no_link_of_somebody_else_says_that_something_was_done() {
    let server = Server::start();
    let site = server.standard();
    let [mut dory, mut marlin, mut elsewhere] = [DORY, MARLIN, DORY].map(|user| Person::signed_in(site, user));
    let form = dory.get("/account").page().form("/logout").to("/account/applications/revoke").with("client", WEB.id);
    let told = dory.post(&form).header("location").to_owned();
    let says = |person: &mut Person<'_>, address: &str| person.get(address).page().id("notice").is_some();
    for made_up in ["/account?notice=password_changed", "/account?done=password_changed", "/account?done=", "/account"] {
        assert!(!says(&mut dory, made_up), "{made_up}");
    }
    assert!(!says(&mut marlin, &told) && !says(&mut elsewhere, &told));
    assert!(says(&mut dory, &told));
    // What is in an address does nothing.
    let ticket = told.split_once('=').unwrap().1;
    assert_eq!(dory.post(&form.with("csrf", ticket)).status, 403);
}
