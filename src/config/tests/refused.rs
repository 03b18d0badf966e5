//! Configuration files that are wrong, with the exact words of every complaint.

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
fn durations_have_a_unit_and_bounds() {
    check_after(&[
        (
            "[tokens]\naccess_lifetime = 30\nrefresh_lifetime = \"soon\"\nrefresh_grace = \"61s\"",
            &[
                "5:19: tokens.access_lifetime: expected a duration from 1s to 365d, found 30; write it in quotes and with its unit, in seconds \"30s\"",
                "6:20: tokens.refresh_lifetime: expected a duration from 1s to 365d, found \"soon\"; write a number and a unit: \"30s\", \"10m\", \"1h\" or \"30d\"",
                "7:17: tokens.refresh_grace: expected a duration from 0s to 1m, found \"61s\"",
            ],
        ),
        (
            "[tokens]\naccess_lifetime = \"0s\"\nrefresh_lifetime = \"366d\"\nrefresh_grace = \"2M\"",
            &[
                "5:19: tokens.access_lifetime: expected a duration from 1s to 365d, found \"0s\"",
                "6:20: tokens.refresh_lifetime: expected a duration from 1s to 365d, found \"366d\"",
                "7:17: tokens.refresh_grace: expected a duration from 0s to 1m, found \"2M\"",
            ],
        ),
        (
            "[tokens]\naccess_lifetime = \"1H30M\"\nrefresh_lifetime = \"1500ms\"",
            &[
                "5:19: tokens.access_lifetime: expected a duration from 1s to 365d, found \"1H30M\"; a capital unit stands alone: \"30S\", \"10M\" (minutes), \"1H\" or \"1D\"",
                "6:20: tokens.refresh_lifetime: expected a duration from 1s to 365d, found \"1500ms\"; write whole seconds",
            ],
        ),
        (
            "[[client]]\nid = \"a\"\ntype = \"public\"\nrefresh_lifetime = \"31536001s\"\nrefresh_grace = \"1h\"",
            &[
                "7:20: client.refresh_lifetime: expected a duration from 1s to 365d, found \"31536001s\"",
                "8:17: client.refresh_grace: expected a duration from 0s to 1m, found \"1h\"",
            ],
        ),
    ]);
}

#[test]
fn numbers_words_and_switches_say_what_they_can_be() {
    check_after(&[
        (
            "[limits]\nbody = \"65536\"\nconnections = 0\n[passwords]\nthreads = -1\nqueue = 1.5",
            &[
                "5:8: limits.body: expected a whole number from 1024 to 16777216, found \"65536\"; write it without the quotes",
                "6:15: limits.connections: expected a whole number from 1 to 1000000, found 0",
                "8:11: passwords.threads: expected a whole number from 1 to 1024, found -1",
                "9:9: passwords.queue: expected a whole number from 1 to 1048576, found 1.5",
            ],
        ),
        (
            "[log]\nlevel = \"verbose\"\nformat = true\n[throttle]\nenabled = \"true\"\n[keys]\nalgorithm = \"HS256\"",
            &[
                "5:9: log.level: expected \"error\", \"warn\", \"info\", \"debug\" or \"trace\", found \"verbose\"",
                "6:10: log.format: expected \"text\" or \"json\", found true; write it in quotes",
                "8:11: throttle.enabled: expected true or false, found \"true\"; write it without the quotes",
                "10:13: keys.algorithm: expected \"EdDSA\", \"ES256\" or \"RS256\", found \"HS256\"; did you mean \"ES256\"?",
            ],
        ),
        (
            "[keys]\nroot_key_file = \"a\"\nroot_key_env = \"B\"",
            &["6:16: keys.root_key_env: expected only one of root_key_file, root_key_env, found root_key_file too; remove one of them"],
        ),
        (
            "[store]\nurl = \"postgres://db.example.com/keyward\"",
            &["5:7: store.url: expected \"sqlite:\" and a path, found \"postgres://db.example.com/keyward\"; SQLite is the store there is"],
        ),
        (
            "[store]\nurl = \"sqlite://keyward.db\"",
            &[
                "5:7: store.url: expected \"sqlite:\" and a path, found \"sqlite://keyward.db\"; write sqlite:keyward.db or sqlite:/folder/keyward.db",
            ],
        ),
        (
            "[cors]\nenabled = true\norigins = [\"*\", \"https://app.example.com/\"]",
            &[
                "6:12: cors.origins: expected an origin such as \"https://app.example.com\", found \"*\"; list each origin, without wildcards",
                "6:17: cors.origins: expected an origin such as \"https://app.example.com\", found \"https://app.example.com/\"; write it as browsers send it: \"https://app.example.com\"",
            ],
        ),
    ]);
}

#[test]
fn an_issuer_has_one_spelling() {
    let expected = "1:10: issuer: expected a URL with https, such as \"https://id.example.com\", found";
    for (issuer, rest) in [
        ("http://id.example.com", "\"http://id.example.com\"; write https; http is for 127.0.0.1, [::1] and localhost"),
        ("https://id.example.com/", "\"https://id.example.com/\"; write it without the slash at the end: \"https://id.example.com\""),
        ("https://id.example.com?a=b", "a URL with a user name or a query; leave out the query and the fragment"),
        ("https://id.example.com#a", "\"https://id.example.com#a\"; leave out the query and the fragment"),
        ("id.example.com", "\"id.example.com\"; write scheme and host"),
    ] {
        let text = LEAST.replace("https://id.example.com", issuer);
        assert_eq!(problems(&text), [format!("{expected} {rest}")]);
    }
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
fn a_listener_has_an_address_in_numbers_and_both_tls_files_or_none() {
    check_after(&[
        (
            "[[listener]]\naddress = \"localhost:9191\"\n[[listener]]\naddress = \"127.0.0.1\"\n[[listener]]\naddress = \"9191\"\nprofile = \"spring\"",
            &[
                "5:11: listener.address: expected an address and a port, such as \"127.0.0.1:8080\", found \"localhost:9191\"; write the address in numbers: \"127.0.0.1:9191\"",
                "7:11: listener.address: expected an address and a port, such as \"127.0.0.1:8080\", found \"127.0.0.1\"; add the port",
                "9:11: listener.address: expected an address and a port, such as \"127.0.0.1:8080\", found \"9191\"; add the address: \"127.0.0.1:9191\"",
                "10:11: listener.profile: expected \"standard\", \"skyvault\" or \"korap\", found \"spring\"",
            ],
        ),
        (
            "certificate_file = \"none/certificate.pem\"\ntrusted_proxies = [\"10.0.0.0/8\", \"proxy\"]",
            &[
                "2:1: listener.private_key_file: expected the key of certificate_file, found nothing; add private_key_file",
                "4:20: listener.certificate_file: expected a file, found none at none/certificate.pem; a relative path starts at the folder of this file",
                "5:34: listener.trusted_proxies: expected an address or a network, such as \"10.0.0.0/8\", found \"proxy\"; write it in numbers",
            ],
        ),
        (
            "private_key_file = \"none/key.pem\"",
            &[
                "2:1: listener.certificate_file: expected the certificate of private_key_file, found nothing; add certificate_file",
                "4:20: listener.private_key_file: expected a file, found none at none/key.pem; a relative path starts at the folder of this file",
            ],
        ),
    ]);
}

#[test]
fn sec_e01_a_confidential_client_has_one_secret_and_a_public_client_none() {
    let mend = "expected one of secret, secret_file, secret_env, since the client is confidential, found none; add one, or make it public";
    check_after(&[
        ("[[client]]\nid = \"a\"\ntype = \"confidential\"", &[&format!("5:6: client.id: {mend}")]),
        (
            "[[client]]\nid = \"a\"\ntype = \"public\"\nsecret = \"s\"",
            &["7:10: client.secret: expected no secret, since the client is public, found one; remove it, or make it confidential"],
        ),
        (
            "[[client]]\nid = \"a\"\ntype = \"confidential\"\nsecret = \"s\"\nsecret_env = \"S\"",
            &["8:14: client.secret_env: expected only one of secret, secret_file, secret_env, found secret too; remove one of them"],
        ),
        (
            "[[client]]\nid = \"a\"\ntype = \"confidential\"\nsecret = \"\"",
            &["7:10: client.secret: expected a text of 1 to 4096 bytes without control characters, found an empty one"],
        ),
        ("[[client]]\nid = \"a\"\ntype = \"public\"", &[]),
        ("[[client]]\nid = \"a\"\ntype = \"confidential\"\nsecret = \"s\"", &[]),
    ]);
}

#[test]
fn what_a_public_client_cannot_be_trusted_with_is_refused() {
    check_after(&[(
        "[[client]]\nid = \"a\"\ntype = \"public\"\nsuper = true\ngrants = [\"client_credentials\"]",
        &[
            "7:9: client.super: expected super = true only for confidential clients, found it for a public one; remove it",
            "8:10: client.grants: expected client_credentials only for confidential clients, found it for a public one; remove it",
        ],
    )]);
}

#[test]
fn req_s02_the_scope_all_is_for_super_clients() {
    let message = "expected the scope all only for clients with super = true, found it here; list the scopes that are needed";
    let client = "[[client]]\nid = \"a\"\ntype = \"confidential\"\nsecret = \"s\"\n";
    let lists = "scopes = [\"all\", \"read\"]\ndefault_scopes = [\"all\"]\nclient_credentials_scopes = [\"all\"]\n";
    check_after(&[
        (
            &format!("{client}{lists}"),
            &[
                &format!("8:10: client.scopes: {message}"),
                &format!("9:18: client.default_scopes: {message}"),
                &format!("10:29: client.client_credentials_scopes: {message}"),
            ],
        ),
        (&format!("{client}{lists}super = true"), &[]),
        (&format!("{client}scopes = [\"install_user_client\"]"), &[]),
        ("[[audience]]\nidentifier = \"https://a\"\nscopes = [\"all\"]", &[&format!("6:10: audience.scopes: {message}")]),
    ]);
}

#[test]
fn scopes_and_audiences_of_a_client_have_to_be_listed() {
    let client = "[[client]]\nid = \"a\"\ntype = \"confidential\"\nsecret = \"s\"\n";
    let audience = "[[audience]]\nidentifier = \"https://a\"\nscopes = [\"orders\"]\n";
    check_after(&[
        (
            &format!("{client}scopes = [\"read\"]\ndefault_scopes = [\"read\", \"orders\"]\nclient_credentials_scopes = [\"write\"]"),
            &[
                "9:18: client.default_scopes: expected scopes of the client or of its audiences only, found \"orders\"; add it to scopes, or remove it",
                "10:29: client.client_credentials_scopes: expected scopes of the client or of its audiences only, found \"write\"; add it to scopes, or remove it",
            ],
        ),
        (&format!("{client}audiences = [\"https://a\"]\ndefault_scopes = [\"orders\"]\n{audience}"), &[]),
        (
            &format!("{client}audiences = [\"https://b\"]\nresource_server_for = [\"https://c\", \"https://a\"]\n{audience}"),
            &[
                "8:13: client.audiences: expected audiences that an [[audience]] lists, found \"https://b\"; add one for it, or remove it",
                "9:23: client.resource_server_for: expected audiences that an [[audience]] lists, found \"https://c\"; add one for it, or remove it",
            ],
        ),
        (&format!("{client}audiences = [\"https://b\"]"), &[]),
        (
            &format!("{client}scopes = [\"a b\", \"\"]\ndefault_scopes = [\"orders\"]"),
            &[
                "8:11: client.scopes: expected one scope word, found \"a b\"; write each word in quotes of its own",
                "8:18: client.scopes: expected one scope word, found \"\"; leave it out",
            ],
        ),
    ]);
}

#[test]
fn an_algorithm_needs_tokens_that_are_signed() {
    let client = "[[client]]\nid = \"a\"\ntype = \"public\"\nalgorithm = \"ES256\"\n";
    check_after(&[
        (
            client,
            &[
                "7:13: client.algorithm: expected access tokens in the form jwt beside it, found opaque; add access_format = \"jwt\", or remove algorithm",
            ],
        ),
        (&format!("{client}access_format = \"jwt\""), &[]),
        (&format!("{client}[tokens]\naccess_format = \"jwt\""), &[]),
        (
            "[[audience]]\nidentifier = \"https://a\"\nalgorithm = \"ES256\"",
            &["6:13: audience.algorithm: expected access_format = \"jwt\" beside it, found another or none; add it or remove algorithm"],
        ),
    ]);
}

#[test]
fn sec_e22_a_client_id_that_looks_like_a_user_is_refused() {
    check_after(&[(
        "[[client]]\nid = \"u-x\"\ntype = \"privat\"\nprofiles = []\nredirect_uris = [\"javascript:alert(1)\"]\ngrants = [\"authorization_code\"]",
        &[
            "5:6: client.id: expected a client id, found \"u-x\"; a client id is 1 to 256 printable ASCII characters, does not begin or end with a space and does not begin with u-, which marks users",
            "6:8: client.type: expected \"confidential\" or \"public\", found \"privat\"",
            "7:12: client.profiles: expected at least one profile, found none; remove profiles, or fill it",
            "8:18: client.redirect_uris: expected an absolute URI without a fragment, such as \"https://app.example.com/callback\", found \"javascript:alert(1)\"; javascript: is not safe to go to",
            "9:11: client.grants: expected \"password\", \"client_credentials\" or \"refresh_token\", found \"authorization_code\"",
        ],
    )]);
}

#[test]
fn a_file_that_cannot_be_read_says_how_to_get_one() {
    let missing = crate::config::load(std::path::Path::new("none/keyward.toml")).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read the configuration file none/keyward.toml: "), "{missing}");
    assert!(missing.ends_with("make one with: keyward init DIR"), "{missing}");
}
