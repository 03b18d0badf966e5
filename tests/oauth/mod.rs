//! `/oauth/…`, the paths every listener serves.

mod check_token;
mod introspect;
mod jwks;
mod revoke;
mod token;
