//! The directory: whether a password is a user's.

pub mod hashing;
