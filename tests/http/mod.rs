//! Below the endpoints: malformed, slow, cancelled and random requests.

mod framing;
mod overload;
mod random;

use data_encoding::BASE64;

use crate::fixture::C1;

/// The answers in what a connection said, by their status lines.
pub fn statuses(said: &str) -> Vec<&str> {
    said.match_indices("HTTP/1.1 ").map(|(at, _)| said.get(at + 9..at + 12).unwrap_or("?")).collect()
}

/// A complete request for a client_credentials token.
pub fn whole_request() -> String {
    let body = "grant_type=client_credentials";
    format!(
        "POST /oauth/token HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        BASE64.encode(format!("{}:{}", C1.0, C1.1).as_bytes()),
        body.len()
    )
}
