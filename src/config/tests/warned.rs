//! What is valid but should not go unnoticed.

use super::valid;

fn warnings(more: &str) -> Vec<String> {
    valid(more).warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn the_password_grant_is_pointed_out() {
    let client = |id: &str, grant: &str| format!("[[client]]\nid = \"{id}\"\ntype = \"public\"\ngrants = [\"{grant}\"]\n");
    let expected = "keyward.toml:11:10: client.grants: old, older may use the password grant, which shows them their users' passwords; keep it for applications that know nothing else";
    let new = client("new", "refresh_token");
    assert_eq!(warnings(&format!("{new}{}{}", client("old", "password"), client("older", "password"))), [expected]);
    assert!(warnings(&new).is_empty());
}

#[test]
fn a_password_in_the_file_is_pointed_out() {
    let user = "[[user]]\nusername = \"dory\"\n";
    let expected = "keyward.toml:6:12: user.password: the password of dory can be read in this file; put it into a file of its own instead, as password_file";
    assert_eq!(warnings(&format!("{user}password = \"dorypass\"")), [expected]);
    let hash = "password_hash = \"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$7xx2Yh3vF5sbfeXbBNVZVQ\"";
    assert!(warnings(&format!("{user}{hash}")).is_empty());
}

#[test]
fn a_listener_that_others_reach_without_tls_is_pointed_out() {
    for address in ["0.0.0.0:8081", "[::]:8081", "192.0.2.7:8081"] {
        let expected = format!(
            "keyward.toml:5:11: listener.address: {address} can be reached from other machines without TLS; add certificate_file and private_key_file, or name the proxy in front of it in trusted_proxies"
        );
        let listener = format!("[[listener]]\naddress = \"{address}\"\n");
        assert_eq!(warnings(&listener), [expected]);
        assert!(warnings(&format!("{listener}trusted_proxies = [\"192.0.2.1\"]")).is_empty());
    }
    for address in ["127.0.0.2:8081", "[::1]:8081", "[::ffff:127.0.0.1]:8081"] {
        assert!(warnings(&format!("[[listener]]\naddress = \"{address}\"\n")).is_empty(), "{address}");
    }
}

#[test]
fn an_https_issuer_that_nobody_can_reach_by_https_is_pointed_out() {
    let warnings = |more: &str| -> Vec<String> {
        let config =
            super::read(&format!("issuer = \"https://id.example.com\"\n[[listener]]\naddress = \"127.0.0.1:8080\"\n{more}")).unwrap();
        config.warnings.iter().map(ToString::to_string).collect()
    };
    let expected = "keyward.toml:1:10: issuer: https://id.example.com is https, and no listener has TLS; add certificate_file and private_key_file to one, or name the proxy in front of it in its trusted_proxies: over plain http nobody can sign in";
    assert_eq!(warnings(""), [expected]);
    assert!(warnings("trusted_proxies = [\"127.0.0.1\"]").is_empty());
    assert!(warnings("[[listener]]\naddress = \"127.0.0.1:8081\"\ntrusted_proxies = [\"127.0.0.1\"]").is_empty());
}

#[test]
fn cors_for_nobody_is_pointed_out() {
    let expected = "keyward.toml:4:1: cors.origins: CORS is enabled for no origin; list the origins of the pages that may call";
    assert_eq!(warnings("[cors]\nenabled = true"), [expected]);
    assert!(warnings("[cors]\nenabled = true\norigins = [\"https://app.example.com\"]").is_empty());
}

#[test]
fn a_directory_that_others_can_listen_to_or_stand_in_for_is_pointed_out() {
    let directory = "[directory]\nhosts = ['ldap']\nsearch_base = 'dc=reef'\nsearch_filter = '(uid=${login})'\n";
    let plain = "keyward.toml:8:7: directory.tls: the connection to the directory is in clear: whoever is on the way reads every password; use ldaps or starttls";
    assert_eq!(warnings(&format!("{directory}tls = 'none'")), [plain]);
    let insecure = "keyward.toml:8:12: directory.insecure: any certificate is taken for the directory's: whoever comes between reads every password; name a trust_store";
    assert_eq!(warnings(&format!("{directory}insecure = true")), [insecure]);
    let readable = "keyward.toml:10:20: directory.service_password: the directory's password can be read in this file; put it into a file of its own, as service_password_file";
    let service = "trust_store = 'ca.pem'\nservice_dn = 'cn=x'\nservice_password = 'y'";
    assert_eq!(warnings(&format!("{directory}{service}")), [readable]);
}
