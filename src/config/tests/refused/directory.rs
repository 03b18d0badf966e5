//! What is wrong with a directory.

use super::check_after;

const GOOD: &str = "[directory]\nhosts = ['ldap.reef.example']\nsearch_base = 'dc=reef'\nsearch_filter = '(uid=${login})'\n";

fn problems(more: &str) -> Vec<String> {
    crate::config::tests::problems(&format!("{}{GOOD}{more}", crate::config::tests::LEAST))
}

#[test]
fn what_a_directory_needs_is_asked_for() {
    check_after(&[(
        "[directory]\ntls = 'none'",
        &[
            "4:1: directory.hosts: expected a list, each a host, with :port where it is not the usual one, found nothing; add it, for example hosts = [\"ldap1.example.com\", \"ldap2.example.com:1636\"]",
            "4:1: directory.search_base: expected a text, found nothing; add it, for example search_base = \"ou=people,dc=example,dc=com\"",
            "4:1: directory.search_filter: expected a search filter (RFC 4515), found nothing; add it, for example search_filter = \"(|(uid=${login})(mail=${login}))\"",
        ],
    )]);
    assert_eq!(problems("tls = 'none'"), [""; 0]);
    assert_eq!(problems("insecure = true\nservice_dn = 'cn=x'\nservice_password = 'y'"), [""; 0]);
}

#[test]
fn req_u03_tls_needs_somebody_to_trust() {
    let expected =
        "4:1: directory.trust_store: expected the certificates to trust, found none; name a PEM file, or set insecure = true and know why";
    for tls in ["", "tls = 'ldaps'", "tls = 'starttls'"] {
        assert_eq!(problems(tls), [expected], "{tls}");
    }
    assert_eq!(
        problems("trust_store = 'a'\ninsecure = true"),
        ["9:12: directory.insecure: expected only one of trust_store and insecure, found both; remove one of them"]
    );
}

#[test]
fn settings_of_a_directory_that_do_not_fit_are_named() {
    let plain = |more: &str| problems(&format!("tls = 'none'\n{more}"));
    for (more, expected) in [
        ("service_dn = 'cn=x'", "9:14: directory.service_dn: expected its password, found none; add service_password_file"),
        ("service_password = 'x'", "9:20: directory.service_password: expected service_dn beside it, found none; add it, or remove this"),
        (
            "auth_filter = '(pw=${password})'",
            "9:15: directory.auth_filter: expected no ${password} in it, found one; only search_filter compares it",
        ),
        (
            "auth_filter = 'a=b'",
            "9:15: directory.auth_filter: expected a search filter (RFC 4515), found \"a=b\"; put it in parentheses, and close each",
        ),
        (
            "auth_filter = '(a b)'",
            "9:15: directory.auth_filter: expected a search filter (RFC 4515), found \"(a b)\"; write it as RFC 4515 says: (uid=${login})",
        ),
        (
            "auth_filter = '(${login}=x)'",
            "9:15: directory.auth_filter: expected a search filter (RFC 4515), found \"(${login}=x)\"; write ${login} only after =: elsewhere it would choose what is compared",
        ),
        ("username_attributes = []", "9:23: directory.username_attributes: expected at least one attribute, found none; name one"),
        ("timeout = '5m'", "9:11: directory.timeout: expected a duration from 1s to 1m, found \"5m\""),
    ] {
        assert_eq!(plain(more), [expected], "{more}");
    }
    let hosts = |host: &str| {
        let text = format!("{}{}tls = 'none'", crate::config::tests::LEAST, GOOD.replace("ldap.reef.example", host));
        crate::config::tests::problems(&text).len()
    };
    for host in ["ldap", "ldap:1389", "192.0.2.1:636", "[2001:db8::1]", "[2001:db8::1]:389"] {
        assert_eq!(hosts(host), 0, "{host}");
    }
    for host in ["", "ldap:", "ldap:0", "ldap:65536", "ldap://ldap", "a b", "2001:db8::1", "[192.0.2.1]", "ldap/x", "user@ldap"] {
        assert_eq!(hosts(host), 1, "{host}");
    }
    let without_login = GOOD.replace("${login}", "dory");
    check_after(&[(
        &format!("{without_login}tls = 'none'"),
        &[
            "7:17: directory.search_filter: expected ${login} in it, found none: everybody would be found; add it, for example (uid=${login})",
        ],
    )]);
}
