//! `keyward check-config`: every mistake is named by file, line and key.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::command::{KEYWARD, Said, run};
use crate::fixture::{C1, MACHINE};
use crate::postgres;
use crate::server::Home;

/// Writes the configuration, checks it, and asserts that the complaint names the file, the line of `culprit` in it,
/// and `key`.
fn assert_named(home: &Home, culprit: &str, key: &str) {
    let complaint = home.keyward(&["check-config"]).failed();
    let text = fs::read_to_string(home.config_path()).unwrap();
    let lines: Vec<_> = (1..).zip(text.lines()).filter(|(_, line)| line.contains(culprit)).map(|(n, _)| n).collect();
    assert!(!lines.is_empty(), "{culprit} is in the file");
    let named = lines.iter().any(|n: &usize| complaint.contains(&format!("keyward.toml:{n}")) || complaint.contains(&format!("line {n}")));
    assert!(named, "{culprit} is in line {lines:?}: {complaint}");
    assert!(complaint.contains("keyward.toml") && complaint.contains(key), "{complaint}");
    assert!(!complaint.contains("panicked"), "{complaint}");
}

#[test]
fn the_demo_is_valid() {
    Home::demo().keyward(&["check-config"]).done();
}

#[test]
fn unknown_keys_and_bad_values_are_named_by_file_line_and_key() {
    for (settings, culprit, key) in [
        ("[tokens]\nrefresh_gracee = '30s'", "refresh_gracee", "refresh_gracee"),
        ("[tokenz]\nrefresh_grace = '30s'", "[tokenz]", "tokenz"),
        ("[tokens]\naccess_lifetime = 'soon'", "'soon'", "access_lifetime"),
        ("[tokens]\naccess_lifetime = '0s'", "access_lifetime", "access_lifetime"),
        ("[tokens]\naccess_lifetime = true", "access_lifetime", "access_lifetime"),
        ("[tokens]\naccess_format = 'paper'", "access_format", "access_format"),
        ("[tokens]\nrefresh_lifetime = '400d'", "refresh_lifetime", "refresh_lifetime"),
        ("[keys]\nalgorithm = 'HS256'", "algorithm", "algorithm"),
        ("[keys]\nalgorithm = 'none'", "algorithm", "algorithm"),
        ("[store]\nurl = 'oracle:thing'", "oracle", "url"),
        ("[log]\nformat = 'xml'", "format", "format"),
        ("[log]\nlevel = 'shout'", "level", "level"),
        ("[limits]\nbody = -1", "body", "body"),
        ("[limits]\nheader_time = '-1s'", "header_time", "header_time"),
        ("[passwords]\nthreads = 0", "threads", "threads"),
        ("[metrics]\naddress = 'everywhere'", "everywhere", "address"),
        ("[cors]\norigins = ['not an origin']", "not an origin", "origins"),
        ("[authentication.oauth]\njwtt = true", "jwtt", "jwtt"),
    ] {
        // Written with the quotes the serializer prefers.
        assert_named(&Home::demo().with(settings), &culprit.replace('\'', "\""), key);
    }
    for issuer in ["not-a-url", "ftp://127.0.0.1", "http://127.0.0.1:9191/?x=1", "http://127.0.0.1:9191/#f"] {
        assert_named(&Home::demo().with(&format!("issuer = '{issuer}'")), issuer, "issuer");
    }
}

#[test]
fn mistakes_in_clients_users_and_listeners_are_named() {
    for (settings, culprit, key) in [
        ("type = 'secret'", "type = \"secret\"", "type"),
        ("grants = ['passwort']", "passwort", "grants"),
        ("profiles = ['legacy']", "legacy", "profiles"),
        ("audiences = ['https://unknown.example']", "https://unknown.example", "audiences"),
        ("resource_server_for = ['https://unknown.example']", "https://unknown.example", "resource_server_for"),
        ("default_scopes = ['elsewhere']", "elsewhere", "default_scopes"),
        ("client_credentials_scopes = ['elsewhere']", "elsewhere", "client_credentials_scopes"),
        ("scopes = ['re ad']", "re ad", "scopes"),
        ("scopes = ['read', 'all']\nclient_credentials_scopes = ['read']", "\"all\"", "scopes"),
        ("refresh_lifetime = '366d'", "366d", "refresh_lifetime"),
        ("secret = ''", "secret = \"\"", "secret"),
        ("frobnicate = 1", "frobnicate", "frobnicate"),
    ] {
        assert_named(&Home::demo().with_client(MACHINE.0, settings), culprit, key);
    }
    assert_named(&Home::demo().with_listener("standard", "profile = 'legacy'"), "legacy", "profile");
    assert_named(&Home::demo().with_listener("standard", "certificate_file = 'c.pem'"), "c.pem", "certificate_file");
    let proxies = "trusted_proxies = ['10.0.0.0/99']";
    assert_named(&Home::demo().with_listener("standard", proxies), "10.0.0.0/99", "trusted_proxies");
    assert_named(&Home::demo().with("[[user]]\nusername = 'x'\npassword = ''"), "password = \"\"", "password");
    let public_super = "type = 'public'\nsuper = true";
    assert_named(&Home::demo().with_client("P", public_super), "super = true", "super");
}

#[test]
fn names_that_are_taken_are_named() {
    let twice = "[[client]]\nid = 'C1'\ntype = 'confidential'\nsecret = 'x-Jw8'\ngrants = []\nscopes = []";
    assert_named(&Home::demo().with(twice), "id = \"C1\"", "client.id");
    let twice = "[[user]]\nusername = 'dory'\npassword = 'x'";
    assert_named(&Home::demo().with(twice), "username = \"dory\"", "user.username");
}

#[test]
fn a_confidential_client_without_a_secret_and_a_file_that_is_missing_are_named() {
    let no_secret = "[[client]]\nid = 'C9'\ntype = 'confidential'\ngrants = []\nscopes = []";
    assert_named(&Home::demo().with(no_secret), "C9", "secret");
    let two = "secret_file = 'secret.txt'";
    assert_named(&Home::demo().with_client(MACHINE.0, two), "secret.txt", "secret");
    let missing = "[[client]]\nid = 'C9'\ntype = 'confidential'\nsecret_file = 'none.txt'\ngrants = []\nscopes = []";
    assert_named(&Home::demo().with(missing), "none.txt", "secret_file");
    let unset = "[[client]]\nid = 'C9'\ntype = 'confidential'\nsecret_env = 'KEYWARD_NO_SUCH'\ngrants = []\nscopes = []";
    assert_named(&Home::demo().with(unset), "KEYWARD_NO_SUCH", "secret_env");
}

#[test]
fn what_a_server_would_open_is_looked_at_and_nothing_is_made() {
    if postgres::is_the_store() {
        return;
    }
    let home = Home::demo();
    home.keyward(&["check-config"]).done();
    assert!(!home.database().exists() && !home.root_key().exists());
    for (settings, culprit, key) in [
        ("[store]\nurl = 'sqlite:none/keyward.db'", "sqlite:none", "store.url: cannot open the database"),
        ("[store]\nurl = 'sqlite:.'", "sqlite:.", "store.url: cannot open the database"),
        ("[keys]\nroot_key_file = 'none/root.key'", "none/root.key", "keys.root_key_file: expected a folder"),
        ("[keys]\nroot_key_file = '.'", "root_key_file = \".\"", "keys.root_key_file: the root key"),
    ] {
        assert_named(&Home::demo().with(settings), culprit, key);
    }
    fs::write(home.database(), "a letter, and no database".repeat(100)).unwrap();
    assert_named(&home, "sqlite:", "it is no SQLite database");
}

#[test]
fn a_root_key_that_others_can_read_or_that_is_none_is_named() {
    let home = Home::demo();
    for (text, mode, said) in [("x", 0o600, "holds no root key"), ("x", 0o644, "chmod 600")] {
        fs::write(home.root_key(), text).unwrap();
        fs::set_permissions(home.root_key(), Permissions::from_mode(mode)).unwrap();
        assert_named(&home, "root_key_file", &format!("keys.root_key_file: the {}", if mode == 0o600 { "file" } else { "root key" }));
        assert!(home.keyward(&["check-config"]).failed().contains(said));
    }
}

#[test]
fn certificates_that_cannot_be_served_are_named() {
    let tls = "certificate_file = 'c.pem'\nprivate_key_file = 'k.pem'";
    let home = Home::demo().with_listener("standard", tls);
    let [one, other] = [(), ()].map(|()| rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap());
    let check = |certificate: &str, key: &str, culprit: &str, said: &str| {
        fs::write(home.path("c.pem"), certificate).unwrap();
        fs::write(home.path("k.pem"), key).unwrap();
        assert_named(&home, culprit, said);
    };
    let (certificate, key) = (one.cert.pem(), one.signing_key.serialize_pem());
    check("nothing", &key, "c.pem", "listener.certificate_file: ");
    check(&certificate, "nothing", "k.pem", "listener.private_key_file: ");
    check(&certificate, &other.signing_key.serialize_pem(), "k.pem", "does not fit the certificate");
    fs::write(home.path("k.pem"), key).unwrap();
    home.keyward(&["check-config"]).done();
}

#[test]
fn what_is_not_toml_is_named_by_its_line() {
    let home = Home::demo();
    home.write();
    let mut text = fs::read_to_string(home.config_path()).unwrap();
    let line = text.lines().count() + 1;
    text.push_str("this is not TOML\n");
    fs::write(home.config_path(), text).unwrap();
    let mut command = std::process::Command::new(KEYWARD);
    let Said { ok, err, .. } = run(command.args(["check-config", "--config"]).arg(home.config_path()), "");
    assert!(!ok && err.contains("keyward.toml"), "{err}");
    assert!(err.contains(&format!("line {line}")) || err.contains(&format!("keyward.toml:{line}")), "{err}");
}

#[test]
fn a_broken_template_is_named_by_file_and_line() {
    let home = Home::demo().with("[pages]\ntemplates = 'templates'");
    fs::create_dir(home.path("templates")).unwrap();
    let template = home.path("templates/login.html");
    fs::write(&template, "{% extends \"base.html\" %}\n{% block title %}Hello{% endblock %}\n").unwrap();
    home.keyward(&["check-config"]).done();
    for broken in ["{% block %}", "{% block main %}{{ page.nobody }}{% endblock %}", "{{ t(\"no-such-text\") }}"] {
        fs::write(&template, format!("{{% extends \"base.html\" %}}\n\n{broken}\n")).unwrap();
        let complaint = home.keyward(&["check-config"]).failed();
        assert!(complaint.contains("templates/login.html:3: "), "{broken}: {complaint}");
    }
    fs::write(home.path("logo.gif"), "GIF89a").unwrap();
    assert_named(&Home::demo().with(&format!("[pages]\nlogo = '{}'", home.path("logo.gif").display())), "logo.gif", "pages.logo");
    assert_named(&Home::demo().with("[pages.texts.de]\nlogin-client = '{ $nobody }'"), "[pages", "pages.texts");
}

#[test]
fn every_page_is_written_to_be_looked_at() {
    let home = Home::demo().with("[pages]\nname = 'Example ID'");
    let folder = home.path("pages");
    let said = home.keyward(&["check-config", "--pages", folder.to_str().unwrap()]).done();
    assert!(said.contains("pages to") && said.contains("pages/index.html"), "{said}");
    let index = fs::read_to_string(folder.join("index.html")).unwrap();
    let listed = index.matches("<a href=").count();
    assert_eq!(listed, fs::read_dir(&folder).unwrap().count() - 3, "all but the index, the style and the logo");
    let page = fs::read_to_string(folder.join("de-01-login.html")).unwrap();
    assert!(page.contains("<title>Anmelden – Example ID</title>") && page.contains("href=\"pages.css"), "{page}");
    assert!(folder.join("pages.css").is_file() && folder.join("logo.svg").is_file());
    fs::write(home.path("a-file"), "").unwrap();
    let complaint = home.keyward(&["check-config", "--pages", home.path("a-file").to_str().unwrap()]).failed();
    assert!(complaint.contains("cannot write") && complaint.contains("a-file") && complaint.contains("name a folder"), "{complaint}");
}

#[test]
fn a_secret_never_appears_in_a_complaint() {
    let home = Home::demo().with_client(C1.0, "secret = 7\nfrobnicate = 'x'");
    let complaint = home.keyward(&["check-config"]).failed();
    assert!(!complaint.contains(MACHINE.1) && !complaint.contains("dorypass"), "{complaint}");
    let home = Home::demo().with_client(C1.0, "secret = ['canary-secret']");
    let complaint = home.keyward(&["check-config"]).failed();
    assert!(!complaint.contains("canary-secret"), "not even the one that is wrong: {complaint}");
}
