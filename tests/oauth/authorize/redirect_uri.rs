//! Where answers may go: nowhere, unless application and redirect URI are known to belong together.

use crate::asking::{Ask, Redeem};
use crate::client::Answer;
use crate::fixture::{App, DORY, OLD, PHONE, RIVAL, WEB};
use crate::person::Person;
use crate::server::{Home, Server};

/// What is not `https://web.example.com/cb`, byte by byte.
const NEAR: &[&str] = &[
    // Something added, left out, or spelt otherwise.
    "https://web.example.com/cb?x=1",
    "https://web.example.com/cb?",
    "https://web.example.com/cb/",
    "https://web.example.com/cb/more",
    "https://web.example.com/cbmore",
    "https://web.example.com/c",
    "https://web.example.com/",
    "https://web.example.com",
    "https://web.example.com//cb",
    "https://web.example.com/cb/.",
    "https://web.example.com/cb/..",
    "https://web.example.com/./cb",
    "https://web.example.com/x/../cb",
    "https://web.example.com/cb/../cb",
    "https://web.example.com/%2e/cb",
    "https://web.example.com/x/%2e%2e/cb",
    "https://web.example.com/x%2f..%2fcb",
    "https://web.example.com/%63b",
    "https://web.example.com/c%62",
    "https://web.example.com%2fcb",
    "https://web.example.com/%252e/cb",
    "https://web.example.com/cb%2f",
    "https://web.example.com/cb%3Fx",
    "https://web.example.com/cb%23",
    "https://web.example.com/cb%00",
    "https://web.example.com/cb;x",
    "https://web.example.com/cb;/..",
    "https://web.example.com/CB",
    "https://web.example.com/Cb",
    "https://WEB.example.com/cb",
    "HTTPS://web.example.com/cb",
    "Https://web.example.com/cb",
    "http://web.example.com/cb",
    "https:/web.example.com/cb",
    "https:web.example.com/cb",
    "//web.example.com/cb",
    "web.example.com/cb",
    "/cb",
    "cb",
    "https://web.example.com/cb#",
    "https://web.example.com/cb#x",
    "https://web.example.com/#/cb",
    "https://web.example.com:443/cb",
    "https://web.example.com:/cb",
    "https://web.example.com:8443/cb",
    "https://web.example.com:00443/cb",
    "https://web.example.com./cb",
    "https://example.com/cb",
    "https://web.example.com.evil.example/cb",
    "https://xweb.example.com/cb",
    "https://*.example.com/cb",
    " https://web.example.com/cb",
    "https://web.example.com/cb ",
    "https://web.example.com/cb\u{a0}",
    // What parsers disagree about.
    "https://web.example.com@evil.example/cb",
    "https://user@web.example.com/cb",
    "https://user:password@web.example.com/cb",
    "https://web.example.com:443@evil.example/cb",
    "https://a@b@web.example.com/cb",
    "https://evil.example#@web.example.com/cb",
    "https://evil.example?@web.example.com/cb",
    "https://evil.example\\@web.example.com/cb",
    "https://evil.example%2f@web.example.com/cb",
    "https:\\\\web.example.com\\cb",
    "https://web.example.com\\cb",
    "https://web.example.com\\.evil.example/cb",
    "https:///web.example.com/cb",
    "https://web.example.com/cb\t",
    "https://web\t.example.com/cb",
    "https://web.example.com/cb\r\nLocation: https://evil.example",
    "https://web.example.com/cb\n",
    "https://web.example.com/\u{202e}bc",
    "https://web\u{3002}example\u{3002}com/cb",
    "https://web\u{ff0e}example.com/cb",
    "https://we\u{180e}b.example.com/cb",
    "https://w\u{435}b.example.com/cb",
    "https://[::ffff:127.0.0.1]/cb",
    "https://[web.example.com]/cb",
    "https://evil.example/https://web.example.com/cb",
    "https://evil.example/cb",
    "javascript:alert(1)//https://web.example.com/cb",
    "data:text/html,https://web.example.com/cb",
    "urn:ietf:wg:oauth:2.0:oob",
    "null",
    "*",
];

/// Asserts that nothing is sent anywhere: not signed in, signed in, and by POST.
fn assert_goes_nowhere(person: &mut Person<'_>, ask: &Ask) {
    person.get(&ask.target()).error_page();
    Person::new(person.site, DORY).get(&ask.target()).error_page();
    person.send(person.site.post("/oauth/authorize").raw_form(&ask.encoded())).error_page();
}

#[test]
fn sec_a01_an_unregistered_redirect_uri_is_a_page_before_anybody_signs_in() {
    let server = Server::start();
    let mut person = Person::new(server.standard(), DORY);
    person.code(&Ask::code(WEB));
    let ask = Ask::code(WEB).with("redirect_uri", "https://evil.example/cb");
    assert_goes_nowhere(&mut person, &ask);
    // One that another application registered is none of this one's, and neither is a mistake beside it a reason to go there.
    assert_goes_nowhere(&mut person, &Ask::code(WEB).with("redirect_uri", RIVAL.redirect_uri));
    for (name, value) in [("prompt", "none"), ("scope", "nonsense"), ("response_type", "nonsense"), ("response_mode", "form_post")] {
        assert_goes_nowhere(&mut person, &ask.clone().with(name, value));
    }
}

#[test]
fn sec_a02_and_a03_redirect_uris_are_compared_byte_by_byte() {
    assert!(NEAR.len() >= 60);
    let server = Server::start();
    let mut person = Person::new(server.standard(), DORY);
    person.code(&Ask::code(WEB));
    for near in NEAR {
        assert_goes_nowhere(&mut person, &Ask::code(WEB).with("redirect_uri", near));
    }
    // Bytes that no encoder writes.
    for raw in ["https%3A%2F%2Fweb.example.com%2Fcb%00", "https%3A%2F%2Fweb.example.com%2Fcb%FF", "https%3A%2F%2Fweb.example.com%2Fcb%zz"] {
        let target = format!("{}&redirect_uri={raw}", Ask::code(WEB).without("redirect_uri").target());
        person.get(&target).error_page();
    }
    // A redirect URI that has a query keeps to it as well.
    person.code(&Ask::code(OLD));
    for near in ["https://old.example.com/cb", "https://old.example.com/cb?tenant=2", "https://old.example.com/cb?tenant=1&x=1"] {
        assert_goes_nowhere(&mut person, &Ask::code(OLD).with("redirect_uri", near));
    }
}

#[test]
fn sec_a03_what_is_refused_is_never_a_link_on_the_page() {
    let server = Server::start();
    let mut person = Person::new(server.standard(), DORY);
    for near in NEAR {
        let page = person.get(&Ask::code(WEB).with("redirect_uri", near).target()).error_page();
        let leads =
            page.elements.iter().flat_map(|element| ["href", "src", "action", "content", "formaction"].map(|name| element.get(name)));
        for target in leads.filter(|target| !target.is_empty()) {
            assert!(!target.contains("evil") && !target.starts_with("javascript"), "{target}");
        }
        assert_eq!(page.all("a").count(), 0, "{near}");
    }
}

#[test]
fn sec_a04_wildcards_cannot_be_registered() {
    let server = Server::start();
    let add = |uri: &str| {
        let grant = ["--grant", "authorization_code", "--scope", "read", "--redirect-uri", uri];
        server.keyward(&[&["client", "add", "--json"], &grant[..]].concat())
    };
    add("https://app.example.com/cb").done();
    for wild in ["https://app.example.com*", "https://*.example.com/cb", "https://app.example.com/*", "*"] {
        add(wild).failed();
        let (_, said) = Home::demo().with_client("web", &format!("redirect_uris = ['{wild}']")).refuse();
        assert!(said.contains("redirect_uris"), "{said}");
    }
}

#[test]
fn sec_a05_only_the_port_of_a_native_applications_loopback_address_may_differ() {
    let server = Server::start();
    let mut person = Person::new(server.standard(), DORY);
    for good in ["http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", "http://[::1]:51004/cb", "com.example.phone:/cb"] {
        let ask = Ask::code(PHONE).with("redirect_uri", good);
        let answer = person.allow(&ask);
        assert_eq!(answer.sent().0, good);
        let code = answer.sent_with("code").unwrap();
        Redeem::of(PHONE, &code).with("redirect_uri", good).at(server.standard()).tokens();
    }
    for bad in [
        "http://127.0.0.1:51004/cb/",
        "http://127.0.0.1:51004/cb?x",
        "http://127.0.0.1:51004/CB",
        "http://127.0.0.1:51004/",
        "https://127.0.0.1:51004/cb",
        "http://127.0.0.2:51004/cb",
        "http://127.1:51004/cb",
        "http://2130706433:51004/cb",
        "http://0x7f.0.0.1:51004/cb",
        "http://[::ffff:127.0.0.1]:51004/cb",
        "http://[0:0:0:0:0:0:0:1]:51004/cb",
        "http://localhost:51004/cb",
        "http://localhost/cb",
        "http://127.0.0.1:51004@evil.example/cb",
        "http://evil@127.0.0.1:51004/cb",
        "http://127.0.0.1:51004.evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:-1/cb",
        "http://127.0.0.1:/cb",
        "com.example.phone:51004/cb",
        "com.example.phone://cb",
        "com.example.phone2:/cb",
    ] {
        assert_goes_nowhere(&mut person, &Ask::code(PHONE).with("redirect_uri", bad));
    }
    // The code is for the port it was asked with.
    let code = person.code(&Ask::code(PHONE).with("redirect_uri", "http://127.0.0.1:51004/cb"));
    Redeem::of(PHONE, &code).with("redirect_uri", "http://127.0.0.1:51005/cb").at(server.standard()).refused(400, "invalid_grant");
}

#[test]
fn sec_a05_a_confidential_client_on_a_loopback_address_has_the_port_it_registered() {
    let server = Home::demo().with_client("web", "redirect_uris = ['http://127.0.0.1:8000/cb']").start();
    let mut person = Person::new(server.standard(), DORY);
    person.code(&Ask::code(WEB).with("redirect_uri", "http://127.0.0.1:8000/cb"));
    assert_goes_nowhere(&mut person, &Ask::code(WEB).with("redirect_uri", "http://127.0.0.1:8001/cb"));
}

#[test]
fn sec_a06_schemes_that_run_what_they_carry_cannot_be_registered() {
    let server = Server::start();
    let add = |uri: &str| {
        let arguments = ["client", "add", "--json", "--grant", "authorization_code", "--scope", "read", "--redirect-uri", uri];
        server.keyward(&arguments)
    };
    for good in ["com.example.app:/cb", "https://app.example.com/cb", "http://localhost:1410"] {
        add(good).done();
    }
    for scheme in ["javascript", "JavaScript", "jAvAsCrIpT", "data", "DATA", "vbscript", "VBScript", "file", "File", "blob", "Blob"] {
        for lead in ["", " ", "\t"] {
            add(&format!("{lead}{scheme}:alert(1)")).failed();
            add(&format!("{lead}{scheme}://web.example.com/%0aalert(1)")).failed();
        }
        let (_, said) = Home::demo().with_client("web", &format!("redirect_uris = ['{scheme}:alert(1)']")).refuse();
        assert!(said.contains("redirect_uris"), "{said}");
    }
}

#[test]
fn req_a11_an_unknown_client_and_a_missing_redirect_uri_are_pages() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    person.code(&Ask::code(RIVAL));
    // Of several registered ones none is meant.
    assert_goes_nowhere(&mut person, &Ask::code(RIVAL).without("redirect_uri"));
    for unknown in ["nobody", "WEB", "web ", "", "\u{202e}bew", &"x".repeat(3000)] {
        assert_goes_nowhere(&mut person, &Ask::code(WEB).with("client_id", unknown));
    }
    assert_goes_nowhere(&mut person, &Ask::code(WEB).without("client_id"));
    // A client of another profile's listener is unknown here.
    let page = person.get(&Ask::code(WEB).at("/authorize").target());
    assert!(page.is_consent(), "{page:?}");
    Person::new(server.skyvault(), DORY).get(&Ask::code(WEB).at("/authorize").target()).error_page();
}

#[test]
fn req_a02_the_redirect_uri_may_be_left_out_where_one_is_registered() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let ask = Ask::code(WEB).without("redirect_uri");
    let answer = person.allow(&ask);
    assert_eq!(answer.sent().0, WEB.redirect_uri);
    let code = answer.sent_with("code").unwrap();
    Redeem::of(WEB, &code).without("redirect_uri").at(site).tokens();
    // What was not named must not be named later either.
    let code = person.code(&ask);
    site.ask_redeem(WEB, &code).refused(400, "invalid_grant");
}

#[test]
fn req_a13_what_is_no_absolute_uri_without_a_fragment_cannot_be_registered() {
    let server = Server::start();
    let add = |uri: &str| server.keyward(&["client", "add", "--grant", "authorization_code", "--scope", "read", "--redirect-uri", uri]);
    add("http://localhost:1410").done();
    add("https://app.example.com/cb?own=1").done();
    for illegal in ["", "/cb", "app.example.com/cb", "https:", "https:///cb", "https://app.example.com/cb#", "https://good@evil.example/cb"]
    {
        let said = add(illegal).failed();
        assert!(said.contains("redirect"), "{said}");
    }
}

#[test]
fn req_c10_answers_go_to_the_redirect_uri_of_the_request() {
    let server = Server::start();
    let sky = App { id: "SkyVaultapp", secret: Some("secret"), redirect_uri: "" };
    let mut person = Person::signed_in(server.skyvault(), DORY);
    for uri in ["https://client.example.com/cb", "http://example.com/cb"] {
        let answer: Answer = person.allow(&Ask::code(sky).with("redirect_uri", uri));
        assert_eq!(answer.sent().0, uri);
        assert!(answer.sent_with("code").is_some());
    }
}
