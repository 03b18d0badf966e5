//! Requests made at random.

use crate::fixture::{C1, DORY};
use crate::server::Home;

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
