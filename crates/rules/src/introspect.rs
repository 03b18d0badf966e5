//! Introspection (RFC 7662): who may learn what about a token.

use keyward_wire::{
    audience::Audience,
    introspection::{Active, CheckedToken},
    token_response::TokenType,
};

use crate::{check::LiveToken, client_auth::AuthenticatedClient};

/// A live token that the asking client may see. Only [`show`] makes one.
#[derive(Debug)]
pub struct Shown {
    live: LiveToken,
    subject: String,
    id: String,
}

/// Lets `asker` see `live` if it is the asker's own, or for a resource server the asker is registered as.
/// For everyone else the token might as well not exist (RFC 7662 §4).
#[must_use]
pub fn show(asker: &AuthenticatedClient, live: LiveToken) -> Option<Shown> {
    let own = live.client().id == asker.client().id;
    let serves = |audience: &Audience| asker.client().registration.resource_server_for.contains(audience);
    let visible = own || live.token().audience.iter().any(serves);
    visible.then(|| Shown { subject: live.subject(), id: live.token().id.to_string(), live })
}

impl Shown {
    /// The answer of RFC 7662 §2.2.
    #[must_use]
    pub fn active<'a>(&'a self, issuer: &'a str) -> Active<'a> {
        let token = self.live.token();
        Active {
            active: true,
            scope: token.scope.as_str(),
            client_id: self.live.client().id.as_str(),
            username: self.username(),
            token_type: TokenType::Bearer,
            exp: token.expires_at,
            iat: token.issued_at,
            sub: &self.subject,
            aud: &token.audience,
            iss: issuer,
            jti: &self.id,
        }
    }

    /// The `check_token` answer.
    #[must_use]
    pub fn checked(&self) -> CheckedToken<'_> {
        let token = self.live.token();
        CheckedToken {
            active: true,
            user_name: self.username(),
            scope: token.scope.words().collect(),
            client_id: self.live.client().id.as_str(),
            exp: token.expires_at,
            aud: &token.audience,
        }
    }

    fn username(&self) -> Option<&str> {
        self.live.user().map(|user| user.username.as_str())
    }
}
