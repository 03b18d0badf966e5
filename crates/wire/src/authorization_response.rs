//! The authorization response (RFC 6749 §4.1.2, §4.2.2, RFC 9207): parameters on their way to a redirect URI.

use std::borrow::Cow;

use crate::authorization_request::ResponseMode;

/// What goes back, in order. Holds codes and tokens, so it has no `Debug`.
pub struct AuthorizationResponse<'a> {
    parameters: Vec<(&'static str, Cow<'a, str>)>,
}

impl<'a> AuthorizationResponse<'a> {
    /// A code.
    #[must_use]
    pub fn code(code: &'a str) -> Self {
        AuthorizationResponse { parameters: vec![("code", code.into())] }
    }

    /// An access token, good for `lifetime` seconds and `scope`.
    #[must_use]
    pub fn token(access_token: &'a str, lifetime: i64, scope: &'a str) -> Self {
        let lifetime = lifetime.to_string().into();
        let parameters =
            vec![("access_token", access_token.into()), ("token_type", "Bearer".into()), ("expires_in", lifetime), ("scope", scope.into())];
        AuthorizationResponse { parameters }
    }

    /// A refusal.
    #[must_use]
    pub fn error(error: &'a str, description: &'a str) -> Self {
        AuthorizationResponse { parameters: vec![("error", error.into()), ("error_description", description.into())] }
    }

    /// Adds `state` as it came, and the issuer where the profile names it.
    #[must_use]
    pub fn with(mut self, state: Option<&'a str>, issuer: Option<&'a str>) -> Self {
        self.parameters.extend(state.map(|state| ("state", state.into())));
        self.parameters.extend(issuer.map(|issuer| ("iss", issuer.into())));
        self
    }

    /// The parameters, for a form that the browser posts.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.parameters.iter().map(|(name, value)| (*name, &**value))
    }

    /// The redirect URI with the parameters in its query or fragment. What the query holds already stays (RFC 6749 §3.1.2).
    #[must_use]
    pub fn location(&self, redirect_uri: &str, mode: ResponseMode) -> String {
        let separator = match mode {
            ResponseMode::Fragment => "#",
            _ if redirect_uri.ends_with(['?', '&']) => "",
            _ if redirect_uri.contains('?') => "&",
            _ => "?",
        };
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(self.parameters()).finish();
        format!("{redirect_uri}{separator}{encoded}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn req_a05_the_query_of_a_redirect_uri_is_kept() {
        let response = || AuthorizationResponse::code("c").with(Some("x y&z"), None);
        for (uri, location) in [
            ("https://a/cb", "https://a/cb?code=c&state=x+y%26z"),
            ("https://a/cb?own=1", "https://a/cb?own=1&code=c&state=x+y%26z"),
            ("https://a/cb?", "https://a/cb?code=c&state=x+y%26z"),
            ("com.example.app:/cb", "com.example.app:/cb?code=c&state=x+y%26z"),
        ] {
            assert_eq!(response().location(uri, ResponseMode::Query), location);
        }
    }

    #[test]
    fn req_a12_an_error_comes_first_then_its_description_then_the_state() {
        let response = AuthorizationResponse::error("invalid_scope", "scope is required").with(Some("s"), Some("https://as.example"));
        let expected = "https://a/cb?error=invalid_scope&error_description=scope+is+required&state=s&iss=https%3A%2F%2Fas.example";
        assert_eq!(response.location("https://a/cb", ResponseMode::Query), expected);
    }

    #[test]
    fn req_i02_a_token_goes_in_the_fragment() {
        let location =
            AuthorizationResponse::token("t", 3600, "read").with(Some("xyz"), None).location("https://a/cb", ResponseMode::Fragment);
        assert_eq!(location, "https://a/cb#access_token=t&token_type=Bearer&expires_in=3600&scope=read&state=xyz");
    }

    #[test]
    fn sec_a15_a_value_cannot_begin_a_line_or_another_parameter() {
        let response = AuthorizationResponse::code("c").with(Some("a\r\nLocation: evil&code=d#e"), None);
        let location = response.location("https://a/cb", ResponseMode::Query);
        assert_eq!(location, "https://a/cb?code=c&state=a%0D%0ALocation%3A+evil%26code%3Dd%23e");
    }
}
