//! Below the endpoints: malformed, slow, cancelled and random requests.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use data_encoding::BASE64;

use crate::client::{encode, read_to_close};
use crate::fixture::{C1, DORY};
use crate::server::{Home, Server};

/// The answers in what a connection said, by their status lines.
fn statuses(said: &str) -> Vec<&str> {
    said.match_indices("HTTP/1.1 ").map(|(at, _)| said.get(at + 9..at + 12).unwrap_or("?")).collect()
}

/// A complete request for a client_credentials token.
fn whole_request() -> String {
    let body = "grant_type=client_credentials";
    format!(
        "POST /oauth/token HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        BASE64.encode(format!("{}:{}", C1.0, C1.1).as_bytes()),
        body.len()
    )
}

#[test]
fn sec_p04_ambiguous_framing_is_refused_and_the_connection_closed() {
    let server = Server::start();
    let site = server.standard();
    assert_eq!(statuses(&site.raw(whole_request().replace("Host: x", "Host: x\r\nConnection: close"))), ["200"]);

    let hidden = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    let post = |headers: &str, body: &str| format!("POST /oauth/token HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{body}");
    let length = hidden.len() + 5;
    let ambiguous = [
        post(&format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"), &format!("0\r\n\r\n{hidden}")),
        post(&format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"), &format!("0\r\n\r\n{hidden}")),
        post("Content-Length: 0\r\nContent-Length: 5", hidden),
        post("Content-Length: 5, 6", hidden),
        post("Content-Length: +5", hidden),
        post("Content-Length: -1", hidden),
        post("Content-Length: 0x5", hidden),
        post("Transfer-Encoding: xchunked", hidden),
        post("Transfer-Encoding: chunked, identity", hidden),
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", hidden),
        post("Content-Length : 5", hidden),
        post("Transfer-Encoding\t: chunked", hidden),
        post("X-Folded: a\r\n b\r\nContent-Length: 0", hidden),
        post("Content-Length: 0\r\nX-Nul: a\0b", hidden),
        format!("POST /oauth/token HTTP/1.1\r\n Host: x\r\nContent-Length: 0\r\n\r\n{hidden}"),
        format!("POST  /oauth/token HTTP/1.1\r\nHost: x\r\n\r\n{hidden}"),
        format!("POST /oauth/token HTTP/9.9\r\nHost: x\r\n\r\n{hidden}"),
        post("Transfer-Encoding: chunked", &format!("zz\r\n\r\n{hidden}")),
        post("Transfer-Encoding: chunked", &format!("ffffffffffffffffff\r\n{hidden}")),
    ];
    for request in ambiguous {
        let said = site.raw(&request);
        let statuses = statuses(&said);
        assert!(statuses.len() <= 1, "a second request was smuggled in: {request:?} -> {said}");
        assert!(statuses.iter().all(|status| status.starts_with('4')), "{request:?} -> {said}");
    }
    site.machine_token(C1);
}

#[test]
fn sec_p04_lax_spellings_never_hide_a_second_request() {
    let server = Server::start();
    let hidden = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    for request in [
        // A body that looks like a request is a body.
        format!("POST /oauth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{hidden}", hidden.len()),
        // Chunk extensions and trailers carry nothing.
        format!(
            "POST /oauth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
             {:x};ext=\"{}\"\r\n{hidden}\r\n0\r\nX-Trailer: y\r\n\r\n",
            hidden.len(),
            "e".repeat(64),
        ),
        format!("POST /oauth/token HTTP/1.1\nHost: x\nConnection: close\nContent-Length: {}\n\n{hidden}", hidden.len()),
    ] {
        let said = server.standard().raw(&request);
        assert_eq!(statuses(&said).len(), 1, "{request:?} -> {said}");
        assert!(statuses(&said)[0].starts_with('4'), "{request:?} -> {said}");
    }
}

#[test]
fn what_is_not_http_is_answered_or_closed() {
    let server = Server::start();
    let site = server.standard();
    let tls_hello = [0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00];
    for bytes in [
        &tls_hello[..],
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n\xff\xfe: x\r\n\r\n",
    ] {
        let said = site.raw(bytes);
        assert!(statuses(&said).iter().all(|status| status.starts_with('4')), "{said}");
    }
    let hostless = site.raw("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert_eq!(statuses(&hostless).len(), 1, "{hostless}");
    site.machine_token(C1);
}

#[test]
fn a_connection_that_is_about_to_be_closed_says_so() {
    let server = Server::start();
    for target in ["POST /no-such-path", "OPTIONS /oauth/jwks", "PUT /oauth/token", "POST /secure", "POST /health"] {
        let mut stream = server.standard().connect();
        stream.set_nodelay(true).unwrap();
        stream.write_all(format!("{target} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n").as_bytes()).unwrap();
        // The answer does not wait for the body, which comes afterwards.
        let mut answer = Vec::new();
        while !answer.ends_with(b"}") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap_or_else(|why| panic!("{target}: {why}"));
            answer.extend(byte);
        }
        let answer = String::from_utf8(answer).unwrap().to_ascii_lowercase();
        if answer.contains("\r\nconnection: close\r\n") {
            continue;
        }
        // A client may use a connection again that nobody has called off (RFC 9112 §9.6).
        let _ = stream.write_all(b"abcdeGET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let next = read_to_close(&mut stream);
        assert_eq!(statuses(&next), ["200"], "{target} is answered with {answer}, then {next:?}");
    }
}

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

/// A small generator of reproducible randomness (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }
}

#[test]
fn sec_p15_nothing_random_is_answered_with_a_server_error() {
    let server = Home::demo().with("[throttle]\nenabled = false").start();
    let site = server.standard();
    let tokens = site.login(C1, DORY);
    let paths = [
        "/oauth/token",
        "/oauth/introspect",
        "/introspect",
        "/oauth/check_token",
        "/oauth/revoke",
        "/oauth/jwks",
        "/.well-known/oauth-authorization-server",
        "/secure",
        "/health",
        "/",
        "/oauth",
        "/%00",
        "/oauth/token?x",
    ];
    let names = [
        "grant_type",
        "client_id",
        "client_secret",
        "username",
        "password",
        "scope",
        "audience",
        "resource",
        "refresh_token",
        "token",
        "token_type_hint",
        "",
        "%",
        "a%ZZ",
        "grant%5Ftype",
        "\u{fe}",
    ];
    let long = "9".repeat(3000);
    let values = [
        "password",
        "client_credentials",
        "refresh_token",
        "C1",
        C1.1,
        "dory",
        "dorypass",
        "read",
        "read read",
        "",
        "%",
        "%FF",
        "%00",
        "+",
        "+++",
        "%E2%82%AC",
        "..",
        "{}",
        "[]",
        "null",
        "-1",
        "1e400",
        "a.b.c",
        &long,
        &tokens.access,
        tokens.refresh(),
        "https://api.example.com",
    ];
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for n in 0..3000 {
        let method = dice.pick(&["POST", "POST", "POST", "POST", "GET", "PUT", "HEAD", "OPTIONS"]);
        let mut request = site.method(method, dice.pick(&paths));
        request = match dice.roll(6) {
            0 => request.basic(("C1", dice.pick(&values))),
            1 => request.bearer(dice.pick(&[&tokens.access, "x", "a.b.c"])),
            2 => request.header("Authorization", dice.pick(&["Basic", "Basic =", "Basic OjpA", "Digest x", "\u{20}"])),
            _ => request.basic(C1),
        };
        let pairs = (0..dice.roll(6)).map(|_| format!("{}={}", dice.pick(&names), dice.pick(&values)));
        let body = pairs.collect::<Vec<_>>().join(dice.pick(&["&", "&&", "&\n", ";"]));
        let content_type = dice.pick(&[
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded;charset=utf-8",
            "application/json",
            "",
            ";",
        ]);
        if method != "GET" && method != "HEAD" {
            request = request.body(content_type, &body);
        }
        let answer = request.patiently();
        assert!(answer.status < 500, "request {n}: {request:?} -> {answer:?}");
    }
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
    site.login(C1, DORY);
}
