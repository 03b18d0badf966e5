//! Whether guessing is slowed down.

use super::{format::FLAG, setting::settings};

settings! {
    /// Failed logins and wrong client secrets make the next attempt wait; successful ones never count.
    pub struct ThrottleSettings in "[throttle]" {
        /// Turn it off only where something in front of Keyward does the same.
        enabled: bool, FLAG, default(true), example false;
    }
}
