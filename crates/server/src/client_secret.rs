//! Client secrets that nobody can guess.

use data_encoding::BASE64URL_NOPAD;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::random::random;

/// A new secret: 256 random bits as 43 characters that need no escaping anywhere.
///
/// # Errors
/// The system has no randomness to give.
pub fn generate() -> Result<SecretString, getrandom::Error> {
    let bytes = Zeroizing::new(random::<32>()?);
    Ok(BASE64URL_NOPAD.encode(&*bytes).into())
}
