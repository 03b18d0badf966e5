//! Configuration files that are wrong, with the exact words of every complaint.

mod client;
mod directory;
mod korap;
mod pages;
mod registration;
mod values;

use super::{LEAST, problems};

/// Checks files, each with all that is said of it.
fn check(table: &[(&str, &[&str])]) {
    for (text, expected) in table {
        assert_eq!(problems(text), *expected, "\n{text}");
    }
}

/// The same for what follows after [`LEAST`], so from line 4 on.
fn check_after(table: &[(&str, &[&str])]) {
    for (more, expected) in table {
        assert_eq!(problems(&format!("{LEAST}{more}")), *expected, "\n{more}");
    }
}

#[test]
fn the_least_is_valid() {
    check(&[(LEAST, &[])]);
}

#[test]
fn what_has_to_be_there_is_asked_for_with_an_example() {
    const LISTENER: &str = "1:1: listener: expected at least one section [[listener]], found none; add one with its address";
    check(&[
        (
            "",
            &[
                "1:1: issuer: expected a URL with https, such as \"https://id.example.com\", found nothing; add it, for example issuer = \"https://id.example.com\"",
                LISTENER,
            ],
        ),
        ("issuer = \"https://id.example.com\"", &[LISTENER]),
    ]);
    check_after(&[
        (
            "[[client]]",
            &[
                "4:1: client.id: expected a client id, found nothing; add it, for example id = \"orders-app\"",
                "4:1: client.type: expected \"confidential\" or \"public\", found nothing; add it, for example type = \"confidential\"",
            ],
        ),
        (
            "[[user]]\nadmin = true",
            &[
                "4:1: user.username: expected a name of 1 to 256 bytes, found nothing; add it, for example username = \"alice\"",
                "4:1: user.username: expected one of password_hash, password_file, password, found none; add one",
            ],
        ),
        (
            "[[audience]]\nscopes = []",
            &[
                "4:1: audience.identifier: expected an absolute URI without a fragment, such as \"https://api.example.com\", found nothing; add it, for example identifier = \"https://api.example.com\"",
            ],
        ),
    ]);
}

#[test]
fn an_unknown_setting_is_named_with_what_was_probably_meant() {
    check_after(&[
        ("[tokens]\nacess_format = \"jwt\"", &["5:1: tokens.acess_format: unknown setting; did you mean access_format?"]),
        ("[token]\naccess_format = \"jwt\"", &["4:2: token: unknown setting; did you mean tokens?"]),
        ("[throttle]\nspeed = 1", &["5:1: throttle.speed: unknown setting; known here: enabled"]),
        (
            "issuer = \"https://id.example.com\"",
            &["4:1: listener.issuer: unknown setting; move issuer to the top of the file, above the first [section]"],
        ),
        (
            "authentication.oauth.jwt = true",
            &["4:1: listener.authentication: unknown setting; move authentication to the top of the file, above the first [section]"],
        ),
        ("[authentication.oath]\njwt = true", &["4:17: authentication.oath: unknown setting; did you mean oauth?"]),
    ]);
}

#[test]
fn what_is_there_twice_is_named_each_time() {
    check_after(&[
        ("[log]\nlevel = \"info\"\nlevel = \"warn\"", &["6:1: found level a second time; remove one of the two"]),
        ("[log]\nlevel = \"info\"\n[cors]\n[log]", &["7:2: found log a second time; remove one of the two"]),
        (
            "[[client]]\nid = \"a\"\ntype = \"public\"\n[[client]]\nid = \"a\"\ntype = \"public\"",
            &["8:6: client.id: expected another than in line 5, found a again; change or remove one of them"],
        ),
        (
            "[[user]]\nusername = \"dory\"\npassword = \"x\"\n[[user]]\nusername = \"Dory\"\npassword = \"x\"",
            &["8:12: user.username: expected another than in line 5, found dory again; change or remove one of them"],
        ),
        (
            "[[audience]]\nidentifier = \"https://a\"\n[[audience]]\nidentifier = \"https://a\"",
            &["7:14: audience.identifier: expected another than in line 5, found https://a again; change or remove one of them"],
        ),
        (
            "[[listener]]\naddress = \"127.0.0.1:8080\"\n[metrics]\naddress = \"127.0.0.1:8080\"",
            &[
                "5:11: listener.address: expected another than in line 3, found 127.0.0.1:8080 again; change or remove one of them",
                "7:11: metrics.address: expected another than in line 3, found 127.0.0.1:8080 again; change or remove one of them",
            ],
        ),
        ("[[listener]]\naddress = \"127.0.0.1:0\"\n[[listener]]\naddress = \"127.0.0.1:0\"", &[]),
        (
            "[[client]]\nid = \"a\"\ntype = \"public\"\nscopes = [\"read\", \"read\"]",
            &["7:19: client.scopes: expected each only once, found \"read\" again; remove it"],
        ),
    ]);
}

#[test]
fn a_section_in_the_wrong_brackets_says_which_are_right() {
    check_after(&[
        (
            "[client]\nid = \"a\"",
            &["4:1: client: expected a section [[client]] for each, found a single one; write its name in double brackets"],
        ),
        (
            "[[store]]\nurl = \"sqlite:a\"",
            &["4:1: store: expected one section [store], found a list; write its name in single brackets, once"],
        ),
    ]);
    check(&[(
        "issuer = \"https://id.example.com\"\nlog = \"info\"\nlistener = [1]",
        &[
            "2:7: log: expected one section [log], found a plain value; write its settings below its name in brackets",
            "3:13: listener: expected a section [[listener]] for each, found a list of plain values; write its name in double brackets",
        ],
    )]);
}

#[test]
fn the_two_spellings_of_a_setting_must_not_contradict_each_other() {
    check_after(&[
        (
            "[authentication.oauth]\njwt = true\ncorsFilter = true\ntokenValidityInSeconds = 604800\n[tokens]\naccess_format = \"opaque\"\naccess_lifetime = \"1h\"\n[cors]\nenabled = false",
            &[
                "5:7: authentication.oauth.jwt: expected the same as tokens.access_format in line 9, found another value; remove one of the two",
                "6:14: authentication.oauth.corsFilter: expected the same as cors.enabled in line 12, found another value; remove one of the two",
                "7:26: authentication.oauth.tokenValidityInSeconds: expected the same as tokens.access_lifetime in line 10, found another value; remove one of the two",
            ],
        ),
        ("[authentication.oauth]\njwt = true\n[tokens]\naccess_format = \"jwt\"", &[]),
        (
            "[authentication.oauth]\ntokenValidityInSeconds = \"604800\"\nCorsFilter = true",
            &[
                "5:26: authentication.oauth.tokenValidityInSeconds: expected a whole number from 1 to 31536000, found \"604800\"; write it without the quotes",
                "6:1: authentication.oauth.CorsFilter: unknown setting; did you mean corsFilter?",
            ],
        ),
    ]);
}

#[test]
fn a_file_that_cannot_be_read_says_how_to_get_one() {
    let missing = crate::config::load(std::path::Path::new("none/keyward.toml")).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read the configuration file none/keyward.toml: "), "{missing}");
    assert!(missing.ends_with("make one with: keyward init DIR"), "{missing}");
}
