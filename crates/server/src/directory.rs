//! The directory: who the users are and whether a password is theirs.

pub mod hashing;
