//! Values of the wrong form.

use super::{LEAST, check_after, problems};

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
            &[
                "5:7: store.url: expected \"sqlite:\" and a path, or \"postgres://\" and a database, found one that cannot be used: add sslrootcert=FILE, the certificates that the server's own is verified by; or sslmode=disable on a network that nobody else is on",
            ],
        ),
        (
            "[store]\nurl = \"sqlite://keyward.db\"",
            &[
                "5:7: store.url: expected \"sqlite:\" and a path, or \"postgres://\" and a database, found \"sqlite://keyward.db\"; write sqlite:keyward.db or sqlite:/folder/keyward.db",
            ],
        ),
        (
            "[store]\nurl = \"mysql://k:canary@db/k\"",
            &[
                "5:7: store.url: expected \"sqlite:\" and a path, or \"postgres://\" and a database, found something else; these are the stores there are",
            ],
        ),
        (
            "[store]\nurl = \"postgres://k:canary@127.0.0.1/k?connections=many\"",
            &[
                "5:7: store.url: expected \"sqlite:\" and a path, or \"postgres://\" and a database, found one that cannot be used: connections must be a number from 1 to 1000",
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
        let text = LEAST.replacen("http://127.0.0.1:8080", issuer, 1);
        assert_eq!(problems(&text), [format!("{expected} {rest}")]);
    }
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
