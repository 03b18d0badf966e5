//! The set-up every test starts from: what `keyward init --demo` writes, and a few clients of the strict profile.

use serde_json::Value;

use crate::client::{Answer, Site, Tokens};

/// A client's id and secret.
pub type Credentials<'a> = (&'a str, &'a str);

// The clients of the demo.
pub const SKYVAULT: Credentials<'static> = ("SkyVaultapp", "secret");
pub const SUPER: Credentials<'static> = ("dRJnpFH6RHTr6L7bNhrn7F", "_IGaQqvUUrPTzRKJvqPYnA");
pub const AUDIENCE_CLIENT: Credentials<'static> = ("YOUR_CLIENT_ID", "YOUR_CLIENT_SECRET");
pub const THIRD_PARTY: Credentials<'static> = ("9aHsGW6QflV13ixNpez", "secret");
pub const KORAP_PUBLIC: &str = "8bIDtZnH6NvRkW2Fq";

// Clients of the standard profile, added by the tests.
pub const C1: Credentials<'static> = ("C1", "c1-Hb2vWmKqYx8sT4rZ9pLd");
pub const C2: Credentials<'static> = ("C2", "c2-Qz7nRfJtUe3kA6yBw5Vg");
/// Registered for client_credentials alone.
pub const MACHINE: Credentials<'static> = ("machine", "machine-Pw4xNs8cGh2mKd6j");
/// Public: no secret at all.
pub const PUBLIC: &str = "P";
/// The resource server behind [`ORDERS`].
pub const ORDERS_API: Credentials<'static> = ("orders-api", "orders-Vy3tLb9eXa5qSf1u");
/// The resource server behind [`BILLING`].
pub const BILLING_API: Credentials<'static> = ("billing-api", "billing-Cj6rMo2wTi8zEk4h");

/// A client that sends people here to sign in, as the standard profile wants it: with PKCE.
#[derive(Debug, Clone, Copy)]
pub struct App {
    pub id: &'static str,
    /// None for a public client.
    pub secret: Option<&'static str>,
    pub redirect_uri: &'static str,
}

/// Confidential.
pub const WEB: App = App { id: "web", secret: Some("web-Rk5uDn8xGt1sYb7p"), redirect_uri: "https://web.example.com/cb" };
/// Confidential as well, somebody else's.
pub const RIVAL: App = App { id: "rival", secret: Some("rival-Lc3vHq6zFm9wTj2e"), redirect_uri: "https://rival.example.com/cb" };
/// Public, on the user's own machine.
pub const PHONE: App = App { id: "phone", secret: None, redirect_uri: "http://127.0.0.1/cb" };
/// Part of the service itself: people are not asked.
pub const OWN: App = App { id: "own", secret: Some("own-Xe4aPs7kWd1nBv8r"), redirect_uri: "https://own.example.com/cb" };
/// Without PKCE, with the implicit grant and every response mode; its redirect URI has a query of its own.
pub const OLD: App = App { id: "old", secret: Some("old-Uf6oZi3jMh9gQc5y"), redirect_uri: "https://old.example.com/cb?tenant=1" };

impl App {
    /// Its id and secret; it must be confidential.
    pub fn credentials(&self) -> Credentials<'static> {
        (self.id, self.secret.expect("a confidential client"))
    }
}

pub const ORDERS: &str = "https://api.example.com";
pub const BILLING: &str = "https://billing.example.com";

// The users of the demo.
pub const DORY: (&str, &str) = ("dory", "dorypass");
pub const ADMIN: (&str, &str) = ("admin", "tiger");
pub const MARLIN: (&str, &str) = ("marlin", "marlinpass");

/// What the tests add to the demo's configuration. Hashing is cheap here: its price is not what these tests are about.
pub const ADDITIONS: &str = r#"
[log]
format = "json"
level = "debug"

[passwords]
memory_kib = 64
iterations = 1

[[listener]]
address = "127.0.0.1:0"
profile = "standard"

[[audience]]
identifier = "https://billing.example.com"
scopes = ["read:bills"]

[[client]]
id = "C1"
type = "confidential"
secret = "c1-Hb2vWmKqYx8sT4rZ9pLd"
grants = ["password", "refresh_token", "client_credentials"]
scopes = ["read", "write"]
default_scopes = ["read", "write"]
client_credentials_scopes = ["read", "write"]
profiles = ["standard"]

[[client]]
id = "C2"
type = "confidential"
secret = "c2-Qz7nRfJtUe3kA6yBw5Vg"
grants = ["password", "refresh_token", "client_credentials"]
scopes = ["read", "write"]
default_scopes = ["read", "write"]
profiles = ["standard"]

[[client]]
id = "machine"
type = "confidential"
secret = "machine-Pw4xNs8cGh2mKd6j"
grants = ["client_credentials"]
scopes = ["read"]
default_scopes = ["read"]
profiles = ["standard"]

[[client]]
id = "P"
type = "public"
grants = ["password", "refresh_token"]
scopes = ["read", "write"]
default_scopes = ["read"]
profiles = ["standard"]

[[client]]
id = "web"
name = "Reef Web"
type = "confidential"
secret = "web-Rk5uDn8xGt1sYb7p"
grants = ["authorization_code", "refresh_token"]
redirect_uris = ["https://web.example.com/cb"]
scopes = ["read", "write", "offline_access"]
default_scopes = ["read"]
audiences = ["https://api.example.com", "https://billing.example.com"]
profiles = ["standard"]

[[client]]
id = "rival"
type = "confidential"
secret = "rival-Lc3vHq6zFm9wTj2e"
grants = ["authorization_code", "refresh_token"]
redirect_uris = ["https://rival.example.com/cb", "https://rival.example.com/other"]
scopes = ["read", "write"]
default_scopes = ["read"]
profiles = ["standard"]

[[client]]
id = "phone"
type = "public"
grants = ["authorization_code", "refresh_token"]
redirect_uris = ["http://127.0.0.1/cb", "http://[::1]/cb", "com.example.phone:/cb", "http://localhost:1410/cb"]
scopes = ["read", "write"]
default_scopes = ["read"]
profiles = ["standard"]

[[client]]
id = "own"
type = "confidential"
first_party = true
secret = "own-Xe4aPs7kWd1nBv8r"
grants = ["authorization_code", "refresh_token"]
redirect_uris = ["https://own.example.com/cb"]
scopes = ["read", "write"]
default_scopes = ["read"]
profiles = ["standard"]

[[client]]
id = "old"
type = "confidential"
secret = "old-Uf6oZi3jMh9gQc5y"
grants = ["authorization_code", "implicit", "refresh_token"]
redirect_uris = ["https://old.example.com/cb?tenant=1"]
response_modes = ["query", "fragment", "form_post"]
require_pkce = false
scopes = ["read", "write"]
default_scopes = ["read"]
profiles = ["standard"]

[[client]]
id = "orders-api"
type = "confidential"
secret = "orders-Vy3tLb9eXa5qSf1u"
grants = []
scopes = []
resource_server_for = ["https://api.example.com"]
profiles = ["standard"]

[[client]]
id = "billing-api"
type = "confidential"
secret = "billing-Cj6rMo2wTi8zEk4h"
grants = []
scopes = []
resource_server_for = ["https://billing.example.com"]
profiles = ["standard"]
"#;

/// The requests nearly every test makes, on the paths every listener serves.
impl Site {
    /// The answer to a password grant.
    pub fn ask_password(&self, client: Credentials<'_>, user: (&str, &str)) -> Answer {
        self.post("/oauth/token").basic(client).form(&[("grant_type", "password"), ("username", user.0), ("password", user.1)]).send()
    }

    /// The tokens of a password grant, which must succeed.
    pub fn login(&self, client: Credentials<'_>, user: (&str, &str)) -> Tokens {
        self.ask_password(client, user).tokens()
    }

    pub fn ask_refresh(&self, client: Credentials<'_>, token: &str) -> Answer {
        self.post("/oauth/token").basic(client).form(&[("grant_type", "refresh_token"), ("refresh_token", token)]).send()
    }

    pub fn refresh(&self, client: Credentials<'_>, token: &str) -> Tokens {
        self.ask_refresh(client, token).tokens()
    }

    /// The tokens of a client_credentials grant, which must succeed.
    pub fn machine_token(&self, client: Credentials<'_>) -> Tokens {
        self.post("/oauth/token").basic(client).form(&[("grant_type", "client_credentials")]).send().tokens()
    }

    /// What introspection says of `token` to `client`.
    pub fn introspect(&self, client: Credentials<'_>, token: &str) -> Value {
        let answer = self.post("/oauth/introspect").basic(client).form(&[("token", token)]).send();
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.assert_json_never_stored();
        answer.json()
    }

    /// Whether `token` is alive, as its own client is told.
    pub fn is_active(&self, client: Credentials<'_>, token: &str) -> bool {
        self.introspect(client, token)["active"].as_bool().expect("active is a boolean")
    }

    pub fn revoke(&self, client: Credentials<'_>, token: &str) -> Answer {
        self.post("/oauth/revoke").basic(client).form(&[("token", token)]).send()
    }
}
