//! The crate `oauth2`: makes state and challenge; comparing the state is left to who uses it.

use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse, TokenUrl,
};
use serde_json::Value;
use url::Url;

use super::{Client, Conversation, REDIRECT_URI, SCOPE, Setup};

/// The crate.
pub struct Oauth2Crate;

struct Waiting {
    client: BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>,
    verifier: PkceCodeVerifier,
}

impl Client for Oauth2Crate {
    fn begin(&self, setup: &Setup) -> (String, Box<dyn Conversation>) {
        let mut client = BasicClient::new(ClientId::new(setup.id.into()))
            .set_auth_uri(AuthUrl::new(format!("{}/oauth/authorize", setup.issuer)).unwrap())
            .set_token_uri(TokenUrl::new(format!("{}/oauth/token", setup.issuer)).unwrap())
            .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.into()).unwrap());
        if let Some(secret) = setup.secret {
            client = client.set_client_secret(ClientSecret::new(secret.into()));
        }
        let (challenge, own) = PkceCodeChallenge::new_random_sha256();
        let verifier = if setup.wrong_verifier { PkceCodeChallenge::new_random_sha256().1 } else { own };
        let scopes = SCOPE.split(' ').map(|word| Scope::new(word.into()));
        let (address, _) = client.authorize_url(CsrfToken::new_random).add_scopes(scopes).set_pkce_challenge(challenge).url();
        (address.into(), Box::new(Waiting { client, verifier }))
    }
}

impl Conversation for Waiting {
    fn finish(self: Box<Self>, callback: &str) -> Result<(Value, Value), String> {
        let callback = Url::parse(callback).unwrap();
        let code = callback.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
        let first = self.client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(self.verifier);
        let first = first.request(&send).map_err(|error| format!("{error:?}"))?;
        let second = self.client.exchange_refresh_token(first.refresh_token().expect("a refresh token"));
        let second = second.request(&send).map_err(|error| format!("{error:?}"))?;
        let members = |tokens: &BasicTokenResponse| serde_json::to_value(tokens).unwrap();
        Ok((members(&first), members(&second)))
    }
}

fn send(request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).proxy(None).build().new_agent();
    let (head, mut body) = agent.run(request)?.into_parts();
    Ok(::http::Response::from_parts(head, body.read_to_vec()?))
}
