//! Why somebody has to wait.

use std::time::Duration;

use keyward_rules::throttle::Axis;

/// Why an attempt may not go ahead now: for the log. The client learns when to try again, and the
/// same whether the account exists or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too many passwords were wrong.
    #[error("too many failed logins for this {}, expected the next after {} ms", axis.as_str(), retry_after.as_millis())]
    Password {
        /// The axis with the longest wait.
        axis: Axis,
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many codes that devices show were wrong.
    #[error("too many wrong user codes from this {}, expected the next after {} ms", axis.as_str(), retry_after.as_millis())]
    UserCode {
        /// The axis with the longest wait.
        axis: Axis,
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many devices ask for codes.
    #[error("too many devices of this {} ask for codes, expected the next after {} ms", axis.as_str(), retry_after.as_millis())]
    Device {
        /// The axis with the longest wait.
        axis: Axis,
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many clients register themselves.
    #[error("too many clients register themselves from this {}, expected the next after {} ms", axis.as_str(), retry_after.as_millis())]
    Registration {
        /// The axis with the longest wait.
        axis: Axis,
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many secrets of this client from this address were wrong.
    #[error("too many wrong secrets of this client from this address, expected the next after {} ms", retry_after.as_millis())]
    Secret {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many requests with one access token.
    #[error("too many requests with this access token, expected the next after {} ms; see korap.rate_limit", retry_after.as_millis())]
    Rate {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too many attempts at once; none of them need have failed.
    #[error("too many attempts at once for the same account, client or address, expected fewer side by side")]
    Crowded,
}

impl Refused {
    /// When to try again; round up to seconds for `Retry-After` (RFC 9110 §10.2.3).
    #[must_use]
    pub fn retry_after(&self) -> Duration {
        match *self {
            Self::Password { retry_after, .. }
            | Self::UserCode { retry_after, .. }
            | Self::Device { retry_after, .. }
            | Self::Registration { retry_after, .. }
            | Self::Secret { retry_after }
            | Self::Rate { retry_after } => retry_after,
            Self::Crowded => Duration::from_secs(1),
        }
    }

    /// The refusal of what is counted on `axis`.
    pub(super) fn on(axis: Axis, retry_after: Duration) -> Self {
        match axis {
            Axis::Pair | Axis::Address | Axis::Account => Refused::Password { axis, retry_after },
            Axis::CodesOfUser | Axis::CodesOfAddress => Refused::UserCode { axis, retry_after },
            Axis::RegistrationsOfAddress => Refused::Registration { axis, retry_after },
            Axis::DevicesOfClient | Axis::DevicesOfAddress => Refused::Device { axis, retry_after },
        }
    }
}
