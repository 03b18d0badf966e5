//! `POST /oauth/token`: the token endpoint (RFC 6749 §3.2).
//!
//! 1. The form is read, then who is asking and what for.
//! 2. The client is authenticated, and must be registered for the grant.
//! 3. What else the grant needs proved is proved; then it is settled.

use axum::{body::Body, extract::State, response::Response};
use http::{Request, StatusCode, request::Parts};
use keyward_rules::{
    authorization_code::AuthorizationCode,
    client_auth::AuthenticatedClient,
    device_code::DeviceCode,
    grant::{authorization_code, client_credentials, device_code, password, permit, refresh_token},
    refresh_token::RefreshToken,
};
use keyward_store::facts;
use keyward_wire::{
    error::{Code, Refusal},
    token_request::{CodeRequest, DeviceCodeRequest, GrantType, PasswordRequest, RefreshTokenRequest, TokenRequest, Wanted},
    token_response::TokenResponse,
};
use secrecy::ExposeSecret;

use crate::{
    app::{App, Site},
    authenticate,
    json::private_json,
    listener::Arrival,
    oauth::{asked, form_body},
    refused::refused,
    registry::mark_used,
    settle::{settle, settle_with},
};

/// Answers a token request.
pub async fn post(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match issue(&site, &arrival, &parts, body).await {
        Ok(tokens) => private_json(StatusCode::OK, &tokens),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

async fn issue(site: &Site, arrival: &Arrival, parts: &Parts, body: Body) -> Result<TokenResponse, Refusal> {
    let body = form_body(site, arrival, &parts.headers, body).await?;
    let (form, presented) = asked(site, arrival, &parts.headers, query(site, parts)?, &body)?;
    let request = TokenRequest::parse(&form)?;
    let client = match authenticate::client(site, &presented, arrival.client).await {
        Ok(client) => client,
        Err(refusal) => return Err(after_burning(&site.app, &request, refusal).await),
    };
    let (grant, asking) = (request.grant_type(), client.client().clone());
    let issued = match request {
        TokenRequest::AuthorizationCode(asked) => authorization_code(&site.app, client, asked).await,
        TokenRequest::Password(asked) => password(&site.app, arrival, client, asked).await,
        TokenRequest::ClientCredentials(wanted) => client_credentials(&site.app, client, wanted).await,
        TokenRequest::RefreshToken(asked) => refresh_token(&site.app, client, asked).await,
        TokenRequest::DeviceCode(asked) => device_code(&site.app, client, asked).await,
    }?;
    site.app.metrics.token_issued(grant.as_str());
    mark_used(&site.app, &asking).await;
    Ok(issued)
}

/// The query string, where the profile reads it; otherwise it must hold nothing that belongs in the body.
fn query<'a>(site: &Site, parts: &'a Parts) -> Result<&'a str, Refusal> {
    let query = parts.uri.query().unwrap_or_default();
    if query.is_empty() || site.profile.query_parameters {
        return Ok(query);
    }
    let reason = "the token endpoint reads no query string on this listener; send the parameters in the body";
    Err(Refusal::new(Code::ParameterInQuery("grant_type".to_owned()), "parameters_in_body", reason))
}

async fn authorization_code(app: &App, client: AuthenticatedClient, asked: CodeRequest) -> Result<TokenResponse, Refusal> {
    let client = permit(client, GrantType::AuthorizationCode)?;
    let code = AuthorizationCode::parse(asked.code.expose_secret())
        .ok_or_else(|| Refusal::new(Code::CodeInvalid, "code_form", "this text is no authorization code of this server"))?;
    let CodeRequest { redirect_uri, verifier, wanted, .. } = asked;
    let question = authorization_code::Question { client, code, redirect_uri, verifier, wanted };
    settle(
        app,
        || facts::authorization::load(&app.store, code.authorization),
        |facts, within| authorization_code::decide(&question, facts, within),
    )
    .await
}

/// Who presents a code and cannot prove to be its client has stolen it: it ends before they try again.
async fn after_burning(app: &App, request: &TokenRequest, refusal: Refusal) -> Refusal {
    let guessed = matches!(refusal.code, Code::ClientUnknown(_) | Code::SecretMissing | Code::SecretWrong);
    let TokenRequest::AuthorizationCode(asked) = request else { return refusal };
    let Some(code) = AuthorizationCode::parse(asked.code.expose_secret()).filter(|_| guessed) else { return refusal };
    let burnt = settle_with(
        app,
        || facts::authorization::load(&app.store, code.authorization),
        |facts, within| authorization_code::burn(&code, facts, within.ring, within.now),
        |(), _| Ok(()),
    );
    burnt.await.err().unwrap_or(refusal)
}

async fn password(app: &App, arrival: &Arrival, client: AuthenticatedClient, asked: PasswordRequest) -> Result<TokenResponse, Refusal> {
    let client = permit(client, GrantType::Password)?;
    let user = authenticate::user(app, &asked.username, asked.password, arrival.client, app.now()).await?;
    let question = password::Question { client, user, wanted: asked.wanted };
    settle(
        app,
        || facts::authorize::consent_epoch(&app.store, question.user.id(), &question.client.client().id),
        |consent_epoch, within| password::decide(&question, consent_epoch, within),
    )
    .await
}

async fn client_credentials(app: &App, client: AuthenticatedClient, wanted: Wanted) -> Result<TokenResponse, Refusal> {
    let client = permit(client, GrantType::ClientCredentials)?;
    let question = client_credentials::Question { client, wanted };
    settle(app, || std::future::ready(Ok(())), |(), within| client_credentials::decide(&question, within)).await
}

async fn refresh_token(app: &App, client: AuthenticatedClient, asked: RefreshTokenRequest) -> Result<TokenResponse, Refusal> {
    let client = permit(client, GrantType::RefreshToken)?;
    let token = RefreshToken::parse(asked.refresh_token.expose_secret())
        .ok_or_else(|| Refusal::new(Code::RefreshTokenUnknown, "refresh_token_form", "this text is no refresh token of this server"))?;
    let question = refresh_token::Question { client, token, wanted: asked.wanted };
    settle(
        app,
        || facts::authorization::load(&app.store, question.token.authorization),
        |facts, within| refresh_token::decide(&question, facts, within),
    )
    .await
}

async fn device_code(app: &App, client: AuthenticatedClient, asked: DeviceCodeRequest) -> Result<TokenResponse, Refusal> {
    let client = permit(client, GrantType::DeviceCode)?;
    let code = DeviceCode::parse(asked.device_code.expose_secret())
        .ok_or_else(|| Refusal::new(Code::DeviceCodeInvalid, "device_code_form", "this text is no device code of this server"))?;
    let question = device_code::Question { client, code, wanted: asked.wanted };
    let issued = settle(
        app,
        || facts::device_code::load(&app.store, question.code.device),
        |facts, within| device_code::decide(&question, facts, within),
    );
    match issued.await {
        Err(refusal) if refusal.code == Code::AuthorizationPending && !app.throttle.paced(question.code.device) => Err(Refusal::new(
            Code::SlowDown,
            "device_interval",
            "the device did not wait for its interval; it waits 5 seconds longer from now on",
        )),
        issued => issued,
    }
}
