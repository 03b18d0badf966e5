//! `/api/…`, the paths of the korap profile.
//!
//! `credentials` is every route with every kind of credential; what they have in common is here.

mod admin;
mod auth;
mod credentials;
mod oauth2;
mod plugins;
mod rate_limit;
mod user;

use serde_json::{Value, json};

use crate::client::{Answer, Request, Site, Tokens};
use crate::fixture::{ADMIN, Credentials, SUPER};

/// How a form names the super client.
pub const BY_SUPER: [(&str, &str); 2] = [("super_client_id", SUPER.0), ("super_client_secret", SUPER.1)];

/// A client that was registered.
pub struct Registered {
    pub id: String,
    pub secret: Option<String>,
}

impl Registered {
    pub fn credentials(&self) -> Credentials<'_> {
        (&self.id, self.secret.as_deref().expect("a confidential client"))
    }

    /// Whether nothing that it was given opens anything any more.
    pub fn is_dead(&self, site: &Site, tokens: &Tokens) -> bool {
        let refreshes = tokens.refresh.as_ref().is_some_and(|token| site.ask_refresh(self.credentials(), token).status == 200);
        !refreshes && !site.speaks(&tokens.access) && site.get("/secure").bearer(&tokens.access).send().status == 401
    }

    pub fn redeem(&self, site: &Site, code: &str) -> Answer {
        let form = [("grant_type", "authorization_code"), ("code", code)];
        let request = site.post("/api/oauth2/token");
        match &self.secret {
            Some(secret) => request.basic((&self.id, secret)).form(&form).send(),
            None => request.form(&[&form[..], &[("client_id", &self.id)]].concat()).send(),
        }
    }
}

/// A client to register, with `changed` members; null takes one away.
pub fn reef(changed: Value) -> Value {
    let mut client = json!({
        "name": "Reef", "type": "CONFIDENTIAL", "description": "A reef.",
        "url": "http://reef.example.com", "redirect_uri": "https://reef.example.com/redirect",
    });
    let Value::Object(changed) = changed else { panic!("not an object: {changed}") };
    for (name, value) in changed {
        client[name] = value;
    }
    client
}

/// What the API can do, as somebody who proves with a password who they are.
impl Site {
    /// A token that the super client has for `user`.
    pub fn user_token(&self, user: (&str, &str), scope: &str) -> String {
        let form = [("grant_type", "password"), ("username", user.0), ("password", user.1), ("scope", scope)];
        self.post("/api/oauth2/token").basic(SUPER).form(&form).send().tokens().access
    }

    pub fn ask_register(&self, user: (&str, &str), client: &Value) -> Answer {
        self.post("/api/oauth2/client/register").basic(user).body("application/json", client.to_string()).send()
    }

    pub fn register(&self, user: (&str, &str), client: &Value) -> Registered {
        let answer = self.ask_register(user, client);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.assert_json_never_stored();
        let text = |name: &str| answer.json()[name].as_str().map(str::to_owned);
        Registered { id: text("client_id").unwrap(), secret: text("client_secret") }
    }

    pub fn deregister(&self, user: (&str, &str), id: &str) -> Answer {
        self.method("DELETE", &format!("/api/oauth2/client/deregister/{id}")).basic(user).send()
    }

    pub fn reset(&self, user: (&str, &str), id: &str) -> Answer {
        self.post("/api/oauth2/client/reset").basic(user).form(&[("client_id", id)]).send()
    }

    /// The code that `user` lets `client` have.
    pub fn api_code(&self, user: (&str, &str), client: &str, scope: &str) -> String {
        let asked = [("response_type", "code"), ("client_id", client), ("scope", scope)];
        let answer = self.get("/api/oauth2/authorize").query(&asked).basic(user).send();
        answer.sent_with("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
    }

    /// A request that the super client passes on for a user, who is still to say who they are.
    pub fn through(&self, path: &str, form: &[(&str, &str)]) -> Request<'_> {
        self.post(path).form(&[&BY_SUPER[..], form].concat())
    }

    /// What an administrator says of `client`: whether it is `super`, or `permitted`.
    pub fn administer(&self, client: &str, what: &str, value: bool) -> Answer {
        let path = if what == "super" { "/api/admin/oauth2/client/privilege" } else { "/api/admin/oauth2/client/permit" };
        self.post(path).basic(ADMIN).form(&[("client_id", client), (what, &value.to_string())]).send()
    }

    /// What `client` gets when `user` lets it.
    pub fn api_tokens(&self, user: (&str, &str), client: &Registered, scope: &str) -> Tokens {
        client.redeem(self, &self.api_code(user, &client.id, scope)).tokens()
    }

    /// What the token list says `user` has given.
    pub fn token_list(&self, user: (&str, &str), token_type: &str) -> Vec<Value> {
        let answer = self.through("/api/oauth2/token/list", &[("token_type", token_type)]).basic(user).send();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.assert_json_never_stored();
        answer.json().as_array().unwrap().clone()
    }

    /// Whether an access token still speaks for somebody at the API.
    pub fn speaks(&self, access: &str) -> bool {
        let answer = self.get("/api/auth/status").bearer(access).send();
        assert!([200, 401].contains(&answer.status), "{answer:?}");
        answer.status == 200
    }
}

impl Answer {
    /// The errors of the API, which each 401 challenges in both ways.
    pub fn api_errors(&self) -> Value {
        self.assert_json_never_stored();
        let errors = self.json()["errors"].clone();
        assert!(errors.is_array(), "{self:?}");
        if self.status == 401 {
            assert!(self.headers.get_all("www-authenticate").iter().any(|one| one == "Bearer realm=\"Kustvakt\""), "{self:?}");
            assert!(self.headers.get_all("www-authenticate").iter().any(|one| one == "Basic realm=\"Kustvakt\""), "{self:?}");
        }
        errors
    }

    /// The status, and the number of the one error.
    pub fn api_error(&self) -> (u16, i64) {
        (self.status, self.api_errors()[0][0].as_i64().unwrap())
    }
}
