//! Who comes with a request: a browser, and perhaps somebody who is signed in there.

use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, header};
use keyward_rules::{
    effect::Effect,
    model::{id::AuthorizationId, time::Timestamp},
    session::{Cookie, SEEN_TO_WITHIN, SignedIn, signed_in},
    ticket::{Holder, Purpose, Ticket},
};
use keyward_wire::error::{Code, Refusal};
use tracing::{debug, warn};

use super::{
    cookies::{CookieNames, Which},
    same_site,
};
use crate::{
    app::{App, Site},
    pages::Language,
    random::random,
    settle::unavailable,
};

/// Who comes with a request.
pub struct Visitor {
    /// The value of the cookie that tells browsers apart.
    browser: String,
    /// Whether the browser still has to be given it.
    pub(crate) is_new: bool,
    /// Who is signed in.
    pub signed_in: Option<SignedIn>,
    /// The language to speak.
    pub language: Language,
    /// The moment of the request.
    pub now: Timestamp,
}

impl Visitor {
    /// Reads the cookies, and asks the store who is signed in. `ui_locales` is what the request says of languages, if it does.
    ///
    /// # Errors
    /// [`Code::StoreUnavailable`]. A session that has ended is no error: nobody is signed in.
    pub async fn of(site: &Site, headers: &HeaderMap, ui_locales: Option<&str>) -> Result<Self, Refusal> {
        let (app, now) = (&site.app, site.app.now());
        let settings = app.settings.load();
        let names = &settings.cookies;
        let known = names.read(Which::Browser, headers).filter(|value| is_ours(value));
        let is_new = known.is_none();
        let browser = match known {
            Some(browser) => browser,
            None => fresh()?,
        };
        let signed_in = who(app, names, headers, now).await?;
        let accept_language = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = settings.pages.language(ui_locales, accept_language);
        Ok(Visitor { browser, is_new, signed_in, language, now })
    }

    /// Whom a form is for. Two pages to sign in may be open side by side, so theirs are for the browser alone.
    fn holder(&self, purpose: Purpose) -> Holder<'_> {
        let session = self.signed_in.as_ref().filter(|_| purpose != Purpose::SignIn).map(|who| who.session().id);
        Holder { browser: &self.browser, session }
    }

    /// Whether the browser sends cookies back, as far as is known.
    #[must_use]
    pub fn sent_cookies(&self) -> bool {
        !self.is_new
    }

    /// A ticket for a form of a page that is shown now; `content` waits behind it.
    ///
    /// # Errors
    /// [`Code::Defect`].
    pub fn ticket(&self, app: &App, purpose: Purpose, content: impl Into<String>) -> Result<String, Refusal> {
        let id = AuthorizationId::new(self.now, app.entropy()?.authorization);
        self.ticket_for(app, purpose, id, content)
    }

    /// The same for what has an id already.
    ///
    /// # Errors
    /// [`Code::Defect`].
    pub fn ticket_for(&self, app: &App, purpose: Purpose, id: AuthorizationId, content: impl Into<String>) -> Result<String, Refusal> {
        let nonce = app.entropy()?.nonce;
        let ticket = Ticket { id, made_at: self.now, content: content.into() };
        let missing = || Refusal::new(Code::Defect, "form_key", "there is no key for forms in the key ring");
        ticket.seal(purpose, self.holder(purpose), &app.ring.load(), nonce).ok_or_else(missing)
    }

    /// Opens the ticket that a form sent, unless another site sent it.
    ///
    /// # Errors
    /// [`Code::FormStale`].
    pub fn open(&self, app: &App, headers: &HeaderMap, purpose: Purpose, ticket: Option<&str>) -> Result<Ticket, Refusal> {
        same_site::check(headers, &app.settings.load().issuer)?;
        let opened = Ticket::open(ticket.unwrap_or_default(), purpose, self.holder(purpose), &app.ring.load(), self.now);
        opened.ok_or_else(|| {
            let reason = match (ticket, self.is_new) {
                (_, true) => "the browser sent no cookie; with an https issuer, pages must be opened by https",
                (None, _) => "the form came without its ticket",
                (Some(_), _) => "the form's ticket was made for another browser, session or purpose, was changed, or is too old",
            };
            Refusal::new(Code::FormStale, "form_ticket", reason)
        })
    }

    /// The same visitor once somebody has signed in, or nobody is signed in any more.
    #[must_use]
    pub fn with(self, signed_in: Option<SignedIn>) -> Self {
        Visitor { signed_in, ..self }
    }

    /// The same visitor, whose browser may have held its cookies back: it is not given another one for the one it has.
    #[must_use]
    pub fn held_back(self) -> Self {
        Visitor { is_new: false, ..self }
    }

    pub(super) fn browser(&self) -> &str {
        &self.browser
    }
}

/// Who is signed in, going by the session's cookie.
async fn who(app: &App, names: &CookieNames, headers: &HeaderMap, now: Timestamp) -> Result<Option<SignedIn>, Refusal> {
    let Some(cookie) = names.read(Which::Session, headers).and_then(|value| Cookie::parse(&value)) else { return Ok(None) };
    let session = app.store.session(cookie.session).await.map_err(|error| unavailable(&error))?;
    let user = match &session {
        Some(session) => app.store.user(session.user).await.map_err(|error| unavailable(&error))?,
        None => None,
    };
    let idle = app.settings.load().sessions.idle;
    match signed_in(&cookie, session, user, idle, app.store.recovery().recovered_at, now) {
        Ok(who) => {
            if who.session().seen_at + SEEN_TO_WITHIN <= now
                && let Err(error) = app.store.commit(vec![Effect::SeeSession { id: cookie.session, at: now }]).await
            {
                warn!(%error, "that a session was used is not written down; it may run out early");
            }
            Ok(Some(who))
        }
        Err(reason) => {
            debug!(reason, session = %cookie.session, "nobody is signed in");
            Ok(None)
        }
    }
}

/// 256 random bits, as text.
fn fresh() -> Result<String, Refusal> {
    let bytes: [u8; 32] = random().map_err(|_| Refusal::new(Code::Defect, "entropy", "the system's random source failed"))?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// Whether a value is one that [`fresh`] could have made: nobody shall choose a short one.
fn is_ours(value: &str) -> bool {
    BASE64URL_NOPAD.decode(value.as_bytes()).is_ok_and(|bytes| bytes.len() == 32)
}
