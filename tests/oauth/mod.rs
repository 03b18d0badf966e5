//! `/oauth/…`, the paths every listener serves.

mod authorize;
mod check_token;
mod device_authorization;
mod introspect;
mod jwks;
mod register;
mod revoke;
mod token;
