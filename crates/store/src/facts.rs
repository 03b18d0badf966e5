//! Reading what a question needs; one file per question, named as in the rules.

pub mod account;
pub mod authorization;
pub mod authorize;
pub mod check;
pub mod device;
pub mod device_code;
pub mod grounds;
pub mod plugin;
pub mod revoke;
