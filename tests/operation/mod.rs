//! Running it: starting, stopping, the command line, keys, backups, the log.

mod backup;
mod check_config;
mod commands;
mod keys;
mod log;
mod moving;
pub mod signals;
mod start;
