//! Secrets: where they may come from, and that nothing ever shows them.

use std::{ffi::OsString, fs, os::unix::ffi::OsStringExt};

use keyward_server::provision::ConfiguredPassword;
use secrecy::ExposeSecret;

use super::{LEAST, read, valid};
use crate::config::{Config, parse, problem::LoadError};

const CANARY: &str = "cAnArY";

/// A client whose secret is where `secret` says, in a folder with the file `app.secret`.
fn client_with(secret: &str, content: &[u8], variable: Option<&OsString>) -> Result<Config, LoadError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.secret"), content).unwrap();
    let text = format!("{LEAST}[[client]]\nid = \"app\"\ntype = \"confidential\"\n{secret}");
    parse(&folder.path().join("keyward.toml"), &text, &|name| variable.filter(|_| name == "APP_SECRET").cloned())
}

#[test]
fn a_secret_is_read_from_the_file_a_file_or_a_variable() {
    for (secret, content, variable) in [
        ("secret = \"cAnArY\"", "", None),
        ("secret_file = \"app.secret\"", "cAnArY", None),
        ("secret_file = \"app.secret\"", "cAnArY\n", None),
        ("secret_file = \"app.secret\"", "cAnArY\r\n", None),
        ("secret_env = \"APP_SECRET\"", "", Some(CANARY.into())),
    ] {
        let config = client_with(secret, content.as_bytes(), variable.as_ref()).unwrap();
        assert_eq!(config.clients[0].secret.as_ref().unwrap().expose_secret(), CANARY, "{secret}");
    }
}

#[test]
fn sec_q06_a_secret_that_cannot_be_taken_is_refused_without_being_shown() {
    let file = "secret_file = \"app.secret\"";
    let variable = "secret_env = \"APP_SECRET\"";
    let long = CANARY.repeat(700);
    let table: [(&str, &[u8], Option<OsString>, &str); 9] = [
        (file, b"cAnArY\n\n", None, "app.secret, found a line break or another control character in it"),
        (file, b"cAnArY\nmore", None, "app.secret, found a line break or another control character in it"),
        (file, b"", None, "app.secret, found an empty one"),
        (file, b"cAnArY\xFF", None, "stream did not contain valid UTF-8; a relative path starts at the folder of this file"),
        (file, long.as_bytes(), None, "app.secret, found a longer one"),
        ("secret_file = \"none\"", b"", None, "(os error 2); a relative path starts at the folder of this file"),
        (variable, b"", None, "expected the secret in the environment variable APP_SECRET, found no such variable; set it"),
        (
            variable,
            b"",
            Some("cAnArY\n".into()),
            "the environment variable APP_SECRET, found a line break or another control character in it",
        ),
        (variable, b"", Some(OsString::from_vec(b"cAnArY\xFF".into())), "APP_SECRET, found bytes that are no UTF-8; set it anew"),
    ];
    for (secret, content, variable, end) in table {
        let error = client_with(secret, content, variable.as_ref()).unwrap_err();
        let LoadError::Invalid(problems) = &error else { panic!("{error}") };
        assert!(problems[0].message.ends_with(end), "{error}");
        assert_eq!(problems.len(), 1, "{error}");
        assert!(!format!("{error} {error:?}").contains(CANARY), "{error}");
    }
}

#[test]
fn sec_q06_no_complaint_shows_a_secret_however_the_line_is_broken() {
    let client = "[[client]]\nid = \"a\"\ntype = \"confidential\"\n";
    let user = "[[user]]\nusername = \"a\"\n";
    for more in [
        format!("{client}secret = cAnArY"),
        format!("{client}secret = \"cAnArY"),
        format!("{client}secret = 'cAnArY\""),
        format!("{client}secret = \"cAn\\qcAnArY\""),
        format!("{client}secret = \"\"\"cAnArY\n"),
        format!("{client}secret = \"a\" cAnArY"),
        format!("{client}secret = \"a\" \"cAnArY\""),
        format!("{client}secret \"cAnArY\""),
        format!("{client}secret = \"cAnArY\u{7}\""),
        format!("{client}secret = \"cAnArY\\n\""),
        format!("{client}secret = [\"cAnArY\"]"),
        format!("{client}secret = {{ is = \"cAnArY\" }}"),
        format!("{client}secret = \"cAnArY\"\nsecret = \"cAnArY\""),
        format!("{client}secret = \"cAnArY\"\nsecret.x = \"cAnArY\""),
        format!("{client}secrets = \"cAnArY\""),
        format!("{user}password = [\"cAnArY\"]"),
        format!("{user}password_hash = \"cAnArY\""),
        format!("{user}password_hash = \"$argon2id$cAnArY\""),
        format!("{user}password_hash = \"$2b$12$cAnArYcAnArYcAnArYcAnAcAnArYcAnArYcAnArYcAnArYcAnArY\""),
        format!("{user}password = \"cAnArY\"\npassword_file = \"x\""),
        "[store]\nurl = \"postgres://keyward:cAnArY@db/keyward\"".to_owned(),
        "[store]\nurl = \"postgres://db/keyward?password=cAnArY\"".to_owned(),
        "[cors]\norigins = [\"https://a:cAnArY@b\"]".to_owned(),
    ] {
        let error = read(&format!("{LEAST}{more}")).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(CANARY), "{more}\n{error}");
    }
}

#[test]
fn sec_q06_the_configuration_shows_no_secret_either() {
    let config = valid(
        "[[client]]\nid = \"a\"\ntype = \"confidential\"\nsecret = \"cAnArY\"\n[[user]]\nusername = \"a\"\npassword = \"cAnArY\"\n\
         [[user]]\nusername = \"b\"\npassword_hash = \"$argon2id$v=19$m=8,t=1,p=1$cAnArYcAnArY$cAnArYcAnArYcAnArYcAnArY\"\n",
    );
    let shown = format!("{config:?}");
    assert!(shown.contains("ConfiguredUser"), "{shown}");
    assert!(!shown.contains(CANARY), "{shown}");
}

#[test]
fn a_password_is_one_of_hash_file_and_itself() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("alice"), "tiger\n").unwrap();
    let user = |password: &str| {
        let text = format!("{LEAST}[[user]]\nusername = \"alice\"\nadmin = true\n{password}");
        parse(&folder.path().join("keyward.toml"), &text, &|_| None).map(|config| config.users[0].clone())
    };
    for password in ["password = \"tiger\"", "password_file = \"alice\""] {
        let alice = user(password).unwrap();
        let ConfiguredPassword::Plain(plain) = alice.password else { panic!("{password}") };
        assert_eq!((plain.expose_secret(), alice.admin), ("tiger", true));
    }
    let phc = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$7xx2Yh3vF5sbfeXbBNVZVQ";
    let ConfiguredPassword::Hashed(hash) = user(&format!("password_hash = \"{phc}\"")).unwrap().password else { panic!() };
    assert_eq!(&*hash.0, phc);
}

#[test]
fn a_hash_that_no_login_could_be_compared_with_is_refused() {
    let expected = "expected an argon2 hash in PHC form: $argon2id$v=19$m=…,t=…,p=…$salt$hash, found";
    for (hash, found) in [
        ("tiger", "something else"),
        ("$scrypt$ln=17,r=8,p=1$c2FsdHNhbHQ$7xx2Yh3vF5sbfeXbBNVZVQ", "the hash of another algorithm"),
        ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ", "something else"),
        ("$argon2id$v=19$m=1,t=2,p=1$c2FsdHNhbHQ$7xx2Yh3vF5sbfeXbBNVZVQ", "something else"),
        ("$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHQ$7xx2Yh3vF5sbfeXbBNVZVQ", "one that takes 9999999 KiB and 2 passes"),
    ] {
        let text = format!("{LEAST}[[user]]\nusername = \"alice\"\npassword_hash = \"{hash}\"");
        let error = read(&text).unwrap_err().to_string();
        let message = format!("keyward.toml:6:17: user.password_hash: {expected} {found}; a password itself goes to password_file\n");
        assert!(error.starts_with(&message), "{error}");
    }
}
