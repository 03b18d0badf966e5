//! `/api/plugins…`: the marketplace, and what people install of it.

use std::thread;

use serde_json::{Value, json};

use crate::api::{Registered, reef};
use crate::client::{Answer, Site};
use crate::contention::rounds;
use crate::fixture::{ADMIN, DORY, KORAP_PUBLIC, MARLIN, SUPER};
use crate::server::{Home, Server};

fn plugin(site: &Site, name: &str) -> Registered {
    site.register(MARLIN, &reef(json!({ "name": name, "source": { "key": "value" } })))
}

fn permitted(site: &Site, name: &str) -> Registered {
    let own = plugin(site, name);
    assert_eq!(site.administer(&own.id, "permitted", true).body, "SUCCESS");
    own
}

fn ask(site: &Site, user: (&str, &str), path: &str, id: &str) -> Answer {
    site.through(&format!("/api/plugins/{path}"), &[("client_id", id)]).basic(user).send()
}

fn installed(site: &Site, user: (&str, &str)) -> Vec<Value> {
    let answer = site.through("/api/plugins/installed", &[]).basic(user).send();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json().as_array().unwrap().clone()
}

fn ids(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["client_id"].as_str().unwrap()).collect()
}

#[test]
fn req_g02_the_marketplace_shows_plugins_by_name_and_nothing_of_their_keepers() {
    let server = Server::start();
    let site = server.korap();
    let (second, first) = (permitted(site, "Zander"), plugin(site, "Aal"));
    site.register(MARLIN, &reef(json!({})));
    let list = |form: &[(&str, &str)], user| site.through("/api/plugins", form).basic(user).send().json();
    // Not even who registered it sees more here.
    for user in [DORY, MARLIN] {
        let all = list(&[], user);
        let expected = json!({
            "super": false, "client_id": first.id, "client_name": "Aal", "client_type": "CONFIDENTIAL", "client_description": "A reef.",
            "client_url": "http://reef.example.com", "permitted": false, "source": { "key": "value" },
        });
        assert_eq!(all[0], expected);
        assert_eq!(ids(all.as_array().unwrap()), [&first.id, &second.id]);
        assert_eq!(ids(list(&[("permitted_only", "true")], user).as_array().unwrap()), [&second.id]);
        assert_eq!(list(&[("permitted_only", "false")], user).as_array().unwrap().len(), 2);
    }
}

#[test]
fn req_g03_what_is_permitted_is_installed_once_by_each_person_and_is_told() {
    let server = Server::start();
    let site = server.korap();
    let own = plugin(site, "Aal");
    let refused = ask(site, DORY, "install", &own.id);
    assert_eq!((refused.status, refused.api_errors()), (400, json!([[1850, "Plugin is not permitted", own.id]])));
    assert_eq!(site.administer(&own.id, "permitted", true).status, 200);
    let told = ask(site, DORY, "install", &own.id);
    assert_eq!(told.status, 200, "{told:?}");
    told.assert_json_never_stored();
    let told = told.json();
    assert!(told["installed_date"].as_str().unwrap().ends_with('Z'), "{told}");
    let expected = json!({
        "client_id": own.id, "super_client_id": SUPER.0, "name": "Aal", "description": "A reef.", "url": "http://reef.example.com",
        "installed_date": told["installed_date"],
    });
    assert_eq!((&told, &installed(site, DORY)[..]), (&expected, &[expected.clone()][..]));
    let twice = ask(site, DORY, "install", &own.id);
    assert_eq!((twice.status, twice.api_errors()), (400, json!([[1851, "Plugin has been installed", own.id]])));
    assert_eq!(installed(site, MARLIN), [] as [Value; 0], "each for themselves");
    assert_eq!(ask(site, MARLIN, "install", &own.id).status, 200);
}

#[test]
fn req_g03_any_permitted_client_may_be_installed_and_no_other() {
    let server = Server::start();
    let site = server.korap();
    assert_eq!(ask(site, DORY, "install", KORAP_PUBLIC).status, 200, "a public client that is no plugin");
    let nameless = site.through("/api/plugins/install", &[]).basic(DORY).send();
    assert_eq!((nameless.status, nameless.api_errors()), (400, json!([[107, "client_id is null", "client_id"]])));
    // The last is a client of other profiles.
    for unknown in ["nobody", " ", "web"] {
        let told = ask(site, DORY, "install", unknown).refused(401, "invalid_client");
        assert_eq!(told, format!("Unknown client: {unknown}"));
    }
}

#[test]
fn req_g04_who_uninstalls_a_plugin_takes_back_what_it_was_allowed() {
    let server = Server::start();
    let site = server.korap();
    let own = permitted(site, "Aal");
    for user in [DORY, MARLIN] {
        assert_eq!(ask(site, user, "install", &own.id).status, 200);
    }
    let (given, other) = (site.api_tokens(DORY, &own, "search"), site.api_tokens(MARLIN, &own, "search"));
    let code = site.api_code(DORY, &own.id, "search");
    let gone = ask(site, DORY, "uninstall", &own.id);
    assert_eq!((gone.status, gone.body.as_str()), (200, ""));
    assert!(own.is_dead(site, &given));
    own.redeem(site, &code).refused(400, "invalid_grant");
    assert!(site.speaks(&other.access), "somebody else's stays");
    assert_eq!(installed(site, MARLIN).len(), 1);
    for id in [&own.id, "nobody", " ", ""] {
        let answer = ask(site, DORY, "uninstall", id);
        assert_eq!(answer.api_error(), if id.is_empty() { (400, 107) } else { (404, 114) }, "{id:?}");
    }
    assert_eq!(ask(site, DORY, "install", &own.id).status, 200, "and once more");
    assert!(site.speaks(&site.api_tokens(DORY, &own, "search").access));
}

#[test]
fn req_g05_what_is_installed_is_listed_by_name_as_long_as_it_is_permitted() {
    let server = Server::start();
    let site = server.korap();
    let (second, first) = (permitted(site, "Zander"), permitted(site, "Aal"));
    for own in [&second, &first] {
        assert_eq!(ask(site, DORY, "install", &own.id).status, 200);
    }
    assert_eq!(ids(&installed(site, DORY)), [&first.id, &second.id]);
    let given = site.api_tokens(MARLIN, &first, "search");
    assert_eq!(site.administer(&first.id, "permitted", false).status, 200);
    assert_eq!(ids(&installed(site, DORY)), [&second.id]);
    assert!(first.is_dead(site, &given), "what is no longer permitted holds nothing");
    assert_eq!(ask(site, DORY, "install", &first.id).api_error(), (400, 1850));
    assert_eq!(site.deregister(MARLIN, &second.id).status, 200);
    assert_eq!(installed(site, DORY), [] as [Value; 0]);
}

/// What is asked of a plugin while it is taken away from people; returns what was given meanwhile.
fn meanwhile(site: &Site, own: &Registered, end: impl Fn() -> Answer + Sync) -> (Answer, Vec<Answer>) {
    let first = site.api_tokens(DORY, own, "search");
    let code = site.api_code(DORY, &own.id, "search");
    thread::scope(|scope| {
        let refreshing = scope.spawn(|| site.ask_refresh(own.credentials(), first.refresh()));
        let redeeming = scope.spawn(|| own.redeem(site, &code));
        let installing = scope.spawn(|| ask(site, MARLIN, "install", &own.id));
        let ended = scope.spawn(&end).join().unwrap();
        assert_eq!(ended.status, 200, "{ended:?}");
        assert!(!site.speaks(&first.access), "an access token outlived the acknowledged end");
        (installing.join().unwrap(), vec![refreshing.join().unwrap(), redeeming.join().unwrap()])
    })
}

#[test]
fn sec_g08_nothing_lives_once_a_plugin_is_acknowledged_uninstalled_or_no_longer_permitted() {
    let server = Home::demo().with("[log]\nlevel = 'warn'\n[throttle]\nenabled = false\n[korap]\nclients_per_user = 1000000").start();
    let site = server.korap();
    for round in 0..rounds(10) {
        let own = permitted(site, "Aal");
        assert_eq!(ask(site, DORY, "install", &own.id).status, 200);
        let forbidden = round % 3;
        let (installing, given) = meanwhile(site, &own, || match forbidden {
            0 => ask(site, DORY, "uninstall", &own.id),
            1 => site.administer(&own.id, "permitted", false),
            _ => site.deregister(MARLIN, &own.id),
        });
        for answer in given {
            assert!([200, 400, 401].contains(&answer.status), "{answer:?}");
            if answer.status == 200 {
                assert!(own.is_dead(site, &answer.tokens()), "round {round}: something outlived the acknowledged end");
            }
        }
        assert!([200, 400, 401].contains(&installing.status), "{installing:?}");
        let left = installed(site, MARLIN);
        let stays = forbidden == 0 && installing.status == 200;
        assert_eq!(left.len(), usize::from(stays), "round {round}: {left:?}");
        if stays {
            assert_eq!(ask(site, MARLIN, "uninstall", &own.id).status, 200);
        }
    }
}

#[test]
fn sec_q02_whoever_installs_a_client_while_it_is_removed_leaves_nothing_behind() {
    let server = Home::demo().with("[log]\nlevel = 'warn'\n[throttle]\nenabled = false\n[korap]\nclients_per_user = 1000000").start();
    let site = server.korap();
    for _ in 0..rounds(15) {
        let own = permitted(site, "Aal");
        let tokens = [MARLIN, ADMIN].map(|user| site.user_token(user, "all"));
        let ask = |token: &str, path: &str| site.through(path, &[("client_id", &own.id)]).bearer(token).send();
        thread::scope(|scope| {
            for token in &tokens {
                // Again and again, until it is gone.
                scope.spawn(|| {
                    while ask(token, "/api/plugins/install").status != 401 {
                        ask(token, "/api/plugins/uninstall");
                    }
                });
            }
            assert_eq!(site.deregister(MARLIN, &own.id).status, 200);
        });
        for token in &tokens {
            assert_eq!(ask(token, "/api/plugins/uninstall").api_error(), (404, 114));
        }
    }
}

#[test]
fn req_g06_of_many_installations_at_once_one_succeeds() {
    let server = Home::demo().with("[log]\nlevel = 'warn'\n[korap]\nclients_per_user = 1000000").start();
    let site = server.korap();
    for _ in 0..rounds(5) {
        let own = permitted(site, "Aal");
        let answers = thread::scope(|scope| {
            let asking: Vec<_> = (0..4).map(|_| scope.spawn(|| ask(site, DORY, "install", &own.id))).collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
        assert!(answers.iter().filter(|answer| answer.status != 200).all(|answer| answer.api_error() == (400, 1851)), "{answers:?}");
        assert_eq!(ask(site, DORY, "uninstall", &own.id).status, 200);
    }
}
