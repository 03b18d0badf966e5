//! `GET` and `POST /authorize`, `/oauth/authorize`.

mod answer;
mod implicit;
mod native;
mod pkce;
mod prompt;
mod redirect_uri;
mod request;
mod response_mode;
