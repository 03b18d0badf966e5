//! Running it: starting, stopping, the command line, keys, backups.

mod backup;
mod check_config;
mod commands;
mod keys;
mod signals;
mod start;
