//! `POST /oauth/token`.

mod answer;
mod authorization_code;
mod client_authentication;
mod client_credentials;
mod code_race;
mod code_theft;
mod device_code;
mod form;
mod grant_type;
mod password;
mod refresh_end;
mod refresh_race;
mod refresh_reuse;
mod refresh_token;
mod resource;
mod throttling;
