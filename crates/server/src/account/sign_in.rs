//! `/login`: signing in with name and password.
//!
//! 1. Whoever needs somebody signed in shows [`page`]; where to go on afterwards waits in its ticket.
//! 2. [`post`] checks name and password, as the password grant does: throttled, and the same for names that nobody has.
//! 3. A new session is opened and the browser sent on (303). What it held before is worth nothing.

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, header};
use keyward_rules::{
    effect::Effect,
    model::user::LONGEST_USERNAME,
    session::{Cookie, open, renew},
    ticket::Purpose,
    user_auth::AuthenticatedUser,
};
use keyward_wire::error::{Code, Refusal};
use secrecy::ExposeSecret;

use super::home;
use crate::{
    app::Site,
    authenticate,
    browser::{Submission, Visitor, agent, cookies::Which, redirect, show, trouble},
    listener::Arrival,
    pages::{Login, LoginProblem, Page},
    refused,
    settle::{unavailable, until_committed},
};

/// Where it is.
pub const PATH: &str = "/login";

/// Why somebody should sign in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wanted {
    /// Where to go on: a path of this server.
    pub afterwards: String,
    /// The application that sent them here.
    pub client: Option<String>,
    /// Who will probably sign in.
    pub username: String,
    /// Where the browser may be sent in the end, for the page's policy.
    pub leads_to: Option<String>,
}

impl Wanted {
    /// To see a page of one's own: who wants none in particular, [`home::PATH`].
    #[must_use]
    pub fn own(path: &str) -> Self {
        Wanted { afterwards: path.to_owned(), client: None, username: String::new(), leads_to: None }
    }
}

/// The page to sign in; `problem` is what was wrong with the last attempt.
///
/// # Errors
/// [`Code::Defect`].
pub fn page(
    site: &Site,
    arrival: &Arrival,
    visitor: &Visitor,
    wanted: &Wanted,
    problem: Option<(StatusCode, LoginProblem)>,
) -> Result<Response, Refusal> {
    let defect = |error: serde_json::Error| Refusal::new(Code::Defect, "sign_in_ticket", error.to_string());
    // Nobody is called so, and the ticket is to come back.
    let username = if wanted.username.len() > LONGEST_USERNAME { "" } else { &wanted.username };
    let content = serde_json::to_string(&Wanted { username: username.to_owned(), ..wanted.clone() }).map_err(defect)?;
    let ticket = visitor.ticket(&site.app, Purpose::SignIn, content)?;
    let (status, problem) = problem.map_or((StatusCode::OK, None), |(status, problem)| (status, Some(problem)));
    let page = Login { csrf: &ticket, client: wanted.client.as_deref(), username, problem };
    Ok(show(site, arrival, visitor, status, &Page::Login(page), wanted.leads_to.as_deref()))
}

/// `GET /login`.
pub async fn get(State(site): State<Site>, arrival: Arrival, visitor: Visitor) -> Response {
    if visitor.signed_in.is_some() {
        return redirect(&site, &visitor, StatusCode::SEE_OTHER, home::PATH);
    }
    // Who asks for this page signs in anew, whoever a ticket was made for.
    page(&site, &arrival, &visitor, &Wanted::own(home::PATH), None).unwrap_or_else(|refusal| trouble(&site, &arrival, &visitor, &refusal))
}

/// `POST /login`.
pub async fn post(State(site): State<Site>, arrival: Arrival, sent: Submission) -> Response {
    let signed_in = sign_in(&site, &arrival, &sent).await;
    signed_in.unwrap_or_else(|refusal| trouble(&site, &arrival, &sent.visitor, &refusal))
}

async fn sign_in(site: &Site, arrival: &Arrival, sent: &Submission) -> Result<Response, Refusal> {
    let (form, visitor) = (sent.form()?, &sent.visitor);
    let entered = form.get("username").unwrap_or_default();
    let ticket = match sent.ticket(site, Purpose::SignIn, &form) {
        Ok(ticket) => ticket,
        Err(refusal) => {
            refused::note(site, arrival, &refusal, StatusCode::FORBIDDEN);
            let problem = if visitor.sent_cookies() { LoginProblem::Stale } else { LoginProblem::NoCookie };
            let again = Wanted { username: entered.to_owned(), ..Wanted::own(home::PATH) };
            return page(site, arrival, visitor, &again, Some((StatusCode::FORBIDDEN, problem)));
        }
    };
    let unreadable = |error: serde_json::Error| Refusal::new(Code::FormStale, "sign_in_ticket", error.to_string());
    let wanted: Wanted = serde_json::from_str(&ticket.content).map_err(unreadable)?;
    let password = form.get("password").unwrap_or_default();
    match authenticate::user(&site.app, entered, password.into(), arrival.client, visitor.now).await {
        Ok(user) => {
            let cookie = begin(site, &sent.headers, visitor, &user).await?;
            let mut response = redirect(site, visitor, StatusCode::SEE_OTHER, &wanted.afterwards);
            give(site, &cookie, &mut response);
            Ok(response)
        }
        Err(refusal) => {
            let again = Wanted { username: entered.to_owned(), ..wanted };
            let problem = problem(site, &refusal)?;
            refused::note(site, arrival, &refusal, problem.0);
            let mut response = page(site, arrival, visitor, &again, Some(problem))?;
            if let Some(seconds) = refusal.code.answer(site.profile).retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            Ok(response)
        }
    }
}

/// What the page says of a refusal; refusals that it has no words for stay refusals.
fn problem(site: &Site, refusal: &Refusal) -> Result<(StatusCode, LoginProblem), Refusal> {
    let problem = match refusal.code {
        Code::CredentialsWrong | Code::DirectoryRefused(_) => LoginProblem::Wrong,
        Code::TooManyPasswords(seconds) => LoginProblem::TooMany { seconds: u64::from(seconds) },
        Code::Busy(_) | Code::DirectoryUnavailable(..) => LoginProblem::Busy,
        _ => return Err(refusal.clone()),
    };
    Ok((refusal.code.answer(site.profile).status, problem))
}

/// Opens a session for who has just proved who they are, or renews theirs in this browser; somebody else's ends.
///
/// # Errors
/// The store does not work.
pub async fn begin(site: &Site, headers: &HeaderMap, visitor: &Visitor, user: &AuthenticatedUser) -> Result<Cookie, Refusal> {
    let app = &site.app;
    let lasting = app.settings.load().sessions;
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(agent::in_words).unwrap_or_default();
    let here = visitor.signed_in.as_ref().map(|who| who.session().id);
    until_committed(&app.store, || async {
        let before = match here {
            Some(id) => app.store.session(id).await.map_err(|error| unavailable(&error))?.filter(|before| before.ended_at.is_none()),
            None => None,
        };
        let entropy = app.entropy()?;
        if let Some(own) = before.as_ref().filter(|before| before.user == user.id()) {
            let (session, cookie) = renew(own, user, lasting, visitor.now, &entropy);
            return Ok((vec![Effect::RenewSession(session)], cookie));
        }
        let (session, cookie) = open(user, &agent, lasting, visitor.now, &entropy);
        let mut effects = vec![Effect::OpenSession(session)];
        effects.extend(before.map(|other| Effect::EndSession { id: other.id, at: visitor.now }));
        Ok::<_, Refusal>((effects, cookie))
    })
    .await
}

/// Gives the browser its session.
pub fn give(site: &Site, cookie: &Cookie, response: &mut Response) {
    if let Some(value) = site.app.settings.load().cookies.set(Which::Session, cookie.to_secret().expose_secret()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
