//! Clients that are slow, many, or gone before they were answered.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use super::{statuses, whole_request};
use crate::client::{encode, read_to_close};
use crate::fixture::{C1, DORY};
use crate::server::{Home, Server};

#[test]
fn sec_p06_slow_clients_are_closed_and_harm_nobody() {
    let server = Home::demo().with("[limits]\nheader_time = '1s'\nrequest_time = '2s'").start();
    let site = server.standard();
    let before = server.memory_kib();
    let request = whole_request();
    let mut slow = Vec::new();
    for n in 0..300 {
        let mut stream = site.connect();
        // Some say nothing, some stop within the head, some within the body.
        let part = [0, 20, request.len() - 5][n % 3];
        stream.write_all(&request.as_bytes()[..part]).unwrap();
        slow.push(stream);
        if n % 10 == 0 {
            site.machine_token(C1);
        }
    }
    for _ in 0..200 {
        site.machine_token(C1);
    }
    let grown = server.memory_kib().saturating_sub(before);
    assert!(grown < 64 << 10, "300 slow clients cost {grown} KiB");
    // Each is closed by the server, with or without a word of its own.
    for mut stream in slow {
        let said = read_to_close(&mut stream);
        assert!(statuses(&said).iter().all(|status| ["400", "408", "503"].contains(status)), "{said}");
    }
    site.machine_token(C1);
}

#[test]
fn sec_p06_a_client_that_drips_is_not_kept_by_its_dripping() {
    let server = Home::demo().with("[limits]\nheader_time = '1s'\nrequest_time = '2s'").start();
    let mut stream = server.standard().connect();
    stream.write_all(b"POST /oauth/token HTTP/1.1\r\n").unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let closed = (0..600).any(|n| {
        let drip = stream.write_all(format!("X-Drip-{n}: 1\r\n").as_bytes());
        drip.is_err() || !matches!(stream.read(&mut [0; 64]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    });
    assert!(closed, "a head that takes 30 times its time is still waited for");
}

#[test]
fn sec_p06_more_connections_than_allowed_wait_or_are_closed_and_the_limit_frees_itself() {
    let limits = "[limits]\nconnections = 20\nheader_time = '1s'\nrequest_time = '2s'";
    let server = Home::demo().with(limits).start();
    let site = server.standard();
    let held: Vec<_> = (0..40).map(|_| site.connect()).collect();
    let answered = (0..600).any(|_| {
        let answer = site.get("/health").attempt();
        let good = answer.is_ok_and(|answer| answer.status == 200);
        if !good {
            thread::sleep(Duration::from_millis(100));
        }
        good
    });
    assert!(answered, "idle connections hold the server for ever");
    drop(held);
}

#[test]
fn sec_p07_a_flood_of_logins_is_bounded_and_starves_nothing_else() {
    let slow = "[passwords]\nthreads = 1\nmemory_kib = 19456\niterations = 8\nqueue = 4\n[throttle]\nenabled = false";
    let server = Home::demo().with(slow).start();
    let site = server.standard();
    let tokens = site.login(C1, DORY);
    let before = server.memory_kib();
    let answers: Vec<_> = thread::scope(|scope| {
        let flood: Vec<_> = (0..40)
            .map(|n| {
                let password = if n % 2 == 0 { DORY.1 } else { "wrong" };
                scope.spawn(move || site.ask_password(C1, (DORY.0, password)))
            })
            .collect();
        for _ in 0..50 {
            assert!(site.is_active(C1, &tokens.access));
            site.machine_token(C1);
            assert_eq!(site.get("/oauth/jwks").send().status, 200);
        }
        flood.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let shed: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert!(!shed.is_empty(), "40 logins do not fit a queue of 4");
    assert!(shed.iter().all(|answer| !answer.header("retry-after").is_empty()), "{shed:?}");
    assert!(answers.iter().any(|answer| answer.status == 200 || answer.status == 400), "some are served");
    assert!(answers.iter().all(|answer| [200, 400, 503].contains(&answer.status)), "{answers:?}");
    let grown = server.memory_kib().saturating_sub(before);
    assert!(grown < 40 << 10, "one hash at a time, not {grown} KiB of them");
    site.login(C1, DORY);
}

#[test]
fn sec_p13_a_socket_closed_at_any_byte_leaves_nothing_behind() {
    let server = Server::start();
    let site = server.standard();
    let tokens = site.login(C1, DORY);
    let body =
        encode(&[("grant_type", "refresh_token"), ("refresh_token", tokens.refresh()), ("client_id", C1.0), ("client_secret", C1.1)]);
    let refresh = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for request in [whole_request(), refresh] {
        for end in 0..=request.len() {
            let mut stream = site.connect();
            stream.write_all(&request.as_bytes()[..end]).unwrap();
            drop(stream);
        }
    }
    // The whole refresh was sent once: its authorization lives, and the grace gives its successor back.
    let next = site.refresh(C1, tokens.refresh());
    assert!(site.is_active(C1, &next.access));
    site.refresh(C1, next.refresh());
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
}
