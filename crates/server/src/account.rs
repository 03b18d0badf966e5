//! A person's own pages: signing in and out, and what speaks for them.

pub mod applications;
pub mod home;
pub mod password;
pub mod sessions;
pub mod sign_in;
pub mod sign_out;
