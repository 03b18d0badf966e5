//! How long a guesser waits (RFC 6819 §4.4.3, §5.1.4.2.3; RFC 6749 §4.3.2, §2.3.1).
//!
//! 1. An attempt is filed under keys made from names of one spelling each ([`canonical_account`], [`network`]).
//! 2. Each key has a [`Tally`]; a [`Backoff`] says what the tally allows now: its [`Standing`].
//! 3. An attempt that may go ahead is reserved and counts like a failure until it ends, so that
//!    attempts sent side by side gain nothing over attempts sent one after the other.
//! 4. Its end is recorded: failed on every axis; succeeded clears the failures of its own pair of
//!    account and address and touches nothing else; given up leaves no trace.
//!
//! Failures count, successes never do. Whoever has logged in to an account from an address before
//! ([`Familiar`]) is judged by that pair alone: neither a neighbour at the address nor a crowd
//! guessing at the account can keep a person out of a place they use.
//!
//! What may be done only so often, right or wrong, has a [`Rate`] instead.
//!
//! Everything here is a value: the time (milliseconds of any clock that does not jump) comes in.

mod backoff;
mod familiar;
mod keys;
mod rate;

pub use backoff::{Backoff, Standing, Tally};
pub use familiar::Familiar;
pub use keys::{canonical_account, network};
pub use rate::{Rate, Used};

#[cfg(test)]
mod tests;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// [`crate::device::LIFETIME`] in milliseconds.
const CODE_LIFETIME: i64 = 10 * MINUTE;

/// What attempts are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// One account tried from one address.
    Pair,
    /// One address, whatever accounts it tries.
    Address,
    /// One account, wherever it is tried from.
    Account,
    /// One person who enters codes that devices show.
    CodesOfUser,
    /// One address where people enter them.
    CodesOfAddress,
    /// One client, whose devices ask for codes.
    DevicesOfClient,
    /// One address that devices ask from.
    DevicesOfAddress,
    /// One address that clients register themselves from.
    RegistrationsOfAddress,
}

impl Axis {
    /// Of passwords: a failed attempt is counted on each.
    pub const PASSWORD: &'static [Self] = &[Self::Pair, Self::Address, Self::Account];
    /// Of codes that devices show: a wrong one is counted on each.
    pub const USER_CODE: &'static [Self] = &[Self::CodesOfUser, Self::CodesOfAddress];

    /// Of clients that register themselves: each time counts.
    pub const REGISTRATION: &'static [Self] = &[Self::RegistrationsOfAddress];

    /// Of devices that ask for codes: each time counts, so that nobody fills the store. A client that proves who it is may ask for
    /// many devices from one address.
    #[must_use]
    pub const fn device(anonymous: bool) -> &'static [Self] {
        if anonymous { &[Self::DevicesOfClient, Self::DevicesOfAddress] } else { &[Self::DevicesOfClient] }
    }

    /// The axes that may hold a password back; `familiar` says whether this account has been
    /// logged in to from this address before.
    #[must_use]
    pub const fn binding(familiar: bool) -> &'static [Self] {
        if familiar { &[Self::Pair] } else { Self::PASSWORD }
    }

    /// The back-off of this axis.
    #[must_use]
    pub const fn backoff(self) -> Backoff {
        match self {
            Self::Pair => Backoff { free: 5, first_ms: SECOND, cap_ms: 15 * MINUTE, quiet_ms: HOUR },
            // An address may be a whole office or a carrier's gateway.
            Self::Address => Backoff { free: 50, first_ms: SECOND, cap_ms: 5 * MINUTE, quiet_ms: HOUR },
            // The cap is low on purpose: anybody can cause failures on anybody's account.
            Self::Account => Backoff { free: 20, first_ms: SECOND, cap_ms: MINUTE, quiet_ms: HOUR },
            // Five of 20⁸ codes while one lives: less than 2⁻³² (RFC 8628 §5.1).
            Self::CodesOfUser => even(5, CODE_LIFETIME),
            Self::CodesOfAddress => even(20, CODE_LIFETIME),
            // At most twice as many as are free here live at a time.
            Self::DevicesOfClient => even(6_000, CODE_LIFETIME / 6_000),
            Self::DevicesOfAddress => even(60, CODE_LIFETIME / 60),
            Self::RegistrationsOfAddress => Backoff { free: 20, first_ms: MINUTE, cap_ms: MINUTE, quiet_ms: HOUR },
        }
    }

    /// The axis as a log line names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pair => "account and address",
            Self::Address => "address",
            Self::Account => "account",
            Self::CodesOfUser => "user",
            Self::CodesOfAddress | Self::DevicesOfAddress | Self::RegistrationsOfAddress => "address",
            Self::DevicesOfClient => "client",
        }
    }
}

/// So many freely, then one after each `wait_ms`; all afresh after a code's lifetime without any.
const fn even(free: u32, wait_ms: i64) -> Backoff {
    Backoff { free, first_ms: wait_ms, cap_ms: wait_ms, quiet_ms: CODE_LIFETIME }
}

/// The back-off of client secrets short enough to be guessed, per client and address: a burst, then one wrong secret a
/// second. The rightful client at another address does not notice; at the same one it takes turns with whoever guesses.
pub const CLIENT_SECRET: Backoff = Backoff { free: 20, first_ms: SECOND, cap_ms: SECOND, quiet_ms: MINUTE };
