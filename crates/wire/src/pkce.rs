//! Proof Key for Code Exchange (RFC 7636): whoever redeems a code shows that they asked for it.
//!
//! Only `S256` is known. With `plain` the proof would stand in the request, for everybody who reads along.

use std::fmt;

use aws_lc_rs::{constant_time, digest};
use data_encoding::BASE64URL_NOPAD;

/// The one method there is, as the wire and the metadata name it.
pub const METHOD: &str = "S256";

/// The SHA-256 of a verifier (RFC 7636 §4.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CodeChallenge(pub [u8; 32]);

/// A text that is no challenge of this method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllegalChallenge;

impl fmt::Display for IllegalChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected the base64url of a SHA-256, 43 characters without padding")
    }
}

impl std::error::Error for IllegalChallenge {}

impl CodeChallenge {
    /// Reads `code_challenge`.
    ///
    /// # Errors
    /// It is not the base64url of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, IllegalChallenge> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| IllegalChallenge)?;
        bytes.try_into().map(CodeChallenge).map_err(|_| IllegalChallenge)
    }

    /// Whether this is the challenge of `verifier` (RFC 7636 §4.6), which must have the form of §4.1: 43 to 128 of
    /// `[A-Za-z0-9-._~]`.
    #[must_use]
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
            return false;
        }
        let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
        constant_time::verify_slices_are_equal(hash.as_ref(), &self.0).is_ok()
    }
}

impl fmt::Debug for CodeChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeChallenge(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn a_challenge_is_met_by_its_verifier_and_no_other() {
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        assert!(challenge.is_met_by(VERIFIER));
        let longer = format!("{VERIFIER}x");
        for other in ["", CHALLENGE, VERIFIER.trim_start_matches('d'), &longer, &VERIFIER.to_lowercase(), &"a".repeat(129)] {
            assert!(!challenge.is_met_by(other), "{other}");
        }
    }

    #[test]
    fn sec_o07_a_challenge_has_one_spelling() {
        for text in ["", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", VERIFIER] {
            let read = CodeChallenge::parse(text);
            assert!(read.is_err() || text == VERIFIER, "{text}");
        }
    }
}
