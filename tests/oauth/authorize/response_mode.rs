//! `response_mode`: how an answer travels.

use crate::asking::Ask;
use crate::fixture::{DORY, OLD, WEB};
use crate::person::Person;
use crate::server::Server;

#[test]
fn sec_a17_a_mode_is_taken_only_from_who_is_registered_for_it() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    person.code(&Ask::code(WEB).with("response_mode", "query"));
    // WEB has query and form_post, OLD all three; none has a mode that is not known, or a type that is not.
    let refused = |answer: crate::client::Answer, error: &str| {
        assert_eq!(answer.sent_error(), error);
        assert!(answer.sent().0.starts_with("https://"), "{answer:?}");
    };
    for mode in ["fragment", "web_message", "query.jwt", "jwt", "Query", "form_post.jwt"] {
        refused(person.get(&Ask::code(WEB).with("response_mode", mode).target()), "invalid_request");
    }
    for kind in ["code token", "code id_token", "id_token", "none", "CODE", "token code"] {
        for mode in ["query", "form_post", ""] {
            let ask = Ask::code(OLD).with("response_type", kind).with("response_mode", mode);
            let answer = person.get(&ask.target());
            if mode == "form_post" {
                assert_eq!(answer.page().form(OLD.redirect_uri).field("error"), "unsupported_response_type", "{kind}");
            } else {
                refused(answer, "unsupported_response_type");
            }
        }
    }
}

#[test]
fn sec_a17_a_token_never_travels_in_a_query() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    assert!(person.allow(&Ask::token(OLD)).header("location").contains("#access_token="));
    assert!(person.allow(&Ask::token(OLD).with("response_mode", "fragment")).header("location").contains("#access_token="));
    let answer = person.allow(&Ask::token(OLD).with("response_mode", "query"));
    assert_eq!(answer.sent_error(), "invalid_request");
    assert!(answer.header("location").contains("#error="), "{answer:?}");
}

#[test]
fn sec_a17_a_form_that_posts_itself_holds_the_answer_and_one_known_script() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let answer = person.allow(&Ask::code(WEB).with("response_mode", "form_post"));
    assert_eq!((answer.status, answer.header("location")), (200, ""));
    let page = answer.page();
    let form = page.form(WEB.redirect_uri);
    assert_eq!((form.field("state"), form.field("iss")), ("xyz", "http://127.0.0.1:9191"));
    let code = form.field("code").to_owned();
    site.redeem(WEB, &code);
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https:;"), "{policy}");
    // The script that is there is the one that the policy names.
    let script = page.all("script").next().expect("a script").text.clone();
    let hash = ring::digest::digest(&ring::digest::SHA256, script.as_bytes());
    let source = format!("script-src 'sha256-{}'", data_encoding::BASE64.encode(hash.as_ref()));
    assert!(policy.contains(&source) && !policy.contains("unsafe"), "{source} in {policy}");
    assert_eq!(page.all("button").count(), 1, "without scripts there is a button");
    // Errors travel the same way.
    let denied = person.get(&Ask::code(WEB).with("response_mode", "form_post").with("prompt", "consent").target());
    let answer = person.post(&denied.page().form("/consent").pressed("deny"));
    assert_eq!(answer.page().form(WEB.redirect_uri).field("error"), "access_denied");
}
