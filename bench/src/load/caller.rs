//! What one connection sends, and how it judges each answer. Only right answers count.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use memchr::memmem;

use super::connection::Answer;
use super::request::{self, Client};

/// What one connection does.
pub trait Caller: Send {
    /// The next request, or nothing when this caller is done.
    fn next(&mut self) -> Option<&[u8]>;

    /// Whether `answer` is a right answer to the last request. What the caller learns from it shapes the next request.
    fn judge(&mut self, answer: &Answer<'_>) -> bool;

    /// Whether the last right answer ended something. If not, it is not counted, and the time of the next one begins with it.
    fn is_complete(&self) -> bool {
        true
    }
}

/// A right answer is a 200 whose body holds this.
#[derive(Clone)]
pub struct Marker(Arc<memmem::Finder<'static>>);

impl Marker {
    /// Expects `text` in the body; an empty text expects nothing.
    pub fn new(text: &'static str) -> Self {
        Self(Arc::new(memmem::Finder::new(text.as_bytes())))
    }

    fn marks(&self, answer: &Answer<'_>) -> bool {
        answer.status == 200 && self.0.find(answer.body).is_some()
    }
}

/// Sends the requests of a list over and over.
pub struct Cycle {
    requests: Arc<[Vec<u8>]>,
    next: usize,
    marker: Marker,
}

impl Cycle {
    /// `count` callers that share `requests`, each beginning at another place.
    pub fn callers(requests: Vec<Vec<u8>>, marker: &'static str, count: usize) -> Vec<Box<dyn Caller>> {
        let (requests, marker) = (Arc::<[Vec<u8>]>::from(requests), Marker::new(marker));
        let start = |index: usize| index * requests.len() / count.max(1);
        (0..count)
            .map(|index| {
                let cycle = Self { requests: requests.clone(), next: start(index), marker: marker.clone() };
                Box::new(cycle) as Box<dyn Caller>
            })
            .collect()
    }
}

impl Caller for Cycle {
    fn next(&mut self) -> Option<&[u8]> {
        let index = self.next;
        self.next = if index + 1 < self.requests.len() { index + 1 } else { 0 };
        self.requests.get(index).map(Vec::as_slice)
    }

    fn judge(&mut self, answer: &Answer<'_>) -> bool {
        self.marker.marks(answer)
    }
}

/// Sends each request of a list once; the callers share the list.
pub struct Drain {
    requests: Arc<[Vec<u8>]>,
    next: Arc<AtomicUsize>,
    marker: Marker,
}

impl Drain {
    /// `count` callers that empty `requests` together.
    pub fn callers(requests: Vec<Vec<u8>>, marker: &'static str, count: usize) -> Vec<Box<dyn Caller>> {
        let (requests, marker) = (Arc::<[Vec<u8>]>::from(requests), Marker::new(marker));
        let next = Arc::new(AtomicUsize::new(0));
        (0..count)
            .map(|_| {
                let drain = Self { requests: requests.clone(), next: next.clone(), marker: marker.clone() };
                Box::new(drain) as Box<dyn Caller>
            })
            .collect()
    }
}

impl Caller for Drain {
    fn next(&mut self) -> Option<&[u8]> {
        self.requests.get(self.next.fetch_add(1, Ordering::Relaxed)).map(Vec::as_slice)
    }

    fn judge(&mut self, answer: &Answer<'_>) -> bool {
        self.marker.marks(answer)
    }
}

/// Rotates one chain of refresh tokens: each answer brings the token of the next request; one without a token ends the chain.
pub struct Chain {
    broken: bool,
    path: &'static str,
    client: Client,
    request: Vec<u8>,
}

impl Chain {
    /// One caller for each of `tokens`.
    pub fn callers(path: &'static str, client: Client, tokens: &[String]) -> Vec<Box<dyn Caller>> {
        let chain = |token: &String| Self { broken: false, path, client, request: refresh_request(path, client, token) };
        tokens.iter().map(|token| Box::new(chain(token)) as Box<dyn Caller>).collect()
    }
}

impl Caller for Chain {
    fn next(&mut self) -> Option<&[u8]> {
        (!self.broken).then_some(&self.request)
    }

    fn judge(&mut self, answer: &Answer<'_>) -> bool {
        let next = member(answer.body, "refresh_token").filter(|_| answer.status == 200);
        match next {
            Some(token) => self.request = refresh_request(self.path, self.client, token),
            None => self.broken = true,
        }
        !self.broken
    }
}

/// Asks for a code in a browser that is signed in, redeems it, and so on.
pub struct CodeFlow {
    path: &'static str,
    client: Client,
    authorize: Arc<[u8]>,
    /// The next request, once a code is there to be redeemed.
    redeem: Option<Vec<u8>>,
}

impl CodeFlow {
    /// `count` callers that all begin with `authorize`.
    pub fn callers(path: &'static str, client: Client, authorize: Vec<u8>, count: usize) -> Vec<Box<dyn Caller>> {
        let authorize = Arc::<[u8]>::from(authorize);
        let flow = || Self { path, client, authorize: authorize.clone(), redeem: None };
        (0..count).map(|_| Box::new(flow()) as Box<dyn Caller>).collect()
    }
}

impl Caller for CodeFlow {
    fn next(&mut self) -> Option<&[u8]> {
        Some(self.redeem.as_deref().unwrap_or(&self.authorize))
    }

    fn judge(&mut self, answer: &Answer<'_>) -> bool {
        if self.redeem.take().is_some() {
            return answer.status == 200 && member(answer.body, "access_token").is_some();
        }
        self.redeem = code(answer).map(|code| redeem_request(self.path, self.client, code));
        self.redeem.is_some()
    }

    fn is_complete(&self) -> bool {
        self.redeem.is_none()
    }
}

/// The code in the redirect of an authorization response.
pub fn code<'a>(answer: &Answer<'a>) -> Option<&'a str> {
    let (_, code) = answer.header("location")?.split_once("code=")?;
    code.split('&').next()
}

/// The redemption of `code` (RFC 6749 §4.1.3, RFC 7636 §4.5).
pub fn redeem_request(path: &str, client: Client, code: &str) -> Vec<u8> {
    request::post(path, client, &format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}"))
}

/// The verifier of every code here, and its challenge: RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// See [`VERIFIER`].
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The refresh of `token` (RFC 6749 §6).
pub fn refresh_request(path: &str, client: Client, token: &str) -> Vec<u8> {
    request::post(path, client, &format!("grant_type=refresh_token&refresh_token={token}"))
}

/// The value of the string member `name` of a JSON object whose strings need no unescaping, as tokens do not.
pub fn member<'a>(body: &'a [u8], name: &str) -> Option<&'a str> {
    let after_name = memmem::find(body, format!("\"{name}\":\"").as_bytes()).map(|at| at + name.len() + 4)?;
    let rest = body.get(after_name..)?;
    let end = memchr::memchr(b'"', rest)?;
    std::str::from_utf8(rest.get(..end)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_200_with_the_marker_is_right() {
        let marker = Marker::new("\"active\":true");
        assert!(marker.marks(&Answer { status: 200, head: b"", body: b"{\"active\":true}" }));
        assert!(!marker.marks(&Answer { status: 200, head: b"", body: b"{\"active\":false}" }));
        assert!(!marker.marks(&Answer { status: 401, head: b"", body: b"{\"active\":true}" }));
    }

    #[test]
    fn a_chain_goes_on_with_the_token_of_the_last_answer_and_ends_without_one() {
        let client = Client { id: "a", secret: "b" };
        let mut chain = Chain { broken: false, path: "/t", client, request: refresh_request("/t", client, "first") };
        assert!(chain.judge(&Answer { status: 200, head: b"", body: b"{\"refresh_token\":\"second\"}" }));
        assert!(chain.next().unwrap().ends_with(b"refresh_token=second"));
        assert!(!chain.judge(&Answer { status: 400, head: b"", body: b"{\"error\":\"invalid_grant\"}" }));
        assert!(chain.next().is_none());
    }

    #[test]
    fn drained_requests_are_sent_once_each() {
        let mut callers = Drain::callers(vec![b"1".to_vec(), b"2".to_vec(), b"3".to_vec()], "", 2);
        let mut sent = Vec::new();
        for turn in 0..6 {
            sent.extend(callers[turn % 2].next().map(<[u8]>::to_vec));
        }
        assert_eq!(sent, [b"1", b"2", b"3"]);
    }
}
