//! Client secrets that nobody can guess.

use aws_lc_rs::{error::Unspecified, rand};
use data_encoding::BASE64URL_NOPAD;
use secrecy::SecretString;
use zeroize::Zeroizing;

/// A new secret: 256 random bits as 43 characters that need no escaping anywhere.
///
/// # Errors
/// The system has no randomness to give.
pub fn generate() -> Result<SecretString, Unspecified> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand::fill(&mut *bytes)?;
    Ok(BASE64URL_NOPAD.encode(&*bytes).into())
}
