//! What the forms send: the other side reads exactly this.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};

use super::{Tag, between, pages, rendered, tags};
use crate::pages::{FORM_POST_SCRIPT_HASH, Page, Pages};

/// What a form sends, by template and address.
const FORMS: [(&str, &str, &str, &[&str]); 16] = [
    ("login.html", "post", "/login", &["csrf", "username", "password"]),
    ("consent.html", "post", "/logout", &["csrf"]),
    ("consent.html", "post", "/consent", &["csrf", "decision", "decision"]),
    ("account.html", "post", "/logout", &["csrf"]),
    ("account.html", "post", "/account/applications/revoke", &["csrf", "authorization"]),
    ("account.html", "post", "/account/applications/revoke", &["csrf", "client"]),
    ("account.html", "post", "/account/applications/revoke", &["csrf", "all"]),
    ("account.html", "post", "/account/sessions/end", &["csrf", "session"]),
    ("account.html", "post", "/account/sessions/end", &["csrf", "others"]),
    ("password.html", "post", "/logout", &["csrf"]),
    (
        "password.html",
        "post",
        "/account/password",
        &["csrf", "current_password", "new_password", "new_password_again", "keep_applications"],
    ),
    ("device_code.html", "post", "/device", &["csrf", "user_code"]),
    ("device_confirm.html", "post", "/logout", &["csrf"]),
    ("device_confirm.html", "post", "/device", &["csrf", "decision", "decision"]),
    ("sign_out.html", "post", "/logout", &["csrf"]),
    ("form_post.html", "post", "https:&#x2f;&#x2f;album.example.com&#x2f;callback", &["code", "state"]),
];

#[test]
fn sec_d04_every_form_sends_what_is_expected_and_every_post_the_token_against_forgery() {
    let mut found = BTreeSet::new();
    for (page, _, html) in rendered(&pages()) {
        let mut forms: Vec<(&str, &str, Vec<&str>)> = Vec::new();
        for tag in tags(&html) {
            match (tag.name, tag.attribute("name")) {
                ("form", _) => forms.push((tag.attribute("method").unwrap(), tag.attribute("action").unwrap(), Vec::new())),
                ("input" | "button", Some(name)) => forms.last_mut().unwrap().2.push(name),
                _ => {}
            }
        }
        for (method, action, names) in forms {
            let row = FORMS.iter().position(|row| *row == (page.template(), method, action, &*names));
            found.insert(row.unwrap_or_else(|| panic!("{} {method} {action} {names:?}", page.template())));
        }
    }
    assert_eq!(found.len(), FORMS.len(), "{found:?}");
}

#[test]
fn buttons_and_fields_can_be_found_by_their_ids() {
    let has = |tags: &[Tag<'_>], name: &str, id: &str| tags.iter().any(|tag| tag.name == name && tag.attribute("id") == Some(id));
    let expected = |page: &Page<'_>| -> &[(&str, &str)] {
        match page {
            Page::Login(_) => &[("input", "username"), ("input", "password"), ("button", "login")],
            Page::Consent(_) => &[("button", "allow"), ("button", "deny"), ("button", "logout")],
            Page::Error(_) => &[("p", "error")],
            Page::FormPost(_) => &[("button", "continue")],
            Page::Account(account) if account.notice.is_some() => &[("p", "notice"), ("button", "logout")],
            Page::Account(_) | Page::SignOut(_) => &[("button", "logout")],
            Page::Password(page) if page.problem.is_some() => &[("p", "error")],
            Page::Password(_) => &[("input", "current_password"), ("input", "new_password"), ("button", "change")],
            Page::DeviceCode(_) => &[("input", "user_code"), ("button", "continue")],
            Page::DeviceConfirm(_) => &[("button", "allow"), ("button", "deny"), ("button", "logout")],
            Page::DeviceDone(_) => &[],
            Page::SignedOut(_) => &[("a", "sign-in")],
        }
    };
    for (page, _, html) in rendered(&pages()) {
        let tags = tags(&html);
        for (name, id) in expected(&page) {
            assert!(has(&tags, name, id), "{name} {id}: {html}");
        }
    }
}

#[test]
fn the_hash_of_the_one_script_is_the_one_that_policies_are_given() {
    let page = Pages::samples().into_iter().find(|page| matches!(page, Page::FormPost(_))).unwrap();
    for language in crate::pages::Language::ALL {
        let html = pages().render(&page, language).unwrap();
        let script = between(&html, "<script>", "</script>");
        let hash = data_encoding::BASE64.encode(digest(&SHA256, script.as_bytes()).as_ref());
        assert_eq!(FORM_POST_SCRIPT_HASH, format!("sha256-{hash}"));
    }
}
