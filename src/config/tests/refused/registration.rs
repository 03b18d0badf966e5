//! Clients that register themselves.

use super::check_after;

#[test]
fn the_terms_of_registration_are_no_more_than_what_there_is() {
    check_after(&[
        (
            "[registration]\nmode = \"on\"\ngrants = [\"password\"]\nunused_for = \"1h\"\nmost = 0",
            &[
                "5:8: registration.mode: expected \"off\", \"token\" or \"open\", found \"on\"",
                "6:11: registration.grants: expected \"authorization_code\", \"refresh_token\", \"device_code\" or \"client_credentials\", found \"password\"",
                "7:14: registration.unused_for: expected a duration from 1d to 365d, found \"1h\"",
                "8:8: registration.most: expected a whole number from 1 to 1000000, found 0",
            ],
        ),
        (
            "[registration]\nscopes = [\"all\"]\ndefault_scopes = [\"read\"]\naudiences = [\"https://b.example\"]\n[[audience]]\nidentifier = \"https://a.example\"",
            &[
                "5:10: registration.scopes: expected the scope all only for clients with super = true, found it here; list the scopes that are needed",
                "7:13: registration.audiences: expected audiences that an [[audience]] lists, found \"https://b.example\"; add one for it, or remove it",
            ],
        ),
    ]);
}
