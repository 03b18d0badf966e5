use super::*;

fn parsed(json: &Value) -> Result<ClientMetadata, (&'static str, String)> {
    let told = |refusal: Refusal| {
        let error = refusal.code.answer(&crate::profile::STANDARD).error;
        (error, refusal.reason.into_owned())
    };
    ClientMetadata::parse(json.to_string().as_bytes()).map_err(told)
}

fn with(name: &str, value: Value) -> Value {
    let mut metadata = serde_json::json!({"redirect_uris": ["https://app.example/cb"]});
    metadata[name] = value;
    metadata
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn list(value: &str) -> Value {
    Value::Array(vec![text(value)])
}

#[test]
fn what_is_left_out_is_as_rfc_7591_says() {
    let least = parsed(&with("redirect_uris", list("https://app.example/cb"))).unwrap();
    assert_eq!((least.auth_method, &*least.grants), (AuthMethod::ClientSecretBasic, &[GrantType::AuthorizationCode][..]));
    assert!(least.client_name.is_none() && least.scope.is_none() && least.client_id.is_none());
    let null = parsed(&with("client_name", Value::Null)).unwrap();
    assert!(null.client_name.is_none());
}

#[test]
fn a_member_of_the_wrong_kind_is_named() {
    for (name, value) in [
        ("client_name", Value::from(5)),
        ("scope", list("read")),
        ("grant_types", text("authorization_code")),
        ("response_types", Value::from(true)),
        ("token_endpoint_auth_method", Value::from(1)),
        ("logo_uri", list("https://a.example")),
    ] {
        let (error, reason) = parsed(&with(name, value)).unwrap_err();
        assert!(error == "invalid_client_metadata" && reason.starts_with(name), "{name}: {error}, {reason}");
    }
    let (error, reason) = parsed(&with("redirect_uris", text("https://app.example/cb"))).unwrap_err();
    assert!(error == "invalid_redirect_uri" && reason.contains("list of strings"), "{reason}");
}

#[test]
fn grants_and_response_types_fit_together_or_are_refused() {
    let sent = |grants: &[&str], types: &[&str]| {
        let mut metadata = with("grant_types", grants.iter().copied().map(Value::from).collect());
        metadata["response_types"] = types.iter().copied().map(Value::from).collect();
        parsed(&metadata).map(|_| ()).map_err(|(error, _)| error)
    };
    assert_eq!(sent(&["authorization_code", "refresh_token"], &["code"]), Ok(()));
    assert_eq!(sent(&["client_credentials"], &[]), Ok(()));
    for (grants, types) in [
        (&["authorization_code"][..], &[][..]),
        (&["client_credentials"], &["code"]),
        (&["authorization_code"], &["token"]),
        (&["implicit"], &["token"]),
        (&["authorization_code"], &["code", "code id_token"]),
        (&["telepathy"], &[]),
    ] {
        assert_eq!(sent(grants, types), Err("invalid_client_metadata"), "{grants:?} {types:?}");
    }
}

#[test]
fn sec_a06_no_address_of_any_member_has_a_scheme_that_runs_what_it_carries() {
    let pages = ["client_uri", "logo_uri", "tos_uri", "policy_uri", "initiate_login_uri", "sector_identifier_uri"];
    let logouts = ["backchannel_logout_uri", "frontchannel_logout_uri"];
    for name in pages.into_iter().chain(logouts) {
        assert!(parsed(&with(name, text("https://app.example:8443/x?y#z"))).is_ok(), "{name}");
    }
    for name in ["redirect_uris", "post_logout_redirect_uris", "request_uris"] {
        assert!(parsed(&with(name, list("https://app.example/x"))).is_ok(), "{name}");
    }
    for scheme in ["javascript", "data", "vbscript", "file", "blob", "about", "ftp", "intent"] {
        let upper = scheme.to_uppercase();
        let mixed: String = scheme.chars().enumerate().map(|(n, c)| if n % 2 == 0 { c.to_ascii_uppercase() } else { c }).collect();
        for scheme in [scheme, &upper, &mixed] {
            for before in ["", " ", "\t", "\u{1}", "\u{feff}"] {
                for after in [":alert(1)", "://app.example/%0aalert(1)"] {
                    let address = format!("{before}{scheme}{after}");
                    for name in pages.into_iter().chain(logouts) {
                        assert!(parsed(&with(name, text(&address))).is_err(), "{name} {address:?}");
                    }
                    for name in ["redirect_uris", "post_logout_redirect_uris", "request_uris"] {
                        assert!(parsed(&with(name, list(&address))).is_err(), "{name} {address:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn people_are_sent_by_https_to_their_own_machine_or_to_an_application() {
    for good in ["https://a.example/cb", "http://127.0.0.1/cb", "http://[::1]:9/cb", "http://localhost:1410/cb", "com.example.app:/cb"] {
        assert!(parsed(&with("redirect_uris", list(good))).is_ok(), "{good}");
    }
    for bad in [
        "http://a.example/cb",
        "http://127.0.0.1.a.example/cb",
        "http://localhost@a.example/cb",
        "cursor:/cb",
        "mailto:a@b.example",
        "/cb",
        "https://a.example/cb#x",
        "https://*.example/cb",
    ] {
        assert_eq!(parsed(&with("redirect_uris", list(bad))).err().unwrap().0, "invalid_redirect_uri", "{bad}");
    }
}

#[test]
fn sec_m04_keys_are_refused_by_reference_and_by_value() {
    for (name, value) in [("jwks_uri", text("https://app.example/jwks")), ("jwks", serde_json::json!({"keys": []}))] {
        let (error, reason) = parsed(&with(name, value)).unwrap_err();
        assert!(error == "invalid_client_metadata" && reason.contains("secret"), "{reason}");
    }
}

#[test]
fn lists_and_names_have_an_end() {
    let many = |count: usize| (0..count).map(|n| Value::from(format!("https://app.example/{n}"))).collect::<Value>();
    assert_eq!(parsed(&with("redirect_uris", many(20))).unwrap().redirect_uris.len(), 20);
    assert_eq!(parsed(&with("redirect_uris", many(21))).unwrap_err().0, "invalid_redirect_uri");
    assert!(parsed(&with("client_name", text(&"ä".repeat(100)))).is_ok());
    assert!(parsed(&with("client_name", text(&"ä".repeat(101)))).is_err());
    assert!(parsed(&with("client_name", text("a\nb"))).is_err());
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(4000), "]".repeat(4000));
    assert!(ClientMetadata::parse(deep.as_bytes()).is_err());
}
