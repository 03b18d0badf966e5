//! A person's own pages: signing in and out, and what speaks for them.

pub mod applications;
pub mod home;
pub mod password;
pub mod sessions;
pub mod sign_in;
pub mod sign_out;

use axum::body::Body;
use http::HeaderMap;
use keyward_rules::{
    session::SignedIn,
    ticket::{Purpose, Ticket},
};
use keyward_wire::{
    error::{Code, Refusal},
    form::Form,
};

use crate::{app::Site, browser::Visitor, listener::Arrival, oauth::form_body};

/// What a form of one of these pages sent, as the person who is signed in.
struct Posted<'a> {
    form: Form<'a>,
    who: SignedIn,
}

/// Reads the body of a form.
///
/// # Errors
/// It is no form, too large or too slow.
async fn body(site: &Site, arrival: &Arrival, headers: &HeaderMap, body: Body) -> Result<bytes::Bytes, Refusal> {
    form_body(site, arrival, headers, body).await
}

/// Takes a form for the account of who is signed in.
///
/// # Errors
/// [`Code::FormStale`] unless the page was made for them, [`Code::LoginRequired`] when nobody is signed in.
fn posted<'a>(site: &Site, headers: &HeaderMap, visitor: &Visitor, body: &'a [u8]) -> Result<Posted<'a>, Refusal> {
    let form = Form::parse("", body)?;
    let who = visitor.signed_in.clone().ok_or_else(|| Refusal::new(Code::LoginRequired, "signed_in", "nobody is signed in"))?;
    let Ticket { .. } = visitor.open(&site.app, headers, Purpose::Account, form.get("csrf"))?;
    Ok(Posted { form, who })
}
