//! Applications on people's own machines (RFC 8252).

use crate::asking::Ask;
use crate::fixture::{App, DORY, PHONE, WEB};
use crate::person::Person;
use crate::server::Home;

const HOSTED: App = App { redirect_uri: "https://phone.example.com/cb", ..PHONE };

/// Any program there can send people here in its name, and take what comes to a port or a scheme of the machine (RFC 8252 §8.6).
#[test]
fn sec_n14_whom_any_program_of_the_machine_can_pretend_to_be_is_never_answered_unasked() {
    let uris = "redirect_uris = ['http://127.0.0.1/cb', 'com.example.phone:/cb', 'https://phone.example.com/cb']";
    for first_party in [false, true] {
        let server = Home::demo().with_client("phone", &format!("{uris}\nfirst_party = {first_party}")).start();
        let mut person = Person::signed_in(server.standard(), DORY);
        for uri in ["http://127.0.0.1:51004/cb", "com.example.phone:/cb"] {
            let ask = Ask::code(PHONE).with("redirect_uri", uri);
            for _ in 0..2 {
                let asked = person.get(&ask.target());
                assert!(asked.is_consent(), "{uri}: {asked:?}");
                assert!(person.allow(&ask).sent_with("code").is_some());
            }
            assert_eq!(person.get(&ask.clone().with("prompt", "none").target()).sent_error(), "consent_required", "{uri}");
        }
        // The twins: an address that only the application has, and an application that proves who it is.
        for app in [HOSTED, WEB] {
            person.code(&Ask::code(app));
            assert!(person.get(&Ask::code(app).target()).sent_with("code").is_some(), "{app:?}");
        }
        assert!(person.get(&Ask::code(PHONE).target()).is_consent(), "what was said there does not count here");
    }
}
