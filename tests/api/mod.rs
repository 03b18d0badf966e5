//! `/api/…`, the paths of the korap profile.

mod oauth2;
mod user;
