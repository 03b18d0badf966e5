//! A code, redeemed by many at the same moment.

use std::sync::Mutex;

use crate::asking::Ask;
use crate::client::Answer;
use crate::contention::{contend, rounds};
use crate::fixture::{DORY, OWN, PHONE, WEB};
use crate::person::Person;
use crate::server::{Home, Server};

#[test]
fn sec_b02_of_8_simultaneous_redemptions_one_succeeds_and_what_it_gave_is_dead_afterwards() {
    let server = Home::demo().with("[log]\nlevel = 'warn'\n[throttle]\nenabled = false").start();
    let site = server.standard();
    let person = Mutex::new(Person::signed_in(site, DORY));
    let ask = Ask::code(OWN);
    let first = person.lock().unwrap().code(&ask);
    contend(
        first,
        (8, rounds(100)),
        |code| site.ask_redeem(OWN, code),
        |_, answers| {
            let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            assert_eq!((good.len(), bad.len()), (1, 7), "one wins: {good:?} {bad:?}");
            for answer in bad {
                answer.refused(400, "invalid_grant");
            }
            // Whoever came second has shown that the code was in two hands.
            site.assert_dead(OWN, &good[0].tokens());
            person.lock().unwrap().code(&ask)
        },
    );
}

#[test]
fn sec_b02_it_is_the_same_for_public_and_confidential_clients_with_consent() {
    let server = Server::start();
    let site = server.standard();
    for app in [WEB, PHONE] {
        let mut person = Person::signed_in(site, DORY);
        for _ in 0..rounds(1) {
            let code = person.code(&Ask::code(app));
            let answers: Vec<Answer> = std::thread::scope(|scope| {
                let asking: Vec<_> = (0..32).map(|_| scope.spawn(|| site.ask_redeem(app, &code))).collect();
                asking.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
            assert_eq!(good.len(), 1, "{answers:?}");
            site.assert_dead(app, &good[0].tokens());
        }
    }
}

#[test]
fn of_8_simultaneous_answers_to_one_consent_page_one_gets_a_code() {
    let server = Server::start();
    let site = server.standard();
    let mut person = Person::signed_in(site, DORY);
    for _ in 0..rounds(5) {
        let form = person.get(&Ask::code(WEB).with("prompt", "consent").target()).page().form("/consent").pressed("allow");
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let posting: Vec<_> =
                (0..8).map(|_| (person.clone(), form.clone())).map(|(mut person, form)| scope.spawn(move || person.post(&form))).collect();
            posting.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let codes: Vec<_> = answers.iter().filter_map(|answer| answer.sent_with("code")).collect();
        assert_eq!(codes.len(), 1, "{answers:?}");
        let tokens = site.redeem(WEB, &codes[0]);
        site.assert_alive(WEB, &tokens);
    }
}
