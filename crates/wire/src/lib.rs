//! What is said on the wire, in both directions, and nothing else.
//!
//! 1. A request arrives as headers, query and body: [`form`] splits it, [`presented`] finds who says
//!    they are asking, [`authorization_request`], [`device_authorization`], [`token_request`], [`introspection`] and
//!    [`revocation`] find what is asked; [`user_code`] is what people type, [`client_metadata`] what clients register with.
//! 2. What is answered is a value from [`authorization_response`], [`device_authorization`], [`token_response`],
//!    [`introspection`], [`metadata`] or, for every refusal there is, [`error`].
//! 3. [`profile`] holds the differences between the strict wire form and those of older servers; [`korap`] has the errors, scopes
//!    and registrations of one of them, [`directory`] what another directory of users can say.
//!
//! Pure: no clock, no random source, no I/O.

pub mod audience;
pub mod authorization_request;
pub mod authorization_response;
pub mod bearer;
pub mod client_id;
pub mod client_metadata;
pub mod device_authorization;
pub mod directory;
pub mod error;
pub mod form;
pub mod introspection;
pub mod jwk;
pub mod jwt;
pub mod korap;
pub mod metadata;
pub mod pkce;
pub mod presented;
pub mod profile;
pub mod redirect_uri;
pub mod revocation;
pub mod scope;
pub mod token_request;
pub mod token_response;
pub mod user_code;
