//! Reading what a question needs; one file per question, named as in the rules.

pub mod check;
pub mod refresh_token;
pub mod revoke;
