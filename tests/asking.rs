//! Authorization requests, and redeeming the codes that come of them.

use data_encoding::BASE64URL_NOPAD;

use crate::client::{Answer, Site, Tokens, encode};
use crate::fixture::App;

/// RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The challenge of a verifier (RFC 7636 §4.2).
pub fn challenge(verifier: &str) -> String {
    BASE64URL_NOPAD.encode(ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes()).as_ref())
}

/// The parameters of an authorization request.
#[derive(Debug, Clone)]
pub struct Ask {
    path: &'static str,
    pairs: Vec<(String, String)>,
}

impl Ask {
    /// `app` asks for a code, with everything the standard profile wants.
    pub fn code(app: App) -> Self {
        Ask { path: "/oauth/authorize", pairs: Vec::new() }
            .with("response_type", "code")
            .with("client_id", app.id)
            .with("redirect_uri", app.redirect_uri)
            .with("state", "xyz")
            .with("code_challenge", CHALLENGE)
            .with("code_challenge_method", "S256")
    }

    /// `app` asks for a token at once.
    pub fn token(app: App) -> Self {
        Ask::code(app).with("response_type", "token").without("code_challenge").without("code_challenge_method")
    }

    /// The same at another path.
    pub fn at(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    /// The same with `name` as given.
    pub fn with(self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    /// The same with `name` once more.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.pairs.push((name.into(), value.into()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.pairs.retain(|(own, _)| own != name);
        self
    }

    /// As a form or query has it.
    pub fn encoded(&self) -> String {
        let pairs: Vec<_> = self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        encode(&pairs)
    }

    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Path and query.
    pub fn target(&self) -> String {
        format!("{}?{}", self.path, self.encoded())
    }
}

/// A request to the token endpoint with a code.
#[derive(Debug, Clone)]
pub struct Redeem<'a> {
    /// Who authenticates; none for a public client.
    pub secret: Option<(&'a str, &'a str)>,
    pub form: Vec<(&'a str, &'a str)>,
}

impl<'a> Redeem<'a> {
    /// As `app` does it rightly.
    pub fn of(app: App, code: &'a str) -> Self {
        let secret = app.secret.map(|secret| (app.id, secret));
        let mut form =
            vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", app.redirect_uri), ("code_verifier", VERIFIER)];
        if secret.is_none() {
            form.push(("client_id", app.id));
        }
        Redeem { secret, form }
    }

    pub fn with(self, name: &'a str, value: &'a str) -> Self {
        let mut with = self.without(name);
        with.form.push((name, value));
        with
    }

    pub fn without(mut self, name: &str) -> Self {
        self.form.retain(|(own, _)| *own != name);
        self
    }

    pub fn at(&self, site: &Site) -> Answer {
        let request = site.post("/oauth/token");
        self.secret.into_iter().fold(request, |request, secret| request.basic(secret)).form(&self.form).send()
    }
}

impl Site {
    /// Redeems a code as `app` does it rightly.
    pub fn ask_redeem(&self, app: App, code: &str) -> Answer {
        Redeem::of(app, code).at(self)
    }

    /// The tokens of a code, which must be good.
    pub fn redeem(&self, app: App, code: &str) -> Tokens {
        self.ask_redeem(app, code).tokens()
    }

    /// Whether an access token still opens the protected resource.
    pub fn opens(&self, access: &str) -> bool {
        let answer = self.get("/secure").bearer(access).send();
        assert!([200, 401].contains(&answer.status), "{answer:?}");
        answer.status == 200
    }

    /// Everything that came of a code is dead: on introspection, at the resource and at refresh.
    pub fn assert_dead(&self, app: App, tokens: &Tokens) {
        assert!(!self.opens(&tokens.access), "the access token still opens /secure");
        if app.secret.is_some() {
            assert!(!self.is_active(app.credentials(), &tokens.access), "introspection calls it active");
        }
        if let Some(refresh) = &tokens.refresh {
            self.refresh_as(app, refresh).refused(400, "invalid_grant");
        }
    }

    /// And all of it lives.
    pub fn assert_alive(&self, app: App, tokens: &Tokens) {
        assert!(self.opens(&tokens.access), "the access token no longer opens /secure");
        assert!(app.secret.is_none() || self.is_active(app.credentials(), &tokens.access));
    }

    /// A refresh by `app`, public or not.
    pub fn refresh_as(&self, app: App, token: &str) -> Answer {
        match app.secret {
            Some(secret) => self.ask_refresh((app.id, secret), token),
            None => {
                let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", app.id)];
                self.post("/oauth/token").form(&form).send()
            }
        }
    }
}
