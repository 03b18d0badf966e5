//! What is remembered: authorizations, devices, sessions, consents, clients, users, keys.
//!
//! 1. [`facts`] reads what a question needs, through the caches.
//! 2. [`commit`] turns the effects of a decision into guarded writes; [`Store::commit`] hands them to the database,
//!    and answers only when they are on disk.
//! 3. [`database`] is one of two: [`sqlite`], embedded, with one writer that commits everything waiting at once, and readers beside
//!    it; or [`mod@postgres`], which several nodes share.
//! 4. [`root_key`] (in a [`private_file`]) and [`keys`] keep the keys; [`clean`] removes what has ended, one node
//!    for all of them ([`lease`]); [`backup`] copies it all, [`migrate`] from one database to another.

pub mod backup;
pub mod clean;
pub mod commit;
pub mod database;
pub mod error;
pub mod facts;
pub mod keys;
pub mod lease;
pub mod migrate;
pub mod postgres;
pub mod private_file;
pub mod root_key;
pub mod sqlite;
pub mod store;

mod cache;
mod caches;
mod mend;
mod migrations;
mod report;
mod row;
mod statement;
mod value;

pub use database::Place;
pub use error::{OpenError, StoreError};
pub use report::WriterReport;
pub use store::{Outcome, Store, StoreSettings};
