//! What the settings become, and which defaults depend on others.

use std::path::Path;

use keyward_rules::{
    model::{
        client::{About, AccessFormat, ClientKind, Registration},
        time::Seconds,
    },
    throttle::Rate,
};
use keyward_server::{
    hashing::HashingSettings,
    korap::Settings,
    listener::{CertificateFiles, Limits},
    pages::{Description, Language, OwnTexts, PagesSettings},
};
use keyward_store::{Place, root_key::RootKeySource};
use keyward_wire::{jwt::Algorithm, profile::ProfileName, scope::Scope, token_request::GrantType};

use super::{LEAST, read, valid};
use crate::config::{Config, log::LogFormat, parse, place, tokens::Form};

fn registration(more: &str, client: &str) -> Registration {
    valid(&format!("{more}\n[[client]]\nid = \"app\"\ntype = \"public\"\n{client}")).clients[0].registration.clone()
}

#[test]
fn the_defaults_are_those_of_the_reference_page() {
    let config = valid("");
    assert_eq!(config.issuer, "http://127.0.0.1:8080");
    assert_eq!(config.store, Place::Sqlite("keyward.db".into()));
    assert_eq!(config.keys.root_key, RootKeySource::File("root.key".into()));
    assert_eq!((config.keys.publish_before_use, config.keys.algorithm), (Seconds(600), Algorithm::EdDSA));
    assert_eq!(config.tokens.access_format, Form::Opaque);
    let tokens = &config.tokens;
    assert_eq!([tokens.access_lifetime, tokens.refresh_lifetime, tokens.refresh_grace], [Seconds(3600), Seconds(2_592_000), Seconds(30)]);
    assert_eq!((config.log.format, config.log.level), (LogFormat::Text, tracing::Level::INFO));
    assert_eq!(config.metrics, None);
    assert_eq!((config.body, config.limits.connections), (65_536, 10_000));
    assert_eq!([config.limits.header_time, config.limits.request_time].map(|time| time.as_secs()), [10, 30]);
    // Nothing else differs from what the listeners do by themselves.
    assert_eq!(format!("{:?}", config.limits), format!("{:?}", Limits::default()));
    assert_eq!(config.passwords, HashingSettings::default());
    assert!(config.throttle && !config.cors.enabled && config.cors.origins.is_empty());
    assert!(config.audiences.is_empty() && config.clients.is_empty() && config.users.is_empty() && config.warnings.is_empty());
    let listener = &config.listeners[0];
    assert_eq!((listener.profile, listener.settings.address.to_string().as_str()), (ProfileName::Standard, "127.0.0.1:8080"));
    assert_eq!(listener.settings.certificate, None);
    assert!(!listener.settings.trusted_proxies.contains("127.0.0.1".parse().unwrap()));
}

#[test]
fn a_new_client_is_strict_and_has_nothing() {
    let expected = Registration {
        name: "app".into(),
        kind: ClientKind::Public,
        super_client: false,
        grants: vec![],
        about: About::default(),
        permitted: true,
        first_party: false,
        redirect_uris: vec![],
        response_modes: Registration::default_response_modes(),
        require_pkce: true,
        code_lifetime: Seconds(60),
        scopes: Scope::default(),
        default_scopes: Scope::default(),
        client_credentials_scopes: None,
        audiences: vec![],
        resource_server_for: vec![],
        profiles: vec![ProfileName::Standard],
        access_lifetime: Seconds(3600),
        password_access_lifetime: None,
        refresh_lifetime: Seconds(2_592_000),
        refresh_idle: None,
        refresh_grace: Seconds(30),
        rotate: true,
        rotation_ends_access_tokens: false,
        access_format: AccessFormat::Opaque,
    };
    assert_eq!(registration("", ""), expected);
}

#[test]
fn a_client_says_all_of_this_itself() {
    let client = valid(
        r#"
        [[client]]
        id = "app"
        name = "Orders"
        type = "confidential"
        super = true
        secret = "s"
        grants = ["password", "refresh_token", "client_credentials"]
        scopes = ["all", "read"]
        default_scopes = ["all"]
        client_credentials_scopes = ["read"]
        audiences = ["https://a"]
        resource_server_for = ["https://b"]
        profiles = ["korap", "skyvault"]
        redirect_uris = ["https://app.example.com/cb"]
        first_party = true
        response_modes = ["fragment"]
        require_pkce = false
        code_lifetime = "2m"
        access_lifetime = "3D"
        password_access_lifetime = "30m"
        refresh_lifetime = "365d"
        refresh_idle = "7d"
        refresh_grace = "5s"
        rotate = false
        rotation_ends_access_tokens = false
        access_format = "jwt"
        algorithm = "RS256"
        "#,
    )
    .clients[0]
        .registration
        .clone();
    assert_eq!((client.name.as_str(), client.kind, client.super_client), ("Orders", ClientKind::Confidential, true));
    assert_eq!(client.grants, [GrantType::Password, GrantType::RefreshToken, GrantType::ClientCredentials]);
    assert_eq!((client.scopes.as_str(), client.default_scopes.as_str()), ("all read", "all"));
    assert_eq!(client.client_credentials_scopes.unwrap().as_str(), "read");
    assert_eq!((client.audiences[0].as_str(), client.resource_server_for[0].as_str()), ("https://a", "https://b"));
    assert_eq!(client.profiles, [ProfileName::Korap, ProfileName::Skyvault]);
    assert_eq!(client.redirect_uris, ["https://app.example.com/cb"]);
    assert_eq!((client.first_party, client.require_pkce, client.code_lifetime), (true, false, Seconds(120)));
    assert_eq!(client.response_modes, [keyward_wire::authorization_request::ResponseMode::Fragment]);
    assert_eq!((client.access_lifetime, client.password_access_lifetime), (Seconds(259_200), Some(Seconds(1800))));
    assert_eq!((client.refresh_lifetime, client.refresh_idle), (Seconds(31_536_000), Some(Seconds(604_800))));
    assert_eq!((client.refresh_grace, client.rotate, client.rotation_ends_access_tokens), (Seconds(5), false, false));
    assert_eq!(client.access_format, AccessFormat::Jwt(Algorithm::RS256));
}

#[test]
fn a_client_that_is_silent_gets_what_the_tokens_section_says() {
    let tokens = "[tokens]\naccess_format = \"jwt\"\naccess_lifetime = \"5m\"\nrefresh_lifetime = \"1d\"\nrefresh_grace = \"3s\"\n[keys]\nalgorithm = \"ES256\"";
    let client = registration(tokens, "");
    assert_eq!([client.access_lifetime, client.refresh_lifetime, client.refresh_grace], [Seconds(300), Seconds(86_400), Seconds(3)]);
    assert_eq!(client.access_format, AccessFormat::Jwt(Algorithm::ES256));
}

#[test]
fn a_korap_client_has_no_grace_and_rotation_ends_its_access_tokens() {
    let client = registration("[tokens]\nrefresh_grace = \"30s\"", "profiles = [\"standard\", \"korap\"]");
    assert_eq!((client.refresh_grace, client.rotation_ends_access_tokens), (Seconds(0), true));
    let strict = registration("", "profiles = [\"standard\", \"skyvault\"]");
    assert_eq!((strict.refresh_grace, strict.rotation_ends_access_tokens), (Seconds(30), false));
}

#[test]
fn an_audience_can_want_its_own_form() {
    let config = valid(
        "[[audience]]\nidentifier = \"https://a\"\nscopes = [\"x\"]\n[[audience]]\nidentifier = \"https://b\"\naccess_format = \"jwt\"\n\
         [[audience]]\nidentifier = \"https://c\"\naccess_format = \"jwt\"\nalgorithm = \"RS256\"",
    );
    let forms: Vec<_> = config.audiences.iter().map(|server| server.access_format).collect();
    assert_eq!(forms, [None, Some(AccessFormat::Jwt(Algorithm::EdDSA)), Some(AccessFormat::Jwt(Algorithm::RS256))]);
    assert_eq!(config.audiences[0].scopes.as_str(), "x");
}

/// The three settings that have a second spelling.
fn switches(config: &Config) -> (Form, bool, Seconds) {
    (config.tokens.access_format, config.cors.enabled, config.tokens.access_lifetime)
}

#[test]
fn req_r06_r07_the_property_spelling_sets_format_cors_and_lifetime() {
    let set = (Form::Jwt, true, Seconds(604_800));
    let dotted =
        "authentication.oauth.jwt = true\nauthentication.oauth.corsFilter = true\nauthentication.oauth.tokenValidityInSeconds = 604800\n";
    let section = "[authentication.oauth]\njwt = true\ncorsFilter = true\ntokenValidityInSeconds = 604800\n";
    assert_eq!(switches(&read(&format!("{dotted}{LEAST}")).unwrap()), set);
    assert_eq!(switches(&read(&LEAST.replacen('\n', &format!("\n{dotted}"), 1)).unwrap()), set);
    assert_eq!(switches(&valid(section)), set);
    assert_eq!(switches(&valid("[authentication.oauth]\njwt = false\ncorsFilter = false")), (Form::Opaque, false, Seconds(3600)));
}

#[test]
fn relative_paths_start_at_the_folder_of_the_file() {
    let text = format!("{LEAST}[store]\nurl = \"sqlite:data/k.db\"\n[keys]\nroot_key_file = \"/elsewhere/root.key\"");
    let config = parse(Path::new("/etc/keyward/keyward.toml"), &text, &|_| None).unwrap();
    assert_eq!(config.store, Place::Sqlite("/etc/keyward/data/k.db".into()));
    assert_eq!(config.keys.root_key, RootKeySource::File("/elsewhere/root.key".into()));
    let config = valid("[store]\nurl = \"sqlite:///var/lib/k.db\"\n[keys]\nroot_key_env = \"ROOT\"");
    assert_eq!(config.store, Place::Sqlite("/var/lib/k.db".into()));
    assert_eq!(config.keys.root_key, RootKeySource::Variable("ROOT".into()));
}

#[test]
fn a_listener_with_tls_has_both_files() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["c.pem", "k.pem"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let text =
        format!("{LEAST}certificate_file = \"c.pem\"\nprivate_key_file = \"k.pem\"\ntrusted_proxies = [\"10.0.0.0/8\", \"192.0.2.7\"]");
    let config = parse(&folder.path().join("keyward.toml"), &text, &|_| None).unwrap();
    let listener = &config.listeners[0].settings;
    let files = CertificateFiles { certificate: folder.path().join("c.pem"), private_key: folder.path().join("k.pem") };
    assert_eq!(listener.certificate, Some(files));
    for (address, trusted) in [("10.1.2.3", true), ("192.0.2.7", true), ("192.0.2.8", false)] {
        assert_eq!(listener.trusted_proxies.contains(address.parse().unwrap()), trusted, "{address}");
    }
}

#[test]
fn limits_and_hashing_are_taken_over() {
    let config = valid(
        "[limits]\nbody = 2048\nheader_time = \"1s\"\nrequest_time = \"2m\"\nnotice_time = \"5s\"\nconnections = 7\n\
         [passwords]\nthreads = 3\nmemory_kib = 64\niterations = 1\nqueue = 5\n[throttle]\nenabled = false\n\
         [cors]\nenabled = true\norigins = [\"https://app.example.com\"]\n[metrics]\naddress = \"127.0.0.1:9464\"",
    );
    assert_eq!((config.body, config.limits.connections), (2048, 7));
    let times = [config.limits.header_time, config.limits.request_time, config.limits.notice_time];
    assert_eq!(times.map(|time| time.as_secs()), [1, 120, 5]);
    assert_eq!(config.passwords, HashingSettings { threads: 3, memory_kib: 64, iterations: 1, queue: 5 });
    assert!(!config.throttle && config.cors.enabled);
    assert_eq!(config.cors.origins, ["https://app.example.com"]);
    assert_eq!(config.metrics, Some("127.0.0.1:9464".parse().unwrap()));
}

#[test]
fn where_the_store_is_can_be_told_of_a_file_that_is_not_valid_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyward.toml");
    let store = |text: &str| {
        std::fs::write(&path, text).unwrap();
        place(&path)
    };
    let elsewhere = folder.path().join("elsewhere.db");
    assert_eq!(store("nonsense = 1"), Some(Place::Sqlite(folder.path().join("keyward.db"))));
    assert_eq!(store("[store]\nurl = \"sqlite:elsewhere.db\"\n[[client]]\nsecret_env = \"NOT_SET\""), Some(Place::Sqlite(elsewhere)));
    for unsure in ["[store]\nurl = 1", "[store]\nulr = \"sqlite:elsewhere.db\"", "store = 1", "[store"] {
        assert_eq!(store(unsure), None, "{unsure}");
    }
    assert_eq!(place(&folder.path().join("missing.toml")), None);
}

#[test]
fn pages_are_what_the_file_says_and_plain_without_it() {
    assert_eq!(valid("").pages, PagesSettings::default());
    let pages = valid(
        r##"
        [pages]
        name = "Example ID"
        accent = "#7a1fa2"
        default_language = "de"
        texts.de.login-title = "Willkommen"
        [[scope]]
        name = "read"
        description = "Read"
        [[scope]]
        name = "write"
        description = { de = "Schreiben" }
        "##,
    )
    .pages;
    let mut texts = OwnTexts::default();
    texts.set(Language::German, "login-title", "Willkommen").unwrap();
    let description = |text: &str| Description { english: text.into(), german: text.into() };
    let expected = PagesSettings {
        name: "Example ID".into(),
        accent: "#7a1fa2".parse().ok(),
        default_language: Language::German,
        texts,
        scopes: [("read".to_owned(), description("Read")), ("write".to_owned(), description("Schreiben"))].into(),
        ..PagesSettings::default()
    };
    assert_eq!(pages, expected);
}

#[test]
fn the_korap_api_takes_passwords_and_sixty_requests_a_minute_unless_told_otherwise() {
    let settings = |basic_auth, rate| Settings { basic_auth, rate: Rate::per_minute(rate), clients_per_user: 100 };
    assert_eq!(valid("").korap, settings(true, 60));
    assert_eq!(valid("[korap]\nbasic_auth = false\nrate_limit = 0").korap, settings(false, 0));
}
