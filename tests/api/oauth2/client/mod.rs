//! `/api/oauth2/client/…`.

mod deregister;
mod info;
mod list;
mod race;
mod register;
mod reset;
