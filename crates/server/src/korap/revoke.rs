//! `oauth2/revoke/super` and `oauth2/revoke/super/all`: users end what clients hold of them, in the application of a super client.
//!
//! What somebody else's token would end, stays; that is no error ([`keyward_rules::revoke::by_user`]).

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::Request;
use keyward_rules::{
    account::{Withdrawal, withdraw},
    revoke::{Ended, by_user},
};
use keyward_store::facts;
use keyward_wire::{
    client_id::ClientId,
    error::{Code, Refusal},
    korap::{ApiError, CLIENT_AUTHENTICATION_FAILED},
    revocation::RevocationRequest,
};
use secrecy::ExposeSecret;

use super::through::Through;
use crate::{app::Site, listener::Arrival, refused::refused, settle::settle_with};

/// The scope that a user's token needs here: who may remove a plugin may as well end what it holds.
const SCOPE: &str = "uninstall_user_client";

/// Ends one token, or by its handle all of an authorization.
pub async fn one(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let ended = async {
        let through = through(&site, &arrival, request).await?;
        let (app, user, now) = (&site.app, through.user.user().id, site.app.now());
        let token = RevocationRequest::parse(&through.form()?)?.token;
        let token = Ended::parse(token.expose_secret(), &app.ring.load());
        let load = || facts::revoke::load_of_user(&app.store, user, token.as_ref(), now);
        settle_with(app, load, |facts, within| by_user(user, token.as_ref(), facts, within.ring, within.now), |(), _| Ok(())).await
    };
    answered(&site, &arrival, ended.await)
}

/// Ends everything that a client holds of the user.
pub async fn all(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let ended = async {
        let through = through(&site, &arrival, request).await?;
        let (app, user, now) = (&site.app, through.user.user().id, site.app.now());
        let form = through.form()?;
        let id = form.require("client_id")?;
        let unknown = || Refusal::new(Code::ClientUnknown(id.to_owned()), "client_known", "no client is registered under this id");
        let what = Withdrawal::Client(ClientId::parse(id).map_err(|_| unknown())?);
        let load = || facts::account::load(&app.store, user, &what, now);
        let ended = settle_with(app, load, |facts, within| withdraw(user, &what, facts, within.now), |(), _| Ok(())).await;
        ended.map_err(|refusal| if refusal.code == Code::NotFound { unknown() } else { refusal })
    };
    answered(&site, &arrival, ended.await)
}

/// The request; that the client is no super client has words of its own here.
async fn through(site: &Site, arrival: &Arrival, request: Request<Body>) -> Result<Through, Refusal> {
    Through::read(site, arrival, request, SCOPE).await.map_err(|refusal| match refusal.code {
        Code::SuperClientOnly => {
            let error = ApiError::plain(CLIENT_AUTHENTICATION_FAILED, "Only super client is allowed to use this service");
            Refusal { code: error.into(), ..refusal }
        }
        _ => refusal,
    })
}

fn answered(site: &Site, arrival: &Arrival, ended: Result<(), Refusal>) -> Response {
    match ended {
        Ok(()) => site.profile.revoked_body.into_response(),
        Err(refusal) => refused(site, arrival, &refusal),
    }
}
