//! `GET /account`: what has access to one's account, and where one is signed in.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::State,
    response::{Redirect, Response},
};
use http::{HeaderMap, StatusCode, Uri};
use keyward_rules::{
    model::{authorization::Authorization, client::Client, id::SessionId, session::Session},
    session::SignedIn,
    ticket::Purpose,
};
use keyward_wire::{client_id::ClientId, error::Refusal, form::Form, token_request::GrantType};

use super::sign_in;
use crate::{
    app::{App, Site},
    authorizations::{self, Live},
    browser::{Visitor, redirect, show, trouble},
    listener::Arrival,
    pages::{self, Account, AccountProblem, Application, Notice, Page, Through},
    settle::unavailable,
};

/// How much is listed of each: all of it, but for accounts that programs use as well.
const LISTED: usize = 20;
/// How much is looked at for that, in all.
const LOOKED_AT: usize = 1000;

/// Where it is.
pub const PATH: &str = "/account";

/// `GET /`: whoever opens the issuer in a browser finds their account.
pub async fn root() -> Redirect {
    Redirect::to(PATH)
}

/// Shows the page, or the one to sign in first.
pub async fn get(State(site): State<Site>, arrival: Arrival, visitor: Visitor, headers: HeaderMap, uri: Uri) -> Response {
    let shown = match &visitor.signed_in {
        None => sign_in::page(&site, &arrival, &visitor, &sign_in::Wanted::own(PATH), None),
        Some(who) => {
            let said = notice(&site, &visitor, &headers, &uri);
            page(&site, &arrival, &visitor, who, StatusCode::OK, said.ok_or(None)).await
        }
    };
    shown.unwrap_or_else(|refusal| trouble(&site, &arrival, &visitor, &refusal))
}

/// What was just done, if the address has the ticket for it: nobody else's link says so.
fn notice(site: &Site, visitor: &Visitor, headers: &HeaderMap, uri: &Uri) -> Option<Notice> {
    let query = Form::parse(uri.query()?, b"").ok()?;
    let ticket = visitor.open(&site.app, headers, Purpose::Notice, query.get("done")).ok()?;
    NOTICES.iter().find(|(known, _)| *known == ticket.content).map(|(_, notice)| *notice)
}

/// The words for what was done.
const NOTICES: [(&str, Notice); 7] = [
    ("authorization_ended", Notice::AuthorizationEnded),
    ("application_ended", Notice::ApplicationEnded),
    ("all_applications_ended", Notice::AllApplicationsEnded),
    ("session_ended", Notice::SessionEnded),
    ("other_sessions_ended", Notice::OtherSessionsEnded),
    ("password_changed", Notice::PasswordChanged),
    ("password_changed_keeping_applications", Notice::PasswordChangedKeepingApplications),
];

/// Sends the browser to the page once something was done, so that a reload does not do it again.
///
/// # Errors
/// [`keyward_wire::error::Code::Defect`].
pub fn after(site: &Site, visitor: &Visitor, done: Notice) -> Result<Response, Refusal> {
    let word = NOTICES.iter().find(|(_, notice)| *notice == done).map_or("", |(word, _)| *word);
    let ticket = visitor.ticket(&site.app, Purpose::Notice, word)?;
    Ok(redirect(site, visitor, StatusCode::SEE_OTHER, &format!("{PATH}?done={ticket}")))
}

/// The page, with what was done or why it was not.
///
/// # Errors
/// The store does not work.
pub async fn page(
    site: &Site,
    arrival: &Arrival,
    visitor: &Visitor,
    who: &SignedIn,
    status: StatusCode,
    said: Result<Notice, Option<AccountProblem>>,
) -> Result<Response, Refusal> {
    let app = &site.app;
    let user = who.user();
    let authorizations = app.store.authorizations_of(user.id, visitor.now, LOOKED_AT).await.map_err(|error| unavailable(&error))?;
    let sessions = app.store.sessions_of(user.id, visitor.now, LOOKED_AT).await.map_err(|error| unavailable(&error))?;
    let settings = app.settings.load_full();
    let idle = settings.sessions.idle;
    let since_recovery = |own: &Session| app.store.recovery().recovered_at < own.authenticated_at;
    let is_open = |own: &Session| own.is_of(user) && visitor.now < own.seen_at + idle && since_recovery(own);
    let open: Vec<Session> = sessions.into_iter().filter(is_open).collect();
    let more_applications = authorizations.len() == LOOKED_AT;
    let held = Holdings::of(app, authorizations).await?;
    let ticket = visitor.ticket(app, Purpose::Account, "")?;
    let (notice, problem) = said.map_or_else(|problem| (None, problem), |notice| (Some(notice), None));
    let handles: Vec<String> = open.iter().take(LISTED).map(|session| session.id.to_string()).collect();
    let sessions = open.iter().zip(&handles).map(|(session, handle)| shown(session, handle, who.session().id)).collect();
    let applications = held.applications(&settings.pages, visitor.language);
    let page = Account {
        csrf: &ticket,
        username: &user.username,
        applications,
        more_applications,
        sessions,
        more_sessions: open.len().saturating_sub(LISTED),
        notice,
        problem,
    };
    Ok(show(site, arrival, visitor, status, &Page::Account(page), None))
}

fn shown<'a>(session: &'a Session, handle: &'a str, current: SessionId) -> pages::Session<'a> {
    pages::Session {
        handle,
        device: &session.agent,
        signed_in_at: session.authenticated_at.seconds(),
        last_seen_at: session.seen_at.seconds(),
        current: session.id == current,
    }
}

/// What is live of what a person authorized, by application.
struct Holdings(BTreeMap<ClientId, Held>);

/// What an application holds: the newest first, and how much more.
struct Held {
    client: Arc<Client>,
    own: Vec<Own>,
    more: usize,
}

/// One authorization, and the browser it was made in.
struct Own {
    authorization: Authorization,
    handle: String,
    agent: String,
}

impl Holdings {
    async fn of(app: &App, authorizations: Vec<Authorization>) -> Result<Self, Refusal> {
        let mut holdings = Holdings(BTreeMap::new());
        for Live { authorization, client, .. } in authorizations::live(app, authorizations).await.map_err(|error| unavailable(&error))? {
            let held = holdings.0.entry(client.id.clone()).or_insert_with(|| Held { client, own: Vec::new(), more: 0 });
            if held.own.len() == LISTED {
                held.more += 1;
                continue;
            }
            let agent = match authorization.session {
                Some(id) => app.store.session(id).await.map_err(|error| unavailable(&error))?.map(|session| session.agent.clone()),
                None => None,
            };
            held.own.push(Own { handle: authorization.id.to_string(), agent: agent.unwrap_or_default(), authorization });
        }
        Ok(holdings)
    }

    fn applications<'a>(&'a self, pages: &'a pages::Pages, language: pages::Language) -> Vec<Application<'a>> {
        let shown = |own: &'a Own| {
            let authorization = &own.authorization;
            pages::Authorization {
                handle: &own.handle,
                scopes: pages.scope_lines(&authorization.scope, language),
                granted_at: authorization.created_at.seconds(),
                last_used_at: authorization.rotated_at.seconds(),
                expires_at: authorization.expires_at.seconds(),
                device: &own.agent,
                through: match authorization.grant {
                    GrantType::Password => Through::Password,
                    GrantType::DeviceCode => Through::Device,
                    _ => Through::SignInPage,
                },
            }
        };
        let application = |Held { client, own, more }: &'a Held| Application {
            name: &client.registration.name,
            client_id: client.id.as_str(),
            first_party: client.registration.first_party,
            authorizations: own.iter().map(shown).collect(),
            more: *more,
        };
        self.0.values().map(application).collect()
    }
}
