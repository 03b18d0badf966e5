//! `admin/…`: what administrators do.
//!
//! 1. Who asks must be an administrator: a user who is one, by password or by an access token with the scope `admin`, or whoever
//!    has the administrators' own token ([`super::admin_token`]).
//! 2. What they change in clients is decided by [`keyward_rules::privilege`], on the entry as it is; what it takes from a client
//!    ends in the same commit. Clients of the configuration are changed there.

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, Request};
use keyward_rules::{
    model::client::Client,
    privilege::{ADMIN, degraded, permitted, upgraded},
};
use keyward_store::clean;
use keyward_wire::{
    client_id::ClientId,
    error::{Code, Refusal},
    form::Form,
    korap::ApiError,
    profile::ProfileName,
};
use tracing::info;

use super::caller::{Caller, GUEST};
use crate::{
    app::Site,
    authenticate::{NO_GUESS, throttled},
    listener::Arrival,
    oauth::form_body,
    refused::refused,
    registry,
    settle::unavailable,
};

/// What guesses at the administrators' token are counted under. No client is called so: ids have no blank at an end.
const THROTTLED_AS: &str = " administrators";

/// An administrator, as the log names them. Only [`Admin::of`] makes one.
struct Admin(String);

impl Admin {
    /// Who asks, if they may.
    async fn of(site: &Site, arrival: &Arrival, headers: &HeaderMap, form: &Form<'_>) -> Result<Self, Refusal> {
        if let Some(token) = form.get("token") {
            return Admin::by_token(site, arrival, token);
        }
        let user = Caller::of(site, arrival, headers).await?.user(ADMIN)?;
        if user.is_admin() {
            return Ok(Admin(user.user().id.to_string()));
        }
        Err(Refusal::new(ApiError::unauthorized(&user.user().username).into(), "user_is_admin", "the user is no administrator"))
    }

    fn by_token(site: &Site, arrival: &Arrival, token: &str) -> Result<Self, Refusal> {
        let app = &site.app;
        let is_own = || app.settings.load().admin_token.as_ref().is_some_and(|own| own.is(token));
        let admin = || Admin("by the administrators' token".to_owned());
        // It is longer than anybody guesses: those who try do not hold up who knows it.
        if token.len() >= NO_GUESS && is_own() {
            return Ok(admin());
        }
        let attempt = app.throttle.secret(THROTTLED_AS, arrival.client);
        let attempt = attempt.map_err(|refused| throttled(&refused, Code::TooManySecrets))?;
        if is_own() {
            return Ok(admin());
        }
        attempt.failed();
        Err(Refusal::new(ApiError::unauthorized(GUEST).into(), "admin_token", "the token is not the administrators' own"))
    }
}

/// A form that an administrator sent.
struct Order {
    admin: Admin,
    body: Bytes,
}

impl Order {
    async fn read(site: &Site, arrival: &Arrival, request: Request<Body>) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let body = form_body(site, arrival, &parts.headers, body).await?;
        let admin = Admin::of(site, arrival, &parts.headers, &Form::parse("", &body)?).await?;
        Ok(Order { admin, body })
    }

    /// Puts what `changed` makes of the client it names in its place, as its parameter `flag` says.
    async fn change(
        &self,
        site: &Site,
        arrival: &Arrival,
        flag: &'static str,
        changed: impl Fn(&Client, bool) -> Result<Client, Refusal>,
    ) -> Result<(), Refusal> {
        let form = Form::parse("", &self.body)?;
        let id = form.require("client_id")?;
        let value = match form.require(flag)? {
            "true" => true,
            "false" => false,
            _ => return Err(Refusal::new(Code::ParameterIllegal(flag), "flag", "expected true or false")),
        };
        let unknown = || Refusal::new(Code::ClientUnknown(id.to_owned()), "client_known", "no client of the profile korap has this id");
        let client_id = ClientId::parse(id).map_err(|_| unknown())?;
        let changed = registry::replace(&site.app, &client_id, |client| {
            if client.registration.profiles.contains(&ProfileName::Korap) { changed(client, value) } else { Err(unknown()) }
        });
        changed.await.map_err(|refusal| if refusal.code == Code::NotFound { unknown() } else { refusal })?;
        self.log(arrival, flag, Some((&client_id, value)));
        Ok(())
    }

    fn log(&self, arrival: &Arrival, what: &str, change: Option<(&ClientId, bool)>) {
        let (request_id, address, admin) = (&arrival.request_id, arrival.client, &self.admin.0);
        let (client_id, value) = change.unzip();
        info!(%request_id, %address, admin, what, client_id = client_id.map(ClientId::as_str), value, "an administrator did this");
    }
}

/// `POST admin/oauth2/token/clean`: removes the authorizations that have ended or were revoked, now.
pub async fn clean(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let cleaned = async {
        let order = Order::read(&site, &arrival, request).await?;
        let removed = async { clean::at_once(&site.app.store, site.app.store.now().await?).await };
        removed.await.map_err(|error| unavailable(&error))?;
        order.log(&arrival, "clean", None);
        Ok::<_, Refusal>(())
    };
    match cleaned.await {
        Ok(()) => Response::default(),
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

/// `POST admin/oauth2/client/privilege`: makes a client a super client, or one of many.
pub async fn privilege(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let changed = async {
        let order = Order::read(&site, &arrival, request).await?;
        let change = |client: &Client, is_super| if is_super { upgraded(client) } else { Ok(degraded(client)) };
        order.change(&site, &arrival, "super", change).await
    };
    answered(&site, &arrival, changed.await)
}

/// `POST admin/oauth2/client/permit`: lets people install a client as a plugin, or no longer. Keyward's own addition.
pub async fn permit(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let changed = async {
        let order = Order::read(&site, &arrival, request).await?;
        order.change(&site, &arrival, "permitted", |client, may| Ok(permitted(client, may))).await
    };
    answered(&site, &arrival, changed.await)
}

fn answered(site: &Site, arrival: &Arrival, changed: Result<(), Refusal>) -> Response {
    match changed {
        Ok(()) => "SUCCESS".into_response(),
        Err(refusal) => refused(site, arrival, &refusal),
    }
}
