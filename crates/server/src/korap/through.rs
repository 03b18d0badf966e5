//! What a user asks through the application of a super client.

use axum::body::Body;
use bytes::Bytes;
use http::Request;
use keyward_wire::{error::Refusal, form::Form};

use super::{
    caller::{ApiUser, Caller},
    super_client::SuperClient,
};
use crate::{app::Site, listener::Arrival, oauth::form_body};

/// A form, who sent it, and in which application.
pub struct Through {
    /// Who.
    pub user: ApiUser,
    /// Where.
    pub super_client: SuperClient,
    body: Bytes,
}

impl Through {
    /// Reads `request`, which only a user may make who may do what needs `scope`.
    ///
    /// # Errors
    /// Those of [`form_body`], [`Caller::of`], [`Caller::user`] and [`SuperClient::read`], in this order.
    pub async fn read(site: &Site, arrival: &Arrival, request: Request<Body>, scope: &'static str) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let body = form_body(site, arrival, &parts.headers, body).await?;
        let user = Caller::of(site, arrival, &parts.headers).await?.user(scope)?;
        let super_client = SuperClient::read(site, arrival, &Form::parse("", &body)?).await?;
        Ok(Through { user, super_client, body })
    }

    /// Its parameters.
    ///
    /// # Errors
    /// Those of [`Form::parse`].
    pub fn form(&self) -> Result<Form<'_>, Refusal> {
        Form::parse("", &self.body)
    }
}
