//! `/device`: where people let devices in that cannot show pages themselves (RFC 8628 §3.3).
//!
//! 1. `GET` asks for the code that the device shows. A link may bring it along: then it is filled in and not looked at, so that
//!    nobody can use up what somebody else may guess. Nobody enters one without signing in, so that guesses are counted by person
//!    as well as by address.
//! 2. `POST` from there, with a code that a device waits with, shows who asks, for what, and the code to compare. Nothing is granted
//!    yet: the link may come from somebody who wants their own device let in.
//! 3. `POST` from there is the person's word. Which device it is about is read from the form's ticket, nothing of it from the form.

use axum::{extract::State, response::Response};
use http::{StatusCode, Uri, header};
use keyward_rules::{
    device::{Question, Waiting, decide, waiting},
    session::SignedIn,
    ticket::Purpose,
};
use keyward_store::facts;
use keyward_wire::{
    error::{Code, Refusal},
    form::Form,
    user_code::UserCode,
};

use crate::{
    account::sign_in,
    app::Site,
    authenticate::throttled,
    browser::{Submission, Visitor, show, trouble},
    listener::Arrival,
    pages::{DeviceCodePage, DeviceConfirm, DeviceDone, DeviceProblem, Page},
    refused,
    settle::{settle_with, unavailable},
};

/// Where it is.
pub const PATH: &str = "/device";

/// Where it is, with a code entered.
#[must_use]
pub fn with_code(code: &UserCode) -> String {
    format!("{PATH}?user_code={code}")
}

/// A request to this page, and who comes with it.
struct Asking<'a> {
    site: &'a Site,
    arrival: &'a Arrival,
    visitor: &'a Visitor,
}

/// `GET /device`.
pub async fn get(State(site): State<Site>, arrival: Arrival, visitor: Visitor, uri: Uri) -> Response {
    let asking = Asking { site: &site, arrival: &arrival, visitor: &visitor };
    let shown = Form::parse(uri.query().unwrap_or_default(), b"").and_then(|form| asking.begin(form.get("user_code").unwrap_or_default()));
    asking.answered(shown, "")
}

/// `POST /device`.
pub async fn post(State(site): State<Site>, arrival: Arrival, sent: Submission) -> Response {
    let asking = Asking { site: &site, arrival: &arrival, visitor: &sent.visitor };
    match sent.form() {
        Ok(form) if sent.ticket(&site, Purpose::DeviceCode, &form).is_ok() => {
            let entered = form.get("user_code").unwrap_or_default();
            asking.answered(asking.entered(entered).await, entered)
        }
        Ok(form) => asking.answered(asking.decided(&sent, &form).await, ""),
        Err(refusal) => asking.answered(Err(refusal), ""),
    }
}

impl Asking<'_> {
    /// Asks for a code, once somebody is signed in; `brought` is what a link says it is.
    fn begin(&self, brought: &str) -> Result<Response, Refusal> {
        if self.visitor.signed_in.is_some() {
            return self.ask(StatusCode::OK, brought, None);
        }
        let afterwards = UserCode::parse(brought).as_ref().map_or_else(|| PATH.to_owned(), with_code);
        sign_in::page(self.site, self.arrival, self.visitor, &sign_in::Wanted::own(&afterwards), None)
    }

    async fn entered(&self, entered: &str) -> Result<Response, Refusal> {
        let who = self.who()?;
        match UserCode::parse(entered) {
            Some(code) => self.confirm(&self.find(who, &code).await?, who),
            None if entered.is_empty() => self.ask(StatusCode::OK, entered, None),
            None => Err(Refusal::new(Code::UserCodeUnknown, "user_code_form", "what was entered is no code of this server")),
        }
    }

    fn who(&self) -> Result<&SignedIn, Refusal> {
        let who = self.visitor.signed_in.as_ref();
        who.ok_or_else(|| Refusal::new(Code::FormStale, "signed_in", "nobody is signed in any more"))
    }

    /// The device that shows this code. A wrong code counts against who entered it.
    async fn find(&self, who: &SignedIn, code: &UserCode) -> Result<Waiting, Refusal> {
        let app = &self.site.app;
        let attempt = app.throttle.user_code(who.user().id, self.arrival.client).await;
        let attempt = attempt.map_err(|refused| throttled(&refused, Code::TooManyUserCodes))?;
        let facts = facts::device::showing(&app.store, code).await.map_err(|error| unavailable(&error))?;
        let found = waiting(&facts, self.visitor.now);
        if found.is_err() {
            attempt.failed();
        }
        found
    }

    fn ask(&self, status: StatusCode, entered: &str, problem: Option<DeviceProblem>) -> Result<Response, Refusal> {
        let ticket = self.visitor.ticket(&self.site.app, Purpose::DeviceCode, "")?;
        let entered: String = entered.chars().take(20).collect();
        let page = DeviceCodePage { csrf: &ticket, user_code: &entered, problem };
        Ok(show(self.site, self.arrival, self.visitor, status, &Page::DeviceCode(page), None))
    }

    fn confirm(&self, waiting: &Waiting, who: &SignedIn) -> Result<Response, Refusal> {
        let (device, client) = (waiting.device(), waiting.client());
        let ticket = self.visitor.ticket_for(&self.site.app, Purpose::Device, device.id, with_code(&device.user_code))?;
        let pages = &self.site.app.settings.load().pages;
        let page = DeviceConfirm {
            csrf: &ticket,
            user_code: &device.user_code.to_string(),
            client: &client.registration.name,
            client_id: client.id.as_str(),
            registered_itself: client.registered_itself(),
            scopes: pages.scope_lines(&device.scope, self.visitor.language),
            resources: device.audience.iter().map(|audience| audience.as_str()).collect(),
            lifetime: u64::from(waiting.lifetime().0),
            username: &who.user().username,
        };
        Ok(show(self.site, self.arrival, self.visitor, StatusCode::OK, &Page::DeviceConfirm(page), None))
    }

    async fn decided(&self, sent: &Submission, form: &Form<'_>) -> Result<Response, Refusal> {
        let app = &self.site.app;
        let ticket = sent.ticket(self.site, Purpose::Device, form)?;
        let question = Question { who: self.who()?.clone(), allow: form.get("decision") == Some("allow") };
        let load = async || {
            let facts = facts::device::load(&app.store, ticket.id).await?;
            let consent_epoch = match &facts.client {
                Some(client) => facts::authorize::consent_epoch(&app.store, question.user(), &client.id).await?,
                None => Default::default(),
            };
            Ok((facts, consent_epoch))
        };
        settle_with(app, load, |(facts, epoch), within| decide(&question, facts, *epoch, within.now), |(), _| Ok(())).await?;
        let done = DeviceDone { allowed: question.allow };
        Ok(show(self.site, self.arrival, self.visitor, StatusCode::OK, &Page::DeviceDone(done), None))
    }

    /// A code that is not taken is asked for again; any other refusal is a page of its own.
    fn answered(&self, answered: Result<Response, Refusal>, entered: &str) -> Response {
        let refusal = match answered {
            Ok(response) => return response,
            Err(refusal) => refusal,
        };
        let problem = match refusal.code {
            Code::UserCodeUnknown => DeviceProblem::Unknown,
            Code::TooManyUserCodes(seconds) => DeviceProblem::TooMany { seconds: u64::from(seconds) },
            _ => return trouble(self.site, self.arrival, self.visitor, &refusal),
        };
        let answer = refusal.code.answer(self.site.profile);
        refused::note(self.site, self.arrival, &refusal, answer.status);
        let mut response = match self.ask(answer.status, entered, Some(problem)) {
            Ok(response) => response,
            Err(refusal) => return trouble(self.site, self.arrival, self.visitor, &refusal),
        };
        if let Some(seconds) = answer.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
