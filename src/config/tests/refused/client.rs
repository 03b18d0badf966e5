//! Clients that contradict themselves, or ask for what is not theirs.

use super::check_after;

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
        "[[client]]\nid = \"u-x\"\ntype = \"privat\"\nprofiles = []\nredirect_uris = [\"javascript:alert(1)\"]\ngrants = [\"hybrid\"]",
        &[
            "5:6: client.id: expected a client id, found \"u-x\"; a client id is 1 to 256 printable ASCII characters, does not begin or end with a space and does not begin with u-, which marks users",
            "6:8: client.type: expected \"confidential\" or \"public\", found \"privat\"",
            "7:12: client.profiles: expected at least one profile, found none; remove profiles, or fill it",
            "8:18: client.redirect_uris: expected an absolute URI without a fragment, such as \"https://app.example.com/callback\", found \"javascript:alert(1)\"; javascript: is not safe to go to",
            "9:11: client.grants: expected \"authorization_code\", \"implicit\", \"password\", \"client_credentials\", \"refresh_token\" or \"device_code\", found \"hybrid\"",
        ],
    )]);
}
