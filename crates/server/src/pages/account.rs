//! What has access to an account, and where its owner is signed in.

use serde::Serialize;

use super::ScopeLine;

/// The account of who is signed in. Its forms carry `csrf` and
///
/// - `POST /account/applications/revoke`: `authorization` (a handle), or `client` (a client id, for all of its
///   authorizations), or `all=yes`;
/// - `POST /account/sessions/end`: `session` (a handle), or `others=yes`;
/// - `POST /logout`: nothing else.
#[derive(Clone, Serialize)]
pub struct Account<'a> {
    /// Against forged requests.
    pub csrf: &'a str,
    /// Who is signed in.
    pub username: &'a str,
    /// What has access.
    pub applications: Vec<Application<'a>>,
    /// Whether there may be applications that are not listed.
    pub more_applications: bool,
    /// Where they are signed in.
    pub sessions: Vec<Session<'a>>,
    /// How many sessions more there are.
    pub more_sessions: usize,
    /// What was just done.
    pub notice: Option<Notice>,
    /// Why it was not done.
    pub problem: Option<AccountProblem>,
}

/// An application that has access.
#[derive(Clone, Serialize)]
pub struct Application<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What it is registered as.
    pub client_id: &'a str,
    /// Whether it belongs to this service itself.
    pub first_party: bool,
    /// What it was allowed, each time: at least one.
    pub authorizations: Vec<Authorization<'a>>,
    /// How many times more.
    pub more: usize,
}

/// One time that an application was allowed something. Times are seconds since 1970 (UTC).
#[derive(Clone, Serialize)]
pub struct Authorization<'a> {
    /// What the form names it by.
    pub handle: &'a str,
    /// What the application may do; may be empty.
    pub scopes: Vec<ScopeLine<'a>>,
    /// Since when.
    pub granted_at: i64,
    /// When it was used last: made, redeemed or refreshed.
    pub last_used_at: i64,
    /// Until when.
    pub expires_at: i64,
    /// Where it was allowed, such as "Firefox on Linux"; empty if that is not known.
    pub device: &'a str,
    /// How it was allowed.
    pub through: Through,
}

/// How an application was allowed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Through {
    /// On the pages here.
    SignInPage,
    /// It was given name and password (RFC 6749 §4.3).
    Password,
    /// With the code that a device showed (RFC 8628).
    Device,
}

/// A browser that is signed in. Times are seconds since 1970 (UTC).
#[derive(Clone, Serialize)]
pub struct Session<'a> {
    /// What the form names it by.
    pub handle: &'a str,
    /// The browser, such as "Firefox on Linux"; empty if it is not known.
    pub device: &'a str,
    /// Since when.
    pub signed_in_at: i64,
    /// When it was seen last.
    pub last_seen_at: i64,
    /// Whether it is the one that looks at the page.
    pub current: bool,
}

/// What was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// One permission of an application was ended.
    AuthorizationEnded,
    /// All permissions of an application were ended.
    ApplicationEnded,
    /// No application has access any more.
    AllApplicationsEnded,
    /// One session was ended.
    SessionEnded,
    /// All other sessions were ended.
    OtherSessionsEnded,
    /// The password was changed, and with it other sessions and all applications were ended.
    PasswordChanged,
    /// The password was changed; applications keep their access.
    PasswordChangedKeepingApplications,
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountProblem {
    /// What the form named has ended before.
    Gone,
}

impl Account<'_> {
    /// Full, empty, and after everything that can be done.
    pub(super) fn samples() -> impl Iterator<Item = Account<'static>> {
        let full = Account {
            csrf: "sample-token",
            username: "alice",
            applications: applications(),
            more_applications: true,
            sessions: sessions(),
            more_sessions: 3,
            notice: None,
            problem: None,
        };
        let current = sessions().into_iter().filter(|session| session.current).collect();
        let empty = Account { applications: Vec::new(), more_applications: false, sessions: current, more_sessions: 0, ..full.clone() };
        let notices = [
            Notice::AuthorizationEnded,
            Notice::ApplicationEnded,
            Notice::AllApplicationsEnded,
            Notice::SessionEnded,
            Notice::OtherSessionsEnded,
            Notice::PasswordChanged,
            Notice::PasswordChangedKeepingApplications,
        ];
        let noticed = empty.clone();
        let noticed = notices.into_iter().map(move |notice| Account { notice: Some(notice), ..noticed.clone() });
        let refused = Account { problem: Some(AccountProblem::Gone), ..full.clone() };
        [full, empty, refused].into_iter().chain(noticed)
    }
}

fn applications() -> Vec<Application<'static>> {
    let on_page = Authorization {
        handle: "sample-1",
        scopes: ScopeLine::samples(),
        granted_at: 1_786_000_000,
        last_used_at: 1_786_460_000,
        expires_at: 1_788_592_000,
        device: "Firefox on Linux",
        through: Through::SignInPage,
    };
    let by_device =
        Authorization { handle: "sample-2", granted_at: 1_785_300_000, device: "", through: Through::Device, ..on_page.clone() };
    let by_password = Authorization { handle: "sample-3", scopes: Vec::new(), through: Through::Password, ..by_device.clone() };
    vec![
        Application {
            name: "Photo Album",
            client_id: "photo-album",
            first_party: false,
            authorizations: vec![on_page, by_device],
            more: 12,
        },
        Application { name: "Mail", client_id: "mail", first_party: true, authorizations: vec![by_password], more: 0 },
    ]
}

fn sessions() -> Vec<Session<'static>> {
    let here =
        Session { handle: "sample-4", device: "Firefox on Linux", signed_in_at: 1_786_460_000, last_seen_at: 1_786_463_000, current: true };
    let elsewhere = Session { handle: "sample-5", device: "Safari on iPhone", signed_in_at: 1_786_000_000, current: false, ..here.clone() };
    let unknown = Session { handle: "sample-6", device: "", ..elsewhere.clone() };
    vec![here, elsewhere, unknown]
}
