//! One module per step; the parts they share are here.

mod accept;
mod address;
mod decide;
mod next;
mod owner;
mod properties;

use std::sync::Arc;

use keyward_rules::{
    authorize::{self, Accepted, Addressed},
    model::{client::Client, client::ResourceServer, consent::Consent, time::Seconds},
};
use keyward_wire::{
    authorization_request::{Addressee, AuthorizationRequest},
    error::Refusal,
    form::Form,
    profile::{KORAP, Profile, ProfileName, SKYVAULT, STANDARD},
    redirect_uri::RedirectUri,
};

use crate::fixture::{CONSENT_EPOCH, NOW, client, public_client, scope, user, with};

const PROFILES: [&Profile; 3] = [&STANDARD, &SKYVAULT, &KORAP];
const CALLBACK: &str = "https://app.example/cb";
/// RFC 7636 appendix B.
const PKCE: &str = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

/// A client of every profile, with these redirect URIs.
fn registered(client: Client, redirect_uris: &[&str]) -> Client {
    with(client, |registration| {
        registration.profiles = vec![ProfileName::Standard, ProfileName::Skyvault, ProfileName::Korap];
        registration.redirect_uris = redirect_uris.iter().map(|uri| RedirectUri::parse(uri).unwrap()).collect();
    })
}

/// A confidential client that needs no PKCE.
fn app() -> Client {
    with(registered(client("app"), &[CALLBACK]), |registration| registration.require_pkce = false)
}

/// The same without a secret.
fn public_app() -> Client {
    with(registered(public_client("app"), &[CALLBACK]), |registration| registration.require_pkce = false)
}

fn address(profile: &Profile, client: Option<Client>, redirect_uri: Option<&str>) -> Result<Addressed, Refusal> {
    let asked = Addressee { client_id: "app".to_owned(), redirect_uri: redirect_uri.map(str::to_owned) };
    authorize::address(profile, &asked, client.map(Arc::new))
}

fn request(query: &str) -> AuthorizationRequest {
    AuthorizationRequest::parse(&Form::parse(query, b"").unwrap()).unwrap()
}

/// What comes of `query` from `client`, which names its redirect URI.
fn accept(profile: &Profile, client: Client, query: &str, servers: &[ResourceServer]) -> Result<Accepted, Refusal> {
    let uri = client.registration.redirect_uris[0].as_str().to_owned();
    let addressed = address(profile, Some(client), Some(&uri)).unwrap();
    authorize::accept(profile, addressed, request(query), servers)
}

/// The same where nothing is wrong with it.
#[track_caller]
fn accepted(client: Client, query: &str) -> Accepted {
    accept(&STANDARD, client, query, &[]).unwrap_or_else(|refusal| panic!("refused: {refusal}"))
}

/// What dory said about `app`: that it may have `text`.
fn consent(text: &str) -> Consent {
    Consent {
        user: user("dory").id,
        client: app().id,
        epoch: CONSENT_EPOCH,
        scope: scope(text),
        audience: vec![],
        granted_at: NOW - Seconds(60),
        expires_at: NOW + Seconds(60),
    }
}
