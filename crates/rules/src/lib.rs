//! What is decided, and nothing else: no clock, no random source, no store, no network.
//!
//! 1. [`client_auth`] and [`user_auth`] turn what was presented into proofs.
//!    [`directory`] is what another directory of users says about them.
//! 2. A [`session`] says who sits at a browser, a [`ticket`] that a form was shown to them.
//! 3. [`authorize`] decides what people are asked at the authorization endpoint and what comes of it, [`device`] the same for
//!    devices without pages. [`account`] is what people take back.
//! 4. [`grant`] decides token requests. How much of what it wants a client may have is in [`requested`].
//! 5. [`check`] and [`introspect`] look at tokens, [`revoke`] ends them, or what a [`handle`] names.
//! 6. [`mint`] makes the tokens of an answer from the keys in the [`key_ring`]; [`access_token`], [`refresh_token`],
//!    [`authorization_code`] and [`device_code`] are their forms.
//! 7. [`throttle`] says how long somebody who guesses has to wait.
//! 8. [`registration`] says what fits together in a client, [`self_registration`] what clients may register themselves as,
//!    [`provision`] what makes the store what the configuration wants, [`korap`] what clients may do that users register,
//!    [`privilege`] what administrators change in one, [`plugin`] what people install.
//!
//! Each decision takes a question and the facts. One that writes gives an [`effect::Decision`]: what to write, and what to answer
//! once it is written.
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
pub mod directory;
pub mod effect;
pub mod entropy;
pub mod grant;
pub mod handle;
pub mod introspect;
pub mod key_ring;
pub mod korap;
pub mod mint;
pub mod model;
pub mod plugin;
pub mod privilege;
pub mod provision;
pub mod refresh_token;
pub mod registration;
pub mod requested;
pub mod revoke;
pub mod self_registration;
pub mod session;
pub mod throttle;
pub mod ticket;
pub mod user_auth;
