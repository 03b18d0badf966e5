//! A form that a browser posted, and who posted it.

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, Request, request::Parts};
use keyward_rules::{
    session::SignedIn,
    ticket::{Purpose, Ticket},
};
use keyward_wire::{
    error::{Code, Refusal},
    form::Form,
};

use super::{Visitor, same_site, trouble};
use crate::{app::Site, listener::Arrival, oauth::form_body, refused::refused};

/// A form as it came.
pub struct Submission {
    /// Who posted it.
    pub visitor: Visitor,
    /// With which headers.
    pub headers: HeaderMap,
    body: Bytes,
}

impl Submission {
    /// Its fields.
    ///
    /// # Errors
    /// Those of [`Form::parse`].
    pub fn form(&self) -> Result<Form<'_>, Refusal> {
        Form::parse("", &self.body)
    }

    /// Opens its ticket.
    ///
    /// # Errors
    /// [`Code::FormStale`] unless a page was made for this visitor and purpose.
    pub fn ticket(&self, site: &Site, purpose: Purpose, form: &Form<'_>) -> Result<Ticket, Refusal> {
        self.visitor.open(&site.app, &self.headers, purpose, form.get("csrf"))
    }

    /// Who is signed in, if the form was made for their account.
    ///
    /// # Errors
    /// [`Code::LoginRequired`], [`Code::FormStale`].
    pub fn of_account(&self, site: &Site, form: &Form<'_>) -> Result<SignedIn, Refusal> {
        let who = self.visitor.signed_in.clone();
        let who = who.ok_or_else(|| Refusal::new(Code::LoginRequired, "signed_in", "nobody is signed in"))?;
        self.ticket(site, Purpose::Account, form).map(|_| who)
    }
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Response> {
        let arrival = arrival(parts, site).await?;
        Visitor::of(site, &parts.headers, None).await.map_err(|refusal| refused(site, &arrival, &refusal))
    }
}

impl FromRequest<Site> for Submission {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, site: &Site) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let arrival = arrival(&mut parts, site).await?;
        let visitor = Visitor::from_request_parts(&mut parts, site).await?;
        let foreign = same_site::check(&parts.headers, &site.app.settings.load().issuer).is_err();
        let visitor = if foreign { visitor.held_back() } else { visitor };
        match form_body(site, &arrival, &parts.headers, body).await {
            Ok(body) => Ok(Submission { visitor, headers: parts.headers, body }),
            Err(refusal) => Err(trouble(site, &arrival, &visitor, &refusal)),
        }
    }
}

async fn arrival(parts: &mut Parts, site: &Site) -> Result<Arrival, Response> {
    Arrival::from_request_parts(parts, site).await.map_err(IntoResponse::into_response)
}
