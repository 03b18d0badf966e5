//! The name of a request: in the log, in the answer (`x-request-id`), and nowhere secret.
//!
//! 1. [`RequestIds::next`] makes one: a counter sent through a mixing function whose steps can all be undone, so no
//!    two requests of one process share an id, and two processes start far apart.
//! 2. [`RequestId::given`] takes the one a trusted proxy already gave, if it is harmless in a log line.
//! 3. [`RequestId::header`] puts it on the answer.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderName, HeaderValue};

/// The header that carries the id, in both directions.
pub static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id taken over from a proxy, in characters.
const LONGEST_GIVEN: usize = 64;

/// The id of one request: 16 hexadecimal digits of ours, or 1 to 64 characters of `[A-Za-z0-9_-]` from a trusted proxy.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Text);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Text {
    Own([u8; 16]),
    Given(Arc<str>),
}

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Own(digits) => std::str::from_utf8(digits).unwrap_or_default(),
            Text::Given(text) => text,
        }
    }

    /// The id a proxy gave, or `None` when it is too long or could disturb a log line.
    pub fn given(value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let harmless = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let fits = (1..=LONGEST_GIVEN).contains(&text.len()) && text.bytes().all(harmless);
        fits.then(|| Self(Text::Given(text.into())))
    }

    /// The value of `x-request-id`.
    pub fn header(&self) -> HeaderValue {
        let bytes = match &self.0 {
            Text::Own(digits) => digits.as_slice(),
            Text::Given(text) => text.as_bytes(),
        };
        HeaderValue::from_bytes(bytes).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
    }

    fn from_number(number: u64) -> Self {
        let mut digits = [0_u8; 16];
        for (place, digit) in digits.iter_mut().rev().enumerate() {
            let nibble = (number >> (4 * place)) & 0xF;
            *digit = b"0123456789abcdef".get(nibble as usize).copied().unwrap_or(b'0');
        }
        Self(Text::Own(digits))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where ids come from. One for the whole process.
#[derive(Debug)]
pub struct RequestIds {
    counter: AtomicU64,
}

impl RequestIds {
    /// Starts at `seed`; ids are names, not secrets, so any seed that differs between processes will do.
    pub fn starting_at(seed: u64) -> Self {
        Self { counter: AtomicU64::new(seed) }
    }

    /// The next id, never the same twice in 2^64 calls.
    pub fn next(&self) -> RequestId {
        RequestId::from_number(mix(self.counter.fetch_add(1, Ordering::Relaxed)))
    }
}

impl Default for RequestIds {
    /// Starts where the standard library's randomly keyed hasher says.
    fn default() -> Self {
        use std::hash::{BuildHasher, RandomState};
        Self::starting_at(RandomState::new().hash_one(std::process::id()))
    }
}

/// Spreads neighbouring numbers over all 64 bits. Each step (xor with a shift, odd multiplication) can be undone, so
/// different numbers stay different.
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 29)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    number ^ (number >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn an_id_is_sixteen_hexadecimal_digits_and_is_never_given_twice() {
        let ids = RequestIds::default();
        let seen: HashSet<String> = (0..10_000).map(|_| ids.next().to_string()).collect();
        assert_eq!(seen.len(), 10_000);
        assert!(seen.iter().all(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit())));
    }

    #[test]
    fn a_number_is_written_with_its_leading_zeros() {
        assert_eq!(RequestId::from_number(0xAB).as_str(), "00000000000000ab");
        assert_eq!(RequestId::from_number(u64::MAX).header(), "ffffffffffffffff");
    }

    #[test]
    fn a_given_id_is_taken_only_when_it_is_short_and_plain() {
        let given = |text: &str| RequestId::given(&HeaderValue::from_str(text).unwrap());
        let longest = "a".repeat(64);
        for good in ["a", "4bf92f35-77b3_X", longest.as_str()] {
            assert_eq!(given(good).unwrap().as_str(), good);
        }
        let too_long = "a".repeat(65);
        for bad in ["", " ", "a b", "a\tb", "a\"b", "a=b", "a.b", "ä", "a/b", too_long.as_str()] {
            assert_eq!(given(bad), None, "{bad:?}");
        }
    }
}
