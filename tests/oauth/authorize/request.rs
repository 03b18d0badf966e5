//! What an application may ask, and how its mistakes are told to it.

use crate::asking::Ask;
use crate::client::Answer;
use crate::fixture::{App, DORY, KORAP_PUBLIC, OLD, ORDERS, SKYVAULT, THIRD_PARTY, WEB};
use crate::person::Person;
use crate::server::Server;

const ISSUER: &str = "http://127.0.0.1:9191";

/// A client of the KorAP profile.
const THIRD: App = App { id: THIRD_PARTY.0, secret: Some(THIRD_PARTY.1), redirect_uri: "https://third.party.com/confidential/redirect" };
const SKY: App = App { id: SKYVAULT.0, secret: Some(SKYVAULT.1), redirect_uri: "https://client.example.com/cb" };

#[test]
fn req_a01_both_paths_answer_get_and_post_alike() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    for path in ["/authorize", "/oauth/authorize"] {
        let ask = Ask::code(WEB).at(path).with("prompt", "consent");
        let by_get = person.get(&ask.target());
        let in_query = person.send(person.site.post(&ask.target()));
        let in_body = person.send(person.site.post(path).raw_form(&ask.encoded()));
        for answer in [by_get, in_query, in_body] {
            assert_eq!(answer.status, 200);
            let sent = person.post(&answer.page().form("/consent").pressed("allow"));
            assert!(sent.sent_with("code").is_some(), "{sent:?}");
        }
    }
    for method in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(person.site.method(method, "/oauth/authorize").send().status, 405);
    }
}

#[test]
fn req_c02_a_post_is_read_from_query_and_body_together() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let (query, body) = (Ask::code(WEB).without("state").target(), "state=from-the-body");
    let page = person.send(person.site.post(&query).raw_form(body));
    let sent = person.post(&page.page().form("/consent").pressed("allow"));
    assert_eq!(sent.sent_with("state").as_deref(), Some("from-the-body"));
    // The same name in both is one too many, and nobody gets a code without having signed in and said yes.
    person.send(person.site.post(&Ask::code(WEB).target()).raw_form(body)).error_page();
    let stranger = Person::new(server.standard(), DORY).send(server.standard().post(&Ask::code(WEB).target()));
    assert!(stranger.is_login() && stranger.header("location").is_empty(), "{stranger:?}");
}

#[test]
fn req_a01_an_application_that_posts_finds_who_is_signed_in() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let own = person.cookies.clone();
    // Another site's post comes without cookies, which are Lax; what comes back replaces none of them.
    let ask = Ask::code(WEB).with("prompt", "consent");
    for post in [person.site.post("/oauth/authorize").raw_form(&ask.encoded()), person.site.post(&ask.target())] {
        let sent_on = post.header("Origin", "https://web.example.com").header("Sec-Fetch-Site", "cross-site").send();
        assert_eq!((sent_on.status, sent_on.cookies().len()), (303, 0), "{sent_on:?}");
        let page = person.get(sent_on.header("location"));
        assert!(page.is_consent() && person.cookies == own, "{page:?}");
        let sent = person.post(&page.page().form("/consent").pressed("allow"));
        assert_eq!(sent.sent_with("state").as_deref(), Some("xyz"));
    }
    // Where there are cookies, there is no detour.
    let here = person.send(person.site.post(&ask.target()).header("Origin", "null"));
    assert!(here.is_consent(), "{here:?}");
}

#[test]
fn sec_p02_a_request_that_could_not_come_back_is_refused_before_anybody_signs_in() {
    let server = Server::start();
    let mut person = Person::new(server.standard(), DORY);
    let ask = Ask::code(WEB).with("login_hint", &"h".repeat(1000));
    let padded = |length: usize| ask.clone().with("padding", &"x".repeat(length - ask.target().len() - "&padding=".len()));
    for ask in [padded(8193), padded(10_000), Ask::code(WEB).with("state", &"~".repeat(3000))] {
        person.get(&ask.target()).error_page();
        person.send(person.site.post("/oauth/authorize").raw_form(&ask.encoded())).error_page();
    }
    // The twin: what waits comes back, whole, also after a name that nobody has.
    let login = person.get(&padded(8192).target());
    let wrong = login.page().form("/login").with("username", &"n".repeat(10_000)).with("password", "wrong");
    let again = person.post(&wrong);
    let consent = person.sign_in_here(&again);
    assert!(consent.is_consent(), "{consent:?}");
}

#[test]
fn sec_a09_what_comes_twice_is_refused_on_a_page() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let ask = Ask::code(WEB).with("scope", "read").with("prompt", "consent").with("response_mode", "query").with("login_hint", "dory");
    assert!(person.get(&ask.target()).is_consent());
    for (name, value) in ask.pairs() {
        for second in [value.as_str(), "other", ""] {
            for doubled in [ask.clone().and(name, second), ask.clone().without(name).and(name, second).and(name, value)] {
                person.get(&doubled.target()).error_page();
                person.send(person.site.post("/oauth/authorize").raw_form(&doubled.encoded())).error_page();
            }
            let extra = crate::client::encode(&[(name, second)]);
            person.send(person.site.post(&ask.target()).raw_form(&extra)).error_page();
        }
    }
}

#[test]
fn req_a12_mistakes_are_told_to_the_application_error_first_and_the_state_last() {
    let server = Server::start();
    let mut person = Person::signed_in(server.skyvault(), DORY);
    person.code(&Ask::code(SKY));
    for (name, value, error) in [
        ("response_type", "string", "unsupported_response_type"),
        ("response_type", "id_token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("scope", "read nonsense", "invalid_scope"),
        ("scope", "all", "invalid_scope"),
        ("resource", "https://unknown.example", "invalid_target"),
        ("response_mode", "web_message", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("max_age", "yesterday", "invalid_request"),
        ("request", "e30.e30.", "request_not_supported"),
        ("request_uri", "https://web.example.com/request", "request_uri_not_supported"),
    ] {
        let ask = Ask::code(SKY).with(name, value).at("/authorize");
        // Whoever sits there is told nothing, and need not have signed in.
        for answer in [person.get(&ask.target()), Person::new(server.skyvault(), DORY).get(&ask.target())] {
            assert_eq!((answer.status, answer.sent_error().as_str()), (302, error), "{name}={value}: {answer:?}");
            let names: Vec<_> = answer.sent().1.into_iter().map(|(name, _)| name).collect();
            assert_eq!(names, ["error", "error_description", "state"], "{answer:?}");
            assert!(!answer.header("location").contains("%20"), "blanks are written as +: {answer:?}");
        }
    }
    // Without a state there is none to send back.
    let answer = person.get(&Ask::code(SKY).with("scope", "nonsense").without("state").target());
    assert_eq!((answer.sent_error().as_str(), answer.sent_with("state")), ("invalid_scope", None));
}

#[test]
fn req_a12_a_client_asks_only_for_what_it_is_registered_for() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    person.code(&Ask::code(WEB));
    let answer = person.get(&Ask::token(WEB).target());
    assert_eq!(answer.sent_error(), "unauthorized_client");
    let answer = person.get(&Ask::code(WEB).with("scope", "read admin").target());
    assert_eq!(answer.sent_error(), "invalid_scope");
}

#[test]
fn req_a12_the_korap_profile_words_mistakes_as_its_clients_compare_them() {
    let server = Server::start();
    let mut person = Person::signed_in(server.korap(), DORY);
    let ask = Ask::code(THIRD).at("/authorize").with("scope", "search").without("code_challenge").without("code_challenge_method");
    person.code(&ask);
    for (name, value, error, description) in [
        ("response_type", "string", "unsupported_response_type", "Unsupported response type. Only code is supported."),
        ("response_type", "token", "unsupported_response_type", "Unsupported response type. Only code is supported."),
        ("scope", "", "invalid_scope", "scope is required"),
        ("scope", "read_address", "invalid_scope", "Invalid scope"),
        ("scope", "all", "invalid_scope", "Requested scope all is not allowed."),
        ("response_type", "", "invalid_request", "Missing parameter: response_type"),
    ] {
        let answer = person.get(&ask.clone().with(name, value).target());
        assert_eq!(answer.sent_error(), error, "{name}={value}");
        assert_eq!(answer.sent_with("error_description").as_deref(), Some(description), "{name}={value}");
    }
}

#[test]
fn req_a02_a_state_comes_back_byte_by_byte() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let long = "s".repeat(2000);
    for state in ["xyz", "a b+c%20d", "&code=forged#x", "\u{fc}\u{1f41f}", "<script>", "a\r\nSet-Cookie: x=y", " lead and trail ", &long] {
        let answer = person.allow(&Ask::code(WEB).with("state", state));
        assert_eq!(answer.sent_with("state").as_deref(), Some(state));
        assert_eq!(answer.sent().1.iter().filter(|(name, _)| name == "code").count(), 1, "{answer:?}");
        assert_eq!(answer.header("set-cookie"), "");
    }
    assert_eq!(person.allow(&Ask::code(WEB).without("state")).sent_with("state"), None);
}

#[test]
fn sec_d01_every_answer_names_the_issuer_on_the_standard_profile() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let metadata = site.get("/.well-known/oauth-authorization-server").send().json();
    assert_eq!(metadata["issuer"], ISSUER);
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    let consent = person.get(&Ask::code(WEB).target()).page().form("/consent");
    let answers = [
        person.post(&consent.clone().pressed("deny")),
        person.post(&consent.pressed("allow")),
        person.allow(&Ask::code(WEB).with("scope", "nonsense")),
        person.allow(&Ask::code(WEB).with("prompt", "none").with("max_age", "0").with("scope", "write")),
        person.allow(&Ask::token(OLD)),
        person.allow(&Ask::token(OLD).with("scope", "nonsense")),
        person.allow(&Ask::code(OLD).with("response_mode", "fragment")),
    ];
    for answer in answers {
        assert_eq!(answer.sent_with("iss").as_deref(), Some(ISSUER), "{answer:?}");
    }
    let posted = person.allow(&Ask::code(WEB).with("response_mode", "form_post"));
    assert_eq!(posted.page().form(WEB.redirect_uri).field("iss"), ISSUER);
}

#[test]
fn req_a16_the_older_profiles_do_not_name_it() {
    let server = Server::start();
    for site in [server.skyvault(), server.korap()] {
        let mut person = Person::signed_in(site, DORY);
        let app = if site.address == server.korap().address { THIRD } else { SKY };
        let ask = Ask::code(app).without("code_challenge").without("code_challenge_method");
        let scope = if app.id == THIRD.id { "search" } else { "read" };
        assert_eq!(person.allow(&ask.clone().with("scope", scope)).sent_with("iss"), None);
        assert_eq!(person.allow(&ask.with("scope", "nonsense")).sent_with("iss"), None);
    }
}

#[test]
fn sec_d03_host_and_forwarding_headers_change_neither_issuer_nor_links() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let plain = person.get(&Ask::code(WEB).with("prompt", "consent").target()).page();
    let forged = [
        ("Host", "evil.example"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Prefix", "/evil"),
        ("X-Original-URL", "/evil"),
        ("Forwarded", "host=evil.example;proto=https"),
    ];
    for (name, value) in forged {
        let with = |person: &mut Person<'_>, target: &str| person.send(person.site.get(target).header(name, value));
        let page = with(&mut person, &Ask::code(WEB).with("prompt", "consent").target());
        assert!(!page.body.contains("evil"), "{name}: {page:?}");
        let links = |page: &crate::html::Html| -> Vec<String> {
            page.elements.iter().map(|e| format!("{}{}", e.get("href"), e.get("action"))).collect()
        };
        assert_eq!(links(&page.page()), links(&plain), "{name}");
        let sent = person.post(&page.page().form("/consent").pressed("allow"));
        assert_eq!(sent.sent_with("iss").as_deref(), Some(ISSUER));
        let login = with(&mut Person::new(server.standard(), DORY), "/account");
        assert!(!login.body.contains("evil"), "{name}: {login:?}");
        let metadata = with(&mut person, "/.well-known/oauth-authorization-server").json();
        assert_eq!(metadata["issuer"], ISSUER, "{name}");
        assert!(!metadata.to_string().contains("evil"), "{name}: {metadata}");
    }
    let line = format!("GET http://evil.example{} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", Ask::code(WEB).target());
    let absolute = server.standard().raw(line);
    assert!(!absolute.to_ascii_lowercase().contains("http://evil.example"), "{absolute}");
}

#[test]
fn req_a06_the_resources_that_were_asked_for_are_those_of_the_token() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    let ask = Ask::code(WEB).with("resource", ORDERS).with("scope", "read:orders");
    let page = person.get(&ask.target()).page();
    assert!(page.text().contains(ORDERS), "consent names the resource: {}", page.text());
    let code = person.code(&ask);
    let tokens = site.redeem(WEB, &code);
    let told = site.introspect(WEB.credentials(), &tokens.access);
    assert_eq!((crate::client::texts(&told["aud"]), &told["scope"]), (vec![ORDERS], &"read:orders".into()));
}

#[test]
fn req_c07_a_clients_header_must_be_genuine_and_then_means_nothing() {
    let server = Server::start();
    let site = server.skyvault();
    let target = Ask::code(SKY).at("/authorize").target();
    let opened = |answer: Answer| assert!(answer.is_login(), "{answer:?}");
    opened(site.post(&target).send());
    opened(site.post(&target).basic(SKYVAULT).send());
    // Another registered client's header does as well; client_id alone says who asks.
    let other = site.post(&Ask::code(SKY).with("client_id", "alfrescoapp").target()).basic(SKYVAULT).send();
    opened(other);
    for wrong in [("SkyVaultapp", "wrong"), ("nobody", "secret"), ("SkyVaultapp", "")] {
        let answer = site.post(&target).basic(wrong).send();
        assert_eq!((answer.status, answer.json()["error"].as_str()), (401, Some("invalid_client")), "{answer:?}");
        assert!(answer.header("location").is_empty() && answer.header("www-authenticate").starts_with("Basic"), "{answer:?}");
    }
}

#[test]
fn req_c14_doubled_slashes_and_blanks_around_names_are_the_line_wraps_of_the_example() {
    let server = Server::start();
    let mut person = Person::signed_in(server.skyvault(), DORY);
    let query = "response_type=code&client_id=SkyVaultapp&state=xyz&%20redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb";
    for path in ["/authorize", "//authorize", "///authorize", "//oauth//authorize"] {
        let page = person.get(&format!("{path}?{query}&prompt=consent"));
        let sent = person.post(&page.page().form("/consent").pressed("allow"));
        assert_eq!(sent.sent().0, "https://client.example.com/cb", "{path}");
    }
    // On the standard profile a path has one spelling.
    assert_eq!(server.standard().get("//authorize").send().status, 404);
}

#[test]
fn req_a16_a_public_client_of_the_older_profile_needs_no_pkce_there_and_needs_it_on_the_standard_one() {
    let server = Server::start();
    let public = App { id: KORAP_PUBLIC, secret: None, redirect_uri: "https://third.party.client.com/redirect" };
    let ask = Ask::code(public).with("scope", "search").without("code_challenge").without("code_challenge_method");
    Person::signed_in(server.korap(), DORY).code(&ask);
    let answer = Person::signed_in(server.standard(), DORY).get(&ask.target());
    assert_eq!(answer.sent_error(), "invalid_request");
}

#[test]
fn a_code_is_redeemed_only_at_listeners_of_its_clients_profiles() {
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let code = person.code(&Ask::code(WEB));
    // WEB is not registered for the other listeners; there its code is worth nothing, and its name is that of nobody.
    for site in [server.skyvault(), server.korap()] {
        let answer = site.ask_redeem(WEB, &code);
        assert_ne!(answer.status, 200, "{answer:?}");
    }
}
