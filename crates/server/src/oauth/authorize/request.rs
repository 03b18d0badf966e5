//! What every authorization request goes through, whether a browser brings it or the application of a super client.
//!
//! 1. [`accepted`]: who asks, where the answer goes, and whether that may be asked.
//! 2. [`settled`]: somebody said yes, and there is a code, or a token.
//! 3. [`addressed_back`]: the answer, with what the request wants to find in it.

use keyward_rules::{
    authorize::{Accepted, Addressed, Answer, Question, accept, address, code, decide},
    mint::mint,
};
use keyward_store::facts;
use keyward_wire::{
    authorization_request::{Addressee, AuthorizationRequest, Reply},
    authorization_response::AuthorizationResponse,
    client_id::ClientId,
    error::Refusal,
    form::Form,
    profile::Profile,
    token_response::TokenResponse,
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    app::{Reloadable, Site},
    settle::{settle_with, unavailable},
};

/// A refusal, and where it goes.
pub enum Refused {
    /// To who brought the request: nobody else is known to be safe to tell.
    Here(Refusal),
    /// To the application.
    There(Box<Addressed>, Reply, Refusal),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Refused::Here(refusal)
    }
}

/// What may be asked, by whom, and where the answer goes.
///
/// # Errors
/// Those of [`address`] stay here, those of [`accept`] go to the application.
pub async fn accepted(site: &Site, form: &Form<'_>) -> Result<Accepted, Refused> {
    let (profile, settings) = (site.profile, site.app.settings.load());
    let asked = Addressee::parse(form)?;
    let client = match ClientId::parse(&asked.client_id) {
        Ok(id) => site.app.store.client(&id).await.map_err(|error| unavailable(&error))?,
        Err(_) => None,
    };
    let addressed = address(profile, &asked, client)?;
    let there = |refusal| Refused::There(Box::new(addressed.clone()), Reply::parse(form), refusal);
    let request = AuthorizationRequest::parse(form).map_err(there)?;
    accept(profile, addressed.clone(), request, &settings.servers).map_err(there)
}

/// What an application is given.
pub enum Given {
    /// A code.
    Code(SecretString),
    /// A token.
    Token(TokenResponse),
}

impl Given {
    /// As it is sent.
    #[must_use]
    pub fn response(&self) -> AuthorizationResponse<'_> {
        match self {
            Given::Code(code) => AuthorizationResponse::code(code.expose_secret()),
            Given::Token(token) => AuthorizationResponse::token(&token.access_token, token.expires_in, token.scope.as_str()),
        }
    }
}

/// Settles a yes.
///
/// # Errors
/// What goes wrong now is the server's, or the form's, and not for the application to know.
pub async fn settled(site: &Site, question: &Question) -> Result<Given, Refusal> {
    let app = &site.app;
    let given = settle_with(
        app,
        || facts::authorize::load(&app.store, question),
        |facts, within| decide(question, facts, within),
        |answer, within| match answer {
            Answer::Code(authorization) => code(&authorization, within.ring).map(|code| Given::Code(code.to_secret())),
            Answer::Token(issue) => mint(&issue, within, &app.random).map(Given::Token),
        },
    )
    .await?;
    app.metrics.token_issued(question.accepted.request().response_type.grant().as_str());
    Ok(given)
}

/// `response` with the state of the request, and the issuer where `profile` names it.
#[must_use]
pub fn addressed_back<'a>(
    profile: &Profile,
    settings: &'a Reloadable,
    reply: &'a Reply,
    response: AuthorizationResponse<'a>,
) -> AuthorizationResponse<'a> {
    response.with(reply.state.as_deref(), profile.names_issuer.then_some(settings.issuer.as_str()))
}
