//! What is decided, and nothing else: no clock, no random source, no store, no network.
//!
//! 1. [`client_auth`] and [`user_auth`] turn what was presented into proofs.
//! 2. [`authorize`] decides whether an application may have what it asks a person for: who sits there says a [`session`], that
//!    it was they who answered a [`ticket`]; [`device`] is the same for devices without pages. [`grant`] decides token requests (what a
//!    client may have of what it wants: [`requested`]), [`check`] and [`introspect`] look at tokens, [`revoke`] ends them. Each takes the question and the facts;
//!    what writes gives an [`effect::Decision`]: what to write, what to answer. [`account`] is what people take back.
//! 3. [`mint`] makes the tokens of an answer from the keys in the [`key_ring`]; [`access_token`], [`refresh_token`],
//!    [`authorization_code`] and [`device_code`] are their forms.
//! 4. [`throttle`] says how long somebody who guesses has to wait.
//! 5. [`registration`] says what fits together in a client, [`provision`] what makes the store what the configuration wants.
//!
//! Time and randomness come in as values ([`model::time::Timestamp`], [`entropy::Entropy`]), so the same question
//! with the same facts has the same answer, and may be decided again after a conflict.

pub mod access_token;
pub mod account;
pub mod authorization_code;
pub mod authorize;
pub mod check;
pub mod client_auth;
pub mod device;
pub mod device_code;
pub mod effect;
pub mod entropy;
pub mod grant;
pub mod introspect;
pub mod key_ring;
pub mod mint;
pub mod model;
pub mod provision;
pub mod refresh_token;
pub mod registration;
pub mod requested;
pub mod revoke;
pub mod session;
pub mod throttle;
pub mod ticket;
pub mod user_auth;
