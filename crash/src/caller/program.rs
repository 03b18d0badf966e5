//! What programs send: the token endpoint and its neighbours, and the protected resource.

use serde::Deserialize;

use super::http::{Broken, Reply};
use super::{Caller, Heard};
use crate::journal::{Answer, Ask, TokenId};
use crate::scenario::{CLIENTS, PASSWORD, REDIRECT_URI, SECRET, VERIFIER, username};

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct DeviceResponse {
    device_code: String,
    user_code: String,
}

#[derive(Deserialize)]
struct ErrorResponse {
    error: String,
}

#[derive(Deserialize)]
struct Introspection {
    active: bool,
}

impl Caller<'_> {
    pub(super) fn as_program(&self, ask: Ask) -> Result<Heard, Broken> {
        let reply = match ask {
            Ask::Password { client, user } => {
                let form = [("grant_type", "password"), ("username", &username(user)), ("password", PASSWORD)];
                self.as_client("/oauth/token", client, &form)
            }
            Ask::Device(client) => self.as_client("/oauth/device_authorization", client, &[]),
            Ask::Redeem(token) => {
                let rest = [("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)];
                self.exchange(token, "authorization_code", "code", &rest)
            }
            Ask::Poll(token) => self.exchange(token, DEVICE_GRANT, "device_code", &[]),
            Ask::Refresh(token) => self.exchange(token, "refresh_token", "refresh_token", &[]),
            Ask::Revoke(token) => self.about("/oauth/revoke", token),
            Ask::Introspect(token) => self.about("/oauth/introspect", token),
            Ask::Use(token) => {
                let (text, _) = self.desk.book().look_up(token).unwrap_or_default();
                self.get_as("/secure", &[("authorization", &format!("Bearer {text}"))])
            }
            Ask::ClientCredentials(client) => self.as_client("/oauth/token", client, &[("grant_type", "client_credentials")]),
            _ => return Ok(Heard::Plain(Answer::Odd("no program can ask this".to_owned()))),
        }?;
        Ok(expected(ask, &reply).unwrap_or_else(|| reply.unexpected()))
    }

    fn exchange(&self, token: TokenId, grant: &str, name: &str, rest: &[(&str, &str)]) -> Result<Reply, Broken> {
        let (text, client) = self.desk.book().look_up(token).unwrap_or_default();
        let form: Vec<_> = [("grant_type", grant), (name, &text)].into_iter().chain(rest.iter().copied()).collect();
        self.as_client("/oauth/token", client, &form)
    }

    fn about(&self, path: &str, token: TokenId) -> Result<Reply, Broken> {
        let (text, client) = self.desk.book().look_up(token).unwrap_or_default();
        self.as_client(path, client, &[("token", &text)])
    }

    fn as_client(&self, path: &str, client: usize, form: &[(&str, &str)]) -> Result<Reply, Broken> {
        let id = CLIENTS.get(client).map_or("", |client| client.id);
        let form: Vec<_> = form.iter().copied().chain([("client_id", id), ("client_secret", SECRET)]).collect();
        self.post(path, "", &form)
    }
}

/// The answer, if it is one of those the request may get.
fn expected(ask: Ask, reply: &Reply) -> Option<Heard> {
    let exchanges = matches!(ask, Ask::Password { .. } | Ask::Redeem(_) | Ask::Poll(_) | Ask::Refresh(_));
    let answer = match (ask, reply.status) {
        (Ask::Device(_), 200) => {
            let response: DeviceResponse = serde_json::from_str(&reply.body).ok()?;
            return Some(Heard::Text { text: response.device_code, shows: response.user_code });
        }
        (Ask::Revoke(_), 200) => Answer::Done,
        (Ask::Introspect(_), 200) => {
            let response: Introspection = serde_json::from_str(&reply.body).ok()?;
            Answer::Active(response.active)
        }
        (Ask::Use(_), 200) => Answer::Active(true),
        (Ask::Use(_), 401) => Answer::Active(false),
        (_, 200) if exchanges || matches!(ask, Ask::ClientCredentials(_)) => {
            let response: TokenResponse = serde_json::from_str(&reply.body).ok()?;
            return Some(Heard::Tokens { access: response.access_token, refresh: response.refresh_token });
        }
        (_, 400) if exchanges => {
            let response: ErrorResponse = serde_json::from_str(&reply.body).ok()?;
            match (ask, response.error.as_str()) {
                (_, "invalid_grant") | (Ask::Poll(_), "expired_token") => Answer::Refused,
                (Ask::Poll(_), "authorization_pending" | "slow_down") => Answer::Pending,
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(Heard::Plain(answer))
}
