//! Identifiers made by Keyward: 48 bits of milliseconds, then random, so that rows made together lie together.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use keyward_wire::client_id::USER_SUBJECT_PREFIX;
use serde::{Deserialize, Serialize};

use super::time::Timestamp;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// An id that sorts by `now` and is otherwise `random`.
            #[must_use]
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                let [_, _, time @ ..] = now.0.to_be_bytes();
                let mut id = [0; 16];
                for (byte, from) in id.iter_mut().zip(time.into_iter().chain(random)) {
                    *byte = from;
                }
                $name(id)
            }

            /// Reads what [`fmt::Display`] writes.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
                bytes.try_into().ok().map($name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE64URL_NOPAD.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

id! {
    /// Names one authorization.
    AuthorizationId
}
id! {
    /// Names one user for good, whatever they are called.
    UserId
}
id! {
    /// Names one browser session.
    SessionId
}
id! {
    /// Names one access token; the `jti` of RFC 7519 §4.1.7.
    TokenId
}

impl UserId {
    /// The `sub` of tokens that speak for this user. No client id looks like it.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{USER_SUBJECT_PREFIX}{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let early = AuthorizationId::new(Timestamp(1_700_000_000_000), [0xFF; 10]);
        let late = AuthorizationId::new(Timestamp(1_700_000_000_001), [0; 10]);
        assert!(early < late);
        assert_eq!(AuthorizationId::parse(&early.to_string()), Some(early));
        assert_eq!(AuthorizationId::parse("short"), None);
    }
}
