//! The pages of a device that cannot show pages itself (RFC 8628 §3.3).

use serde::Serialize;

use super::ScopeLine;

/// Enter the code that the device shows: `POST /device` with `csrf` and `user_code`. Entering it approves nothing.
#[derive(Clone, Serialize)]
pub struct DeviceCodePage<'a> {
    /// Against forged requests: only who was shown the form has entered a code.
    pub csrf: &'a str,
    /// What was entered, or came with the link; may be empty.
    pub user_code: &'a str,
    /// Why it did not go on.
    pub problem: Option<DeviceProblem>,
}

/// Why a code was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeviceProblem {
    /// No device waits with this code, or does so no longer.
    Unknown,
    /// Too many wrong codes; the next is listened to after so many seconds.
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
}

/// The question whether the device gets what it asks for: `POST /device` with `csrf` and `decision`, which is
/// `allow` or `deny`. "Not you?" is `POST /logout` with `csrf`.
#[derive(Clone, Serialize)]
pub struct DeviceConfirm<'a> {
    /// The form's ticket, with the request that is decided on.
    pub csrf: &'a str,
    /// The code, to compare with the one on the device.
    pub user_code: &'a str,
    /// The name of the application on the device.
    pub client: &'a str,
    /// What it is registered as.
    pub client_id: &'a str,
    /// Whether it registered itself, so that nobody has checked what it says of itself.
    pub registered_itself: bool,
    /// What it asks for; may be empty.
    pub scopes: Vec<ScopeLine<'a>>,
    /// Where it could do that (RFC 8707); may be empty.
    pub resources: Vec<&'a str>,
    /// How long the permission lasts, in seconds.
    pub lifetime: u64,
    /// Who is signed in.
    pub username: &'a str,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceDone {
    /// Whether the device was allowed what it asked for.
    pub allowed: bool,
}

impl DeviceCodePage<'_> {
    /// Empty, filled by a link, and after each problem.
    pub(super) fn samples() -> impl Iterator<Item = DeviceCodePage<'static>> {
        [("", None), ("WDJB-MJHT", None), ("WDJB-MJHX", Some(DeviceProblem::Unknown)), ("", Some(DeviceProblem::TooMany { seconds: 60 }))]
            .into_iter()
            .map(|(user_code, problem)| DeviceCodePage { csrf: "sample-token", user_code, problem })
    }
}

impl DeviceConfirm<'_> {
    /// With everything, with the least, and of an application that registered itself.
    pub(super) fn samples() -> impl Iterator<Item = DeviceConfirm<'static>> {
        let full = DeviceConfirm {
            csrf: "sample-token",
            user_code: "WDJB-MJHT",
            client: "Living Room TV",
            client_id: "tv",
            registered_itself: false,
            scopes: ScopeLine::samples(),
            resources: vec!["https://photos.example.com"],
            lifetime: 7_776_000,
            username: "alice",
        };
        let least = DeviceConfirm { scopes: Vec::new(), resources: Vec::new(), lifetime: 1800, ..full.clone() };
        let itself = DeviceConfirm { registered_itself: true, ..full.clone() };
        [full, least, itself].into_iter()
    }
}

impl DeviceDone {
    /// Allowed and denied.
    pub(super) fn samples() -> impl Iterator<Item = DeviceDone> {
        [true, false].into_iter().map(|allowed| DeviceDone { allowed })
    }
}
