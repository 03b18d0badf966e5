//! Whether guessing is slowed down.

use super::{format::FLAG, setting::settings};

settings! {
    /// Failed logins, wrong client secrets and wrong codes of devices make the next attempt wait, which is answered 429 until then;
    /// successful ones never count, nor do client secrets of 32 bytes or more, which nobody guesses. Devices that ask for codes
    /// too often wait as well, and so do addresses that register too many clients, and access tokens that are used too often
    /// (`korap.rate_limit`). Too many logins side by side, of whom none need have failed, are answered 503.
    pub struct ThrottleSettings in "[throttle]" {
        /// Turn it off only where something in front of Keyward does the same.
        enabled: bool, FLAG, default(true), example false;
    }
}
