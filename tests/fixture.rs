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
