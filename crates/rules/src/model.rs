//! What is known: the things that rules decide about.

pub mod authorization;
pub mod client;
pub mod consent;
pub mod device;
pub mod digest;
pub mod epoch;
pub mod id;
pub mod invitation;
pub mod plugin;
pub mod session;
pub mod time;
pub mod user;
