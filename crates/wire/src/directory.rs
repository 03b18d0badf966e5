//! What another directory of users says, and the numbers under which clients of the KorAP API know it: 2020 and more.

use crate::korap::ApiError;

/// What a directory of users says of somebody who may not log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryRefusal {
    /// User unknown, or the password is wrong.
    CredentialsWrong,
    /// They are locked.
    Locked,
    /// They are not registered for this service.
    NotRegistered,
    /// They have no e-mail address.
    NoEmail,
    /// They have no name here, or one that is somebody else's.
    NotAuthorized,
}

/// Why a directory of users says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryFailure {
    /// It cannot be reached.
    NotReached,
    /// It does not do what it is asked.
    Failed,
    /// It takes too long.
    TimedOut,
}

impl DirectoryRefusal {
    /// As clients of the KorAP API read it.
    #[must_use]
    pub fn korap_error(self) -> ApiError {
        match self {
            DirectoryRefusal::CredentialsWrong => ApiError::plain(2023, "LDAP Authentication failed due to unknown user or password!"),
            DirectoryRefusal::Locked => ApiError::plain(2024, "LDAP Authentication failed: the user is locked!"),
            DirectoryRefusal::NotRegistered => {
                ApiError::plain(2025, "LDAP Authentication failed: the user is not registered for this service!")
            }
            DirectoryRefusal::NoEmail => ApiError::plain(2026, "LDAP Authentication failed: the user has no e-mail address!"),
            DirectoryRefusal::NotAuthorized => ApiError::plain(2027, "LDAP Authentication failed: the user may not use this service!"),
        }
    }
}

impl DirectoryFailure {
    /// As clients of the KorAP API read it.
    #[must_use]
    pub fn korap_error(self) -> ApiError {
        match self {
            DirectoryFailure::NotReached => ApiError::plain(2021, "LDAP Authentication failed: no connection to the directory!"),
            DirectoryFailure::Failed => ApiError::plain(2022, "LDAP Authentication failed due to an internal error!"),
            DirectoryFailure::TimedOut => ApiError::plain(2120, "LDAP Authentication failed: the directory took too long!"),
        }
    }
}
