//! `/api/oauth2/…`, also under `/api/v1.0` and `/api/v1.1`.

mod authorize;
mod client;
mod revoke;
mod scopes;
mod token;
mod token_list;
