//! Clients that go on while something happens, and remember what they were told.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use super::{in_time, is_served};
use crate::client::{Answer, Site, Tokens};
use crate::fixture::{C1, DORY};

/// How long a client waits after it was told to come back.
const PAUSE: Duration = Duration::from_millis(50);

/// How long it comes back: a guard against hanging, not a measurement.
const PATIENCE: Duration = Duration::from_secs(60);

/// What clients were told: whatever they hold must be good, and what they gave back must not.
#[derive(Default)]
pub struct Book {
    held: Mutex<Vec<Tokens>>,
    given_back: Mutex<Vec<Tokens>>,
}

/// Lets each of `clients`, by its number, do something again and again until `meanwhile` is over.
pub fn while_clients_go_on<T>(clients: usize, one: impl Fn(usize) + Sync, meanwhile: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..clients {
            let (one, is_over) = (&one, &is_over);
            scope.spawn(move || {
                while !is_over.load(SeqCst) {
                    one(number);
                }
            });
        }
        // A failed assertion must end the others too.
        let done = catch_unwind(AssertUnwindSafe(meanwhile));
        is_over.store(true, SeqCst);
        done.unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Lets two clients at each of `sites` log in, refresh and revoke until `meanwhile` is over. Every answer is a success, or 503
/// in time; what was answered 503 can be asked again.
pub fn during(sites: &[&Site], meanwhile: impl FnOnce()) -> Book {
    let book = Book::default();
    while_clients_go_on(2 * sites.len(), |number| live(sites[number % sites.len()], &book), meanwhile);
    book
}

/// One login, refreshed, and every other one given back.
fn live(site: &Site, book: &Book) {
    let tokens = until_served(|| site.ask_password(C1, DORY)).tokens();
    let tokens = until_served(|| site.ask_refresh(C1, tokens.refresh())).tokens();
    if book.held.lock().unwrap().len() <= book.given_back.lock().unwrap().len() {
        book.held.lock().unwrap().push(tokens);
    } else {
        until_served(|| site.revoke(C1, tokens.refresh()));
        book.given_back.lock().unwrap().push(tokens);
    }
}

/// The answer, once there is one; until then every answer is 503, and comes in time.
fn until_served(ask: impl Fn() -> Answer) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = in_time(&ask);
        if is_served(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "never served: {answer:?}");
        thread::sleep(PAUSE);
    }
}

impl Book {
    /// Asks `site` about everything.
    pub fn check(self, site: &Site) {
        let (held, given_back) = (self.held.into_inner().unwrap(), self.given_back.into_inner().unwrap());
        assert!(!held.is_empty() && !given_back.is_empty(), "there were clients");
        for tokens in &held {
            assert!(site.is_active(C1, &tokens.access), "an acknowledged token is lost");
            site.refresh(C1, tokens.refresh());
        }
        for tokens in &given_back {
            assert!(!site.is_active(C1, &tokens.access), "an acknowledged revocation is lost");
            site.ask_refresh(C1, tokens.refresh()).refused(400, "invalid_grant");
        }
    }
}
