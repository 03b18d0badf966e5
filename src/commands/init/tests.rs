//! What `init` writes is read again, and is what it should be.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
};

use keyward_rules::model::client::{AccessFormat, ClientKind, Registration};
use keyward_server::{
    hashing::{Hashing, HashingSettings, Verified},
    provision::ConfiguredPassword,
};
use keyward_store::root_key::RootKeySource;
use keyward_wire::{
    profile::ProfileName::{Korap, Skyvault, Standard},
    token_request::GrantType,
};
use secrecy::ExposeSecret;

use super::{Init, InitError, write, write_demo};
use crate::config::{self, Config};

fn demo() -> Config {
    let folder = tempfile::tempdir().unwrap();
    config::load(&write_demo(folder.path(), None).unwrap()).unwrap()
}

#[test]
fn the_starter_is_valid_and_its_secret_is_new_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = ["a", "b"].map(|name| {
        let folder = folder.path().join(name);
        Init { demo: false, store: None, folder: folder.clone() }.run().unwrap();
        let config = config::load(&folder.join("keyward.toml")).unwrap();
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
        assert_eq!((config.listeners[0].settings.address.to_string().as_str(), config.listeners[0].profile), ("127.0.0.1:8080", Standard));
        assert_eq!((config.listeners.len(), config.clients.len(), config.users.len()), (1, 1, 0));
        assert_eq!(config.keys.root_key, RootKeySource::File(folder.join("root.key")));
        assert_eq!(config.clients[0].registration.grants, [GrantType::ClientCredentials]);
        config.clients[0].secret.as_ref().unwrap().expose_secret().to_owned()
    });
    assert_eq!(secrets[0].len(), 43);
    assert_ne!(secrets[0], secrets[1]);
}

#[test]
fn sec_q06_only_this_user_may_read_what_is_written() {
    let folder = tempfile::tempdir().unwrap().path().join("new/deep");
    let file = write_demo(&folder, None).unwrap();
    let mode = |path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
    fs::remove_dir_all(folder.parent().unwrap()).unwrap();
}

#[test]
fn an_existing_file_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keyward.toml");
    fs::write(&file, "mine").unwrap();
    assert!(matches!(write(folder.path(), "other"), Err(InitError::Exists(path)) if path == file));
    let refused = write_demo(folder.path(), None).unwrap_err();
    assert!(matches!(refused.downcast_ref(), Some(InitError::Exists(_))));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file/below");
    fs::write(folder.path().join("file"), "").unwrap();
    assert!(matches!(write(&folder.path().join("file"), "x"), Err(InitError::NoFolder(_))));
    fs::set_permissions(folder.path().join("file"), fs::Permissions::from_mode(0o600)).unwrap();
    let error = write_demo(&blocked, None).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot make {}: ", blocked.display())), "{error}");
}

#[test]
fn the_demo_has_its_ports_only_where_it_listens_and_in_its_issuer() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(write_demo(folder.path(), None).unwrap()).unwrap();
    assert!(!text.contains(['{', '}']), "a placeholder is left");
    let with_port = |line: &&str| ["9191", "8089", "9464", "127.0.0.1:", "localhost"].iter().any(|port| line.contains(port));
    let lines: Vec<_> = text.lines().filter(with_port).collect();
    let expected = [
        "issuer = \"http://127.0.0.1:9191\"",
        "# address = \"127.0.0.1:9464\"",
        "address = \"127.0.0.1:9191\"",
        "address = \"127.0.0.1:8089\"",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn the_demo_listens_as_the_examples_have_it() {
    let config = demo();
    assert_eq!(config.issuer, "http://127.0.0.1:9191");
    let listeners: Vec<_> = config.listeners.iter().map(|one| (one.settings.address.to_string(), one.profile)).collect();
    assert_eq!(listeners, [("127.0.0.1:9191".to_owned(), Skyvault), ("127.0.0.1:8089".to_owned(), Korap)]);
    assert_eq!(config.metrics, None);
    let audiences: Vec<_> = config.audiences.iter().map(|one| (one.audience.as_str(), one.scopes.as_str(), one.access_format)).collect();
    assert_eq!(audiences, [("https://api.example.com", "read:orders write:orders", None)]);
}

#[tokio::test]
async fn the_demo_s_users_log_in_with_the_passwords_of_the_examples() {
    // The folder is written by a runtime of its own.
    let users = tokio::task::spawn_blocking(demo).await.unwrap().users;
    let hashing = Hashing::start(HashingSettings::default()).unwrap();
    let expected = [("dory", "dorypass", false), ("admin", "tiger", true), ("marlin", "marlinpass", false)];
    assert_eq!(users.len(), expected.len());
    for (user, (username, password, admin)) in users.iter().zip(expected) {
        assert_eq!((user.username.as_str(), user.admin), (username, admin));
        let ConfiguredPassword::Hashed(hash) = &user.password else { panic!("{username} has a plain password") };
        let verified = hashing.verify(password.into(), Some(hash.0.clone())).await.unwrap();
        assert_eq!(verified, Verified::Yes { needs_rehash: false }, "{username}");
    }
}

/// The scopes of KorAP beside `all` and `admin`.
const KORAP_SCOPES: &str = "authorize list_user_client install_user_client uninstall_user_client client_info register_client \
    deregister_client reset_client_secret search serialize_query match_info user_info user_group_info create_user_group delete_user_group \
    delete_user_group_member add_user_group_member add_user_group_member_role delete_user_group_member_role create_vc vc_info delete_vc \
    share_vc delete_vc_access vc_access_info create_default_setting read_default_setting delete_default_setting";

#[test]
fn req_m10_the_demo_s_clients_are_those_of_the_examples() {
    let config = demo();
    let clients: BTreeMap<_, _> = config
        .clients
        .iter()
        .map(|client| (client.id.as_str(), (client.secret.as_ref().map(|secret| secret.expose_secret().to_owned()), &client.registration)))
        .collect();
    assert_eq!(clients.len(), 7);
    let client = |id: &str, secret: Option<&str>| -> &Registration {
        let (found, registration) = &clients[id];
        assert_eq!(found.as_deref(), secret, "{id}");
        let kind = if secret.is_some() { ClientKind::Confidential } else { ClientKind::Public };
        assert_eq!((registration.kind, registration.name.as_str()), (kind, id));
        assert_eq!((registration.access_format, registration.rotate), (AccessFormat::Opaque, true), "{id}");
        registration
    };
    let code = GrantType::AuthorizationCode;
    let (password, refresh, own) = (GrantType::Password, GrantType::RefreshToken, GrantType::ClientCredentials);

    for id in ["SkyVaultapp", "alfrescoapp"] {
        let app = client(id, Some("secret"));
        assert_eq!(
            (&*app.grants, app.require_pkce),
            (&[code, GrantType::Implicit, password, refresh, own, GrantType::DeviceCode][..], false)
        );
        assert_eq!(app.redirect_uris, ["https://client.example.com/cb", "http://example.com/cb"]);
        assert_eq!((app.scopes.as_str(), app.default_scopes.as_str()), ("read write", "read write"));
        assert_eq!((app.access_lifetime(own).0, app.access_lifetime(password).0), (3600, 1800));
    }
    let orders = client("YOUR_CLIENT_ID", Some("YOUR_CLIENT_SECRET"));
    assert_eq!(orders.grants, [password, own]);
    assert_eq!((orders.audiences[0].as_str(), orders.audiences.len()), ("https://api.example.com", 1));
    assert!(orders.scopes.is_empty() && orders.default_scopes.is_empty());
    assert_eq!(orders.access_lifetime.0, 86_400);

    let kalamar = client("dRJnpFH6RHTr6L7bNhrn7F", Some("_IGaQqvUUrPTzRKJvqPYnA"));
    assert!(kalamar.super_client);
    assert_eq!(kalamar.grants, [password, code, refresh, own]);
    assert_eq!(kalamar.redirect_uris, ["http://example.client.com/redirect"]);
    assert_eq!((kalamar.scopes.as_str(), kalamar.default_scopes.as_str()), (&*format!("all admin {KORAP_SCOPES}"), "all"));
    assert_eq!(kalamar.access_lifetime.0, 259_200);

    let third_party = client("9aHsGW6QflV13ixNpez", Some("secret"));
    assert_eq!((&*third_party.grants, third_party.require_pkce), (&[code, refresh, own][..], false));
    assert_eq!(third_party.code_lifetime.0, 600);
    assert_eq!(third_party.redirect_uris, ["https://third.party.com/confidential/redirect"]);
    assert_eq!((third_party.scopes.as_str(), third_party.default_scopes.as_str()), (KORAP_SCOPES, ""));
    assert_eq!(third_party.client_credentials_scopes.as_ref().unwrap().as_str(), "client_info");
    assert_eq!(third_party.access_lifetime.0, 86_400);

    let desktop = client("8bIDtZnH6NvRkW2Fq", None);
    assert_eq!(desktop.grants, [code]);
    assert_eq!(desktop.redirect_uris, ["https://third.party.client.com/redirect"]);
    assert_eq!((desktop.scopes.as_str(), desktop.default_scopes.as_str()), (KORAP_SCOPES, ""));
    assert_eq!(desktop.access_lifetime.0, 31_536_000);

    let demo_app = client("demo-app", None);
    assert_eq!((&*demo_app.grants, demo_app.scopes.as_str(), demo_app.default_scopes.as_str()), (&[code, refresh][..], "read", "read"));
    assert_eq!((demo_app.access_lifetime.0, demo_app.require_pkce), (600, true));
    assert!(demo_app.redirect_uris[0].admits("http://127.0.0.1:9191/demo/app", demo_app.is_native()));

    for korap in [kalamar, third_party, desktop] {
        assert_eq!(korap.profiles, [Korap, Standard, Skyvault]);
        assert_eq!((korap.refresh_grace.0, korap.rotation_ends_access_tokens), (0, true));
    }
    // What KorAP gives to clients that can refresh.
    assert_eq!([kalamar, third_party].map(|korap| korap.refresh_lifetime.0), [31_536_000; 2]);
    for other in [client("SkyVaultapp", Some("secret")), orders, demo_app] {
        assert_eq!(other.profiles, [Standard, Skyvault]);
        assert_eq!((other.refresh_grace.0, other.refresh_lifetime.0, other.rotation_ends_access_tokens), (30, 2_592_000, false));
    }
    assert!(clients.iter().all(|(id, (_, registration))| registration.super_client == (*id == "dRJnpFH6RHTr6L7bNhrn7F")));
}

#[test]
fn the_store_is_where_it_is_said_to_be_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let init = |url: &str, name: &str| Init { demo: true, store: Some(url.to_owned()), folder: folder.path().join(name) }.run();
    init("postgres://it's@127.0.0.1/keyward", "a").unwrap();
    let config = config::load(&folder.path().join("a/keyward.toml")).unwrap();
    assert_eq!(config.store.to_string(), "postgres://127.0.0.1:5432/keyward");

    let url = "postgres://keyward:canary@127.0.0.1/passwords";
    let refused = init(url, "b").unwrap_err().to_string();
    assert!(refused.contains("password in an argument") && !refused.contains("canary"), "{refused}");
    let file = folder.path().join("it's.url");
    fs::write(&file, url).unwrap();
    init(&format!("@{}", file.display()), "c").unwrap();
    let config = config::load(&folder.path().join("c/keyward.toml")).unwrap();
    assert_eq!(config.store.to_string(), "postgres://127.0.0.1:5432/passwords");

    let refused = init("mysql://keyward:canary@127.0.0.1/keyward", "b").unwrap_err().to_string();
    assert!(refused.contains("--store: expected sqlite:PATH") && !refused.contains("canary"), "{refused}");
    assert!(!folder.path().join("b").exists());
}
