//! Clients that registered themselves and are not used go away by themselves.

use super::{Newcomer, home, least, register, with};
use crate::asking::Ask;
use crate::client::Site;
use crate::fixture::DORY;
use crate::person::Person;
use crate::server::{Home, Server};

const DAY: i64 = 86_400_000;

/// The same folder, as if `days` had passed since its clients registered and were used.
fn days_later(home: Home, days: i64) -> Home {
    let time = days * DAY;
    let shift = format!("UPDATE clients SET created_at = created_at - {time}, used_at = used_at - {time}");
    assert!(home.change(&shift) > 0);
    home
}

fn is_there(site: &Site, newcomer: &Newcomer) -> bool {
    newcomer.managed(site, "GET").send().status == 200
}

/// Waits until the first round of cleaning has removed `gone`.
fn cleaned(server: &Server, gone: &Newcomer) {
    let begun = std::time::Instant::now();
    while is_there(server.standard(), gone) {
        assert!(begun.elapsed().as_secs() < 60, "it is still there: {}", server.log());
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn sec_m01_an_unused_client_is_removed_and_one_that_is_used_is_not() {
    let server = home("open").with("[registration]\nunused_for = '20d'\nrefresh_lifetime = '10d'").start();
    let site = server.standard();
    let (unused, used, machine) =
        (register(site, &least()), register(site, &least()), register(site, &serde_json::json!({"grant_types": ["client_credentials"]})));
    let mut server = days_later(server.stop(), 15).start();
    let code = Person::new(server.standard(), DORY).code(&Ask::code(used.app()));
    server.standard().redeem(used.app(), &code);
    server.standard().machine_token(machine.app().credentials());
    let young = register(server.standard(), &with("client_name", "young"));
    server = days_later(server.stop(), 8).start();
    cleaned(&server, &unused);
    for newcomer in [&used, &machine, &young] {
        assert!(is_there(server.standard(), newcomer), "{}", newcomer.told);
    }
    assert!(server.keyward(&["client", "list"]).done().contains("Reef Web"), "others are none of its business");
    server = days_later(server.stop(), 15).start();
    for newcomer in [&used, &machine, &young] {
        cleaned(&server, newcomer);
    }
}
