#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may stop at the first surprise")]

use std::{
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{
    Busy, HashFault, Hashing, HashingSettings, MAX_PASSWORD_BYTES, Mismatch, NotHashed, StartError, Verified,
    memory::Memory,
    queue::{Job, Next, Queue},
    recipe::Recipe,
};

/// Cheap parameters: what is tested is not how long a hash takes.
const SMALL: HashingSettings = HashingSettings { threads: 1, memory_kib: 64, iterations: 1, queue: 8 };

fn stored(phc: impl AsRef<str>) -> Option<Arc<str>> {
    Some(phc.as_ref().into())
}

/// Starts a future without waiting for it.
fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_password_matches_its_own_hash_and_no_other_does() {
    let hashing = Hashing::start(SMALL).unwrap();
    let phc = hashing.hash("tiger".into()).await.unwrap();
    assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{phc}");
    assert_ne!(phc, hashing.hash("tiger".into()).await.unwrap(), "every hash has its own salt");

    let right = hashing.verify("tiger".into(), stored(&phc)).await;
    assert_eq!(right, Ok(Verified::Yes { needs_rehash: false }));
    for wrong in ["", "Tiger", "tiger ", "tige"] {
        let answer = hashing.verify(wrong.into(), stored(&phc)).await;
        assert_eq!(answer, Ok(Verified::No(Mismatch::WrongPassword)), "{wrong:?}");
    }
}

#[tokio::test]
async fn hashes_of_the_reference_implementation_match_and_want_a_new_one() {
    let hashing = Hashing::start(SMALL).unwrap();
    let reference = [
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
    ];
    for phc in reference {
        let right = hashing.verify("password".into(), stored(phc)).await;
        assert_eq!(right, Ok(Verified::Yes { needs_rehash: true }), "{phc}");
        let wrong = hashing.verify("passwore".into(), stored(phc)).await;
        assert_eq!(wrong, Ok(Verified::No(Mismatch::WrongPassword)), "{phc}");
    }
}

#[tokio::test]
async fn a_hash_made_with_other_settings_wants_a_new_one() {
    let before = Hashing::start(SMALL).unwrap();
    let phc = before.hash("tiger".into()).await.unwrap();
    for other in [HashingSettings { memory_kib: 72, ..SMALL }, HashingSettings { iterations: 2, ..SMALL }] {
        let after = Hashing::start(other).unwrap();
        let answer = after.verify("tiger".into(), stored(&phc)).await;
        assert_eq!(answer, Ok(Verified::Yes { needs_rehash: true }));
    }
}

#[tokio::test]
async fn a_hash_that_cannot_be_computed_with_is_no_and_costs_the_same() {
    let hashing = Hashing::start(SMALL).unwrap();
    let cost = |memory_kib, iterations| HashFault::Cost { memory_kib, iterations };
    let rows = [
        ("", HashFault::Malformed),
        ("tiger", HashFault::Malformed),
        ("$argon2id$v=19$m=64,t=1,p=1", HashFault::Malformed),
        ("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ", HashFault::Malformed),
        ("$argon2id$v=19$m=64,t=1,p=99$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEg", HashFault::Malformed),
        ("$argon2id$v=19$m=64,t=99999999999,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEg", HashFault::Malformed),
        ("$bcrypt$v=19$m=64,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEg", HashFault::Algorithm),
        ("$argon2id$v=20$m=64,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEg", HashFault::Algorithm),
        ("$argon2id$v=19$m=1048577,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEg", cost(1_048_577, 1)),
        ("$argon2id$v=19$m=64,t=21,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEg", cost(64, 21)),
    ];
    for (phc, fault) in rows {
        let answer = hashing.verify("tiger".into(), stored(phc)).await;
        assert_eq!(answer, Ok(Verified::No(Mismatch::UnusableHash(fault))), "{phc}");
    }
    let counts = hashing.counts();
    assert_eq!((counts.computed, counts.dummies), (10, 10));
}

#[tokio::test]
async fn sec_n03_an_unknown_user_costs_the_same_work_and_gets_the_same_answer() {
    let hashing = Hashing::start(SMALL).unwrap();
    let phc = hashing.hash("tiger".into()).await.unwrap();
    let known = hashing.verify("wrong".into(), stored(&phc)).await;
    let before = hashing.counts();
    let unknown = hashing.verify("wrong".into(), None).await;
    let after = hashing.counts();

    assert!(matches!(known, Ok(Verified::No(_))));
    assert_eq!(unknown, Ok(Verified::No(Mismatch::UnknownUser)));
    assert_eq!(after.dummies, before.dummies + 1, "the dummy hash ran");
    assert_eq!(after.computed, before.computed + 1);
    assert_eq!(Recipe::parse(&phc).unwrap().work(), hashing.dummy.work());
    assert!(hashing.dummy.is_like(&Recipe::parse(&phc).unwrap()));
}

#[tokio::test]
async fn a_password_too_long_is_refused_before_it_costs_anything() {
    let hashing = Hashing::start(SMALL).unwrap();
    let longest = "x".repeat(MAX_PASSWORD_BYTES);
    let phc = hashing.hash(longest.as_str().into()).await.unwrap();
    let fits = hashing.verify(longest.as_str().into(), stored(&phc)).await;
    assert_eq!(fits, Ok(Verified::Yes { needs_rehash: false }));

    let found = MAX_PASSWORD_BYTES + 1;
    let longer = format!("{longest}x");
    for user in [stored(&phc), None] {
        let answer = hashing.verify(longer.as_str().into(), user).await;
        assert_eq!(answer, Ok(Verified::No(Mismatch::PasswordTooLong { found })));
    }
    let hash = hashing.hash(longer.into()).await;
    assert_eq!(hash, Err(NotHashed::PasswordTooLong { found }));
    assert_eq!(hashing.counts().computed, 2);
}

#[test]
fn settings_out_of_range_are_named() {
    let rows = [
        ("threads", HashingSettings { threads: 0, ..SMALL }),
        ("memory_kib", HashingSettings { memory_kib: 7, ..SMALL }),
        ("memory_kib", HashingSettings { memory_kib: 1 << 21, ..SMALL }),
        ("iterations", HashingSettings { iterations: 0, ..SMALL }),
        ("iterations", HashingSettings { iterations: 21, ..SMALL }),
        ("queue", HashingSettings { queue: 0, ..SMALL }),
    ];
    for (setting, settings) in rows {
        match Hashing::start(settings) {
            Err(StartError::Setting { name, .. }) => assert_eq!(name, setting),
            other => panic!("expected a refusal of {setting}, found {other:?}"),
        }
    }
    assert!(Hashing::start(HashingSettings::default()).is_ok());
}

#[test]
fn sec_p07_a_full_queue_answers_busy_at_once() {
    let hashing = Hashing::without_threads(SMALL).unwrap();
    let mut waiting: Vec<_> = (0..SMALL.queue).map(|_| Box::pin(hashing.verify("x".into(), None))).collect();
    for login in &mut waiting {
        assert!(poll(login.as_mut()).is_pending());
    }
    match poll(pin!(hashing.verify("x".into(), None))) {
        Poll::Ready(Err(Busy { retry_after })) => assert!(retry_after >= Duration::from_secs(1)),
        other => panic!("expected Busy, found {other:?}"),
    }
    assert_eq!((hashing.waiting(), hashing.counts().refused), (SMALL.queue, 1));

    // Whoever hangs up makes room.
    waiting.pop();
    assert!(poll(pin!(hashing.verify("x".into(), None))).is_pending());
    assert_eq!(hashing.counts().abandoned, 1);
}

#[tokio::test]
async fn sec_p07_a_caller_who_has_gone_costs_no_hash() {
    let mut hashing = Hashing::without_threads(SMALL).unwrap();
    let gone: Vec<_> = {
        let mut logins: Vec<_> = (0..6).map(|_| Box::pin(hashing.verify("x".into(), None))).collect();
        logins.iter_mut().map(|login| poll(login.as_mut()).is_pending()).collect()
    };
    assert_eq!(gone, [true; 6]);
    assert_eq!(hashing.waiting(), 6);

    hashing.add_thread(0).unwrap();
    assert!(hashing.verify("x".into(), None).await.is_ok());
    let counts = hashing.counts();
    assert_eq!((counts.abandoned, counts.computed), (6, 1));
}

#[tokio::test]
async fn sec_p07_ten_times_the_capacity_wastes_no_hash() {
    let hashing = Arc::new(Hashing::start(HashingSettings { memory_kib: 1024, ..SMALL }).unwrap());
    let (mut answered, mut refused) = (0, 0);
    for _round in 0..10 {
        let logins: Vec<_> = (0..10 * SMALL.queue)
            .map(|_| {
                let hashing = Arc::clone(&hashing);
                tokio::spawn(async move { hashing.verify("x".into(), None).await })
            })
            .collect();
        for login in logins {
            match login.await.unwrap() {
                Ok(_) => answered += 1,
                Err(busy) => {
                    assert!(busy.retry_after >= Duration::from_secs(1));
                    refused += 1;
                }
            }
        }
    }
    assert!(answered >= SMALL.queue, "found only {answered} answers");
    assert!(refused > 0);
    // All work was useful: every hash computed was an answer somebody got.
    let counts = hashing.counts();
    assert_eq!(counts.computed, answered as u64);
    assert_eq!(counts.refused, refused);
    assert_eq!(answered as u64 + refused, 100 * SMALL.queue as u64);
    assert_eq!(counts.computed, counts.dummies);
    assert_eq!(counts.abandoned, 0);
}

#[test]
fn sec_p07_a_job_that_would_wait_too_long_is_refused_though_there_is_room() {
    let recipe = Recipe::current(&SMALL).unwrap();
    let mut callers = Vec::new();
    let mut submit = |queue: &Queue, recipe: &Recipe| {
        let (reply, answer) = tokio::sync::oneshot::channel();
        callers.push(answer);
        let (password, recipe) = ("x".into(), recipe.clone());
        queue.submit(Job { password, recipe, reply })
    };
    let learnt = |threads| {
        let queue = Queue::new(1000, threads);
        for _ in 0..100 {
            queue.finished(recipe.work(), Some(Duration::from_millis(300)));
        }
        queue
    };
    // 300 ms a hash: more than six ahead, or twelve for two threads, take longer than 2 s.
    for (threads, accepted) in [(1, 7), (2, 14)] {
        let queue = learnt(threads);
        for number in 0..accepted {
            assert_eq!(submit(&queue, &recipe), Ok(()), "job {number} of {threads} threads");
        }
        let busy = submit(&queue, &recipe).unwrap_err();
        assert_eq!(busy.retry_after, Duration::from_secs(2));
    }
    // One imported hash that costs ten ordinary ones fills the queue as ten do, and an empty queue
    // takes any.
    let queue = learnt(1);
    let costly = HashingSettings { iterations: 10, ..SMALL };
    assert_eq!(submit(&queue, &Recipe::current(&costly).unwrap()), Ok(()));
    let busy = submit(&queue, &recipe).unwrap_err();
    assert!(busy.retry_after >= Duration::from_secs(2));
    assert!(matches!(queue.next(None), Next::Job(_)));
    queue.finished(10 * recipe.work(), None);
    assert_eq!(submit(&queue, &recipe), Ok(()));
}

#[tokio::test]
async fn after_a_stop_nobody_waits_for_ever() {
    let hashing = Hashing::without_threads(SMALL).unwrap();
    let mut waiting = pin!(hashing.verify("x".into(), None));
    assert!(poll(waiting.as_mut()).is_pending());
    hashing.stop();
    assert!(waiting.await.is_err());
    assert!(hashing.verify("x".into(), None).await.is_err());
}

#[test]
fn a_thread_without_work_is_told_so() {
    let queue = Queue::new(1, 1);
    assert!(matches!(queue.next(Some(Duration::from_millis(1))), Next::Idle));
    queue.close();
    assert!(matches!(queue.next(None), Next::Closed));
}

#[test]
fn memory_is_reused_regrown_and_given_back() {
    let small = Recipe::current(&SMALL).unwrap();
    let large = Recipe::current(&HashingSettings { memory_kib: 1024, ..SMALL }).unwrap();
    let mut memory = Memory::default();
    let fresh = small.compute(b"tiger", memory.blocks_for(&small).unwrap()).unwrap();
    assert_eq!(memory.held(), 64);
    large.compute(b"other", memory.blocks_for(&large).unwrap()).unwrap();
    assert_eq!(memory.held(), 1024);
    let reused = small.compute(b"tiger", memory.blocks_for(&small).unwrap()).unwrap();
    assert_eq!(memory.held(), 1024);
    assert_eq!(fresh, reused, "what an earlier hash left behind changes nothing");
    memory.release();
    assert_eq!(memory.held(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn hashing_lowers_its_own_priority_and_no_other() {
    let priority = || rustix::process::getpriority_process(None).unwrap();
    let before = priority();
    let of_worker = std::thread::spawn(move || {
        super::worker::lower_priority();
        priority()
    });
    assert!(of_worker.join().unwrap() > before || before >= 19);
    assert_eq!(priority(), before);
}
