//! `/authorize`, `/oauth/authorize`: the authorization endpoint (RFC 6749 §3.1), by GET and POST.
//!
//! 1. Application and redirect URI are looked at first: until they belong together, every mistake is a page of this server.
//! 2. From then on a mistake goes to the application.
//! 3. Who is not signed in is shown the page to sign in, who has not consented the page to consent; the request waits in
//!    the form's ticket ([`crate::account::sign_in`], [`consent`]).
//! 4. Otherwise the answer is settled and sent.
//!
//! What does not depend on a person being there is in [`request`], which the KorAP API has in common with it.

pub mod request;

mod waiting;

use axum::{body::Body, extract::State, response::Response};
use http::{HeaderMap, Method, Request, StatusCode, header, request::Parts};
use keyward_rules::{
    account::forget,
    authorize::{Accepted, Addressed, Next, Owner, Question, Yes, next},
    session::SignedIn,
    ticket::Purpose,
};
use keyward_wire::{
    authorization_request::{Reply, ResponseMode},
    authorization_response::AuthorizationResponse,
    error::{Code, Refusal},
    form::Form,
    presented::Presented,
    redirect_uri::RedirectUri,
};

use crate::{
    account::sign_in,
    app::Site,
    authenticate,
    browser::{Submission, Visitor, redirect, show, trouble},
    listener::Arrival,
    oauth::form_body,
    pages::{Consent, Field, FormPost, Page},
    refused::{self, refused},
    settle::{unavailable, until_committed},
};
use request::{Refused, accepted, addressed_back, settled};
pub use waiting::Asked;
use waiting::{as_it_is, once_signed_in, waiting};

/// A request to the authorization endpoint, and who comes with it.
struct Asking<'a> {
    site: &'a Site,
    arrival: &'a Arrival,
    visitor: &'a Visitor,
    /// How the browser is sent on: after a form was posted, by 303.
    sending: StatusCode,
}

/// Answers an authorization request in the query.
pub async fn get(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    authorize(&site, &arrival, &parts, b"").await
}

/// The same, in query and body.
pub async fn post(State(site): State<Site>, arrival: Arrival, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    match form_body(&site, &arrival, &parts.headers, body).await {
        Ok(body) => authorize(&site, &arrival, &parts, &body).await,
        Err(refusal) => refused(&site, &arrival, &refusal),
    }
}

async fn authorize(site: &Site, arrival: &Arrival, parts: &Parts, body: &[u8]) -> Response {
    if let Err(refusal) = genuine_header(site, arrival, &parts.headers).await {
        return refused(site, arrival, &refusal);
    }
    let form = Form::parse(parts.uri.query().unwrap_or_default(), body);
    let ui_locales = form.as_ref().ok().and_then(|form| form.get("ui_locales"));
    let visitor = match Visitor::of(site, &parts.headers, ui_locales).await {
        Ok(visitor) => visitor,
        Err(refusal) => return refused(site, arrival, &refusal),
    };
    let path = parts.uri.path();
    // Another site's post comes without cookies, which are Lax. Asked again by GET, the browser brings those that it has.
    let may_have_cookies = visitor.is_new && parts.method == Method::POST && parts.headers.contains_key(header::ORIGIN);
    let visitor = if may_have_cookies { visitor.held_back() } else { visitor };
    let asking = Asking { site, arrival, visitor: &visitor, sending: StatusCode::FOUND };
    let answered = match form {
        Ok(form) if may_have_cookies => asking.again(path, &form),
        Ok(form) => asking.answer(path, &form).await,
        Err(refusal) => Err(refusal.into()),
    };
    asking.answered(answered)
}

/// `POST /consent`: the person's answer. What was asked is read from the ticket, nothing of it from the form.
pub async fn consent(State(site): State<Site>, arrival: Arrival, sent: Submission) -> Response {
    let asking = Asking { site: &site, arrival: &arrival, visitor: &sent.visitor, sending: StatusCode::SEE_OTHER };
    let answered = asking.consented(&sent).await;
    asking.answered(answered)
}

/// A client's credentials mean nothing here, but wrong ones are a mistake worth telling.
async fn genuine_header(site: &Site, arrival: &Arrival, headers: &HeaderMap) -> Result<(), Refusal> {
    if !headers.contains_key(header::AUTHORIZATION) {
        return Ok(());
    }
    let presented = Presented::read(site.profile, headers, &Form::parse("", b"")?)?;
    authenticate::client(site, &presented, arrival.client).await.map(|_| ())
}

impl Asking<'_> {
    async fn answer(&self, path: &str, form: &Form<'_>) -> Result<Response, Refused> {
        let accepted = accepted(self.site, form).await?;
        let there = |refusal| Refused::There(Box::new(accepted.addressed().clone()), accepted.request().reply.clone(), refusal);
        let app = &self.site.app;
        let said = match &self.visitor.signed_in {
            None => None,
            Some(who) => {
                let said = app.store.consent(who.user().id, &accepted.addressed().client().id).await;
                said.map_err(|error| unavailable(&error))?
            }
        };
        let signed_in = self.visitor.signed_in.as_ref();
        match (next(&accepted, signed_in, said.as_deref(), self.visitor.now).map_err(there)?, signed_in) {
            (Next::Ask, Some(_)) => Ok(self.ask(&accepted, path, form)?),
            (Next::Answer, Some(who)) => self.grant(Question { owner: Owner::from(who), accepted, yes: Yes::Before }).await,
            (Next::SignIn, _) | (_, None) => Ok(self.sign_in(&accepted, path, form)?),
        }
    }

    /// Has the browser ask the same by GET.
    fn again(&self, path: &str, form: &Form<'_>) -> Result<Response, Refused> {
        let target = waiting(path, form, as_it_is)?;
        Ok(redirect(self.site, self.visitor, StatusCode::SEE_OTHER, &target))
    }

    fn sign_in(&self, accepted: &Accepted, path: &str, form: &Form<'_>) -> Result<Response, Refusal> {
        let client = accepted.addressed().client();
        let wanted = sign_in::Wanted {
            afterwards: waiting(path, form, once_signed_in)?,
            client: Some(client.registration.name.clone()),
            username: accepted.request().login_hint.clone().unwrap_or_default(),
            leads_to: Some(RedirectUri::source(accepted.addressed().redirect_uri()).to_owned()),
        };
        sign_in::page(self.site, self.arrival, self.visitor, &wanted, None)
    }

    fn ask(&self, accepted: &Accepted, path: &str, form: &Form<'_>) -> Result<Response, Refusal> {
        let (addressed, allowed) = (accepted.addressed(), accepted.allowed());
        let registration = &addressed.client().registration;
        let asked = Asked::new(waiting(path, form, as_it_is)?, allowed);
        let ticket = self.visitor.ticket(&self.site.app, Purpose::Consent, asked.written()?)?;
        let pages = &self.site.app.settings.load().pages;
        let leads_to = RedirectUri::source(addressed.redirect_uri());
        let page = Consent {
            csrf: &ticket,
            client: &registration.name,
            client_id: addressed.client().id.as_str(),
            registered_itself: addressed.client().registered_itself(),
            scopes: pages.scope_lines(&allowed.scope, self.visitor.language),
            resources: allowed.audience.iter().map(|audience| audience.as_str()).collect(),
            lifetime: u64::from(registration.authorization_lifetime(accepted.request().response_type.grant()).0),
            redirect_host: leads_to.split_once("://").map_or(leads_to, |(_, host)| host),
            username: self.visitor.signed_in.as_ref().map_or("", |who| &who.user().username),
        };
        Ok(show(self.site, self.arrival, self.visitor, StatusCode::OK, &Page::Consent(page), Some(leads_to)))
    }

    async fn consented(&self, sent: &Submission) -> Result<Response, Refused> {
        let form = sent.form()?;
        let ticket = sent.ticket(self.site, Purpose::Consent, &form)?;
        let asked = Asked::read(&ticket.content)?;
        let (path, query) = asked.request();
        let request = Form::parse(query, b"")?;
        let accepted = accepted(self.site, &request).await?;
        let Some(who) = &self.visitor.signed_in else {
            return Err(Refusal::new(Code::FormStale, "signed_in", "nobody is signed in any more").into());
        };
        match form.get("decision") {
            // Nobody said yes to what they were not shown.
            Some("allow") if !asked.said(accepted.allowed()) => Ok(self.ask(&accepted, path, &request)?),
            Some("allow") => self.grant(Question { owner: Owner::from(who), accepted, yes: Yes::OnPage(ticket.id) }).await,
            _ => {
                self.forget(who, &accepted).await?;
                let (addressed, reply) = (accepted.addressed().clone(), accepted.request().reply.clone());
                Err(Refused::There(Box::new(addressed), reply, Refusal::new(Code::AccessDenied, "consent", "the person said no")))
            }
        }
    }

    /// Who says no takes back what they said before, so that they are asked the next time.
    async fn forget(&self, who: &SignedIn, accepted: &Accepted) -> Result<(), Refusal> {
        let (store, now) = (&self.site.app.store, self.visitor.now);
        until_committed(store, || async {
            let said = store.consent(who.user().id, &accepted.addressed().client().id).await.map_err(|error| unavailable(&error))?;
            let effects = said.filter(|said| now < said.expires_at).iter().map(|said| forget(said, now)).collect();
            Ok((effects, ()))
        })
        .await
    }

    /// Settles a yes, and sends it.
    async fn grant(&self, question: Question) -> Result<Response, Refused> {
        let given = settled(self.site, &question).await?;
        let (addressed, reply) = (question.accepted.addressed(), &question.accepted.request().reply);
        Ok(self.send(addressed, reply, given.response()))
    }

    fn answered(&self, answered: Result<Response, Refused>) -> Response {
        match answered {
            Ok(response) => response,
            Err(Refused::There(addressed, _, refusal)) if !addressed.is_told(&refusal) => {
                trouble(self.site, self.arrival, self.visitor, &refusal)
            }
            Err(Refused::Here(refusal)) => trouble(self.site, self.arrival, self.visitor, &refusal),
            Err(Refused::There(addressed, reply, refusal)) => {
                let answer = refusal.code.answer(self.site.profile);
                refused::note(self.site, self.arrival, &refusal, self.sending);
                self.send(&addressed, &reply, AuthorizationResponse::error(answer.error, &answer.description))
            }
        }
    }

    /// Sends an answer to the application.
    fn send(&self, addressed: &Addressed, reply: &Reply, response: AuthorizationResponse<'_>) -> Response {
        let settings = self.site.app.settings.load();
        let response = addressed_back(self.site.profile, &settings, reply, response);
        if reply.mode() != ResponseMode::FormPost {
            return redirect(self.site, self.visitor, self.sending, &response.location(addressed.redirect_uri(), reply.mode()));
        }
        let page = FormPost {
            action: addressed.redirect_uri(),
            client: &addressed.client().registration.name,
            fields: response.parameters().map(|(name, value)| Field { name, value }).collect(),
        };
        let leads_to = RedirectUri::source(addressed.redirect_uri());
        show(self.site, self.arrival, self.visitor, StatusCode::OK, &Page::FormPost(page), Some(leads_to))
    }
}
