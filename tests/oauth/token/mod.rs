//! `POST /oauth/token`.

mod answer;
mod authorization_code;
mod client_authentication;
mod client_credentials;
<<<<<<< HEAD
mod device_code;
=======
mod code_race;
mod code_theft;
>>>>>>> 3b3dcbe (Test the authorization endpoint and codes through a browser that reads pages)
mod form;
mod grant_type;
mod password;
mod refresh_end;
mod refresh_race;
mod refresh_reuse;
mod refresh_token;
mod resource;
mod throttling;
