//! The authorization endpoint (RFC 6749 §4.1, §4.2): may this application have what it asks for?
//!
//! 1. [`address`]: application and redirect URI belong together. Before that, nothing is sent anywhere.
//! 2. [`accept`]: the application may ask for this, in this way. A mistake is told to it.
//! 3. [`next`]: must somebody sign in, or be asked, or is the answer clear?
//! 4. [`decide`]: the answer, once the person has said yes or need not be asked. A code begins an authorization that nobody has
//!    redeemed yet; a token at once (implicit) belongs to one that lives as long as the token.

mod consent;
mod owner;

use std::sync::Arc;

use keyward_wire::{
    authorization_request::{Addressee, AuthorizationRequest, ResponseMode, ResponseType},
    error::{Code, Refusal},
    profile::Profile,
    token_request::GrantType,
};

use crate::{
    authorization_code::AuthorizationCode,
    effect::{Decision, Effect},
    grant::{Circumstances, Issue, issue},
    key_ring::KeyRing,
    model::{
        authorization::{Authorization, AuthorizationSecret, CodeTerms},
        client::{Client, ClientKind, ResourceServer},
        consent::Consent,
        epoch::Epoch,
        id::AuthorizationId,
        time::{Seconds, Timestamp},
    },
    requested::{self, Allowed},
    session::SignedIn,
};

pub use consent::REMEMBERED;
pub use owner::{Owner, may_pass_on};

/// An application, and where answers to it may go. Only [`address`] makes one.
#[derive(Clone, Debug)]
pub struct Addressed {
    client: Arc<Client>,
    redirect_uri: String,
    /// Whether the request named it: then the redemption must, too.
    named: bool,
}

impl Addressed {
    /// Who asks.
    #[must_use]
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// Where the answer goes.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Whether it is certain who asks and who gets the answer. Any program on the person's machine can send them here with the
    /// id of a public client, and can take the answer where that goes to a port or to a scheme of the machine (RFC 8252 §8.6).
    /// Whoever registered themselves may be somebody else tomorrow.
    fn is_certain(&self) -> bool {
        let scheme = self.redirect_uri.split_once(':').map_or("", |(scheme, _)| scheme);
        let reaches_it = self.client.registration.kind == ClientKind::Confidential || scheme.eq_ignore_ascii_case("https");
        reaches_it && !self.client.registered_itself()
    }

    /// Whether the application is told of this refusal. Of one that registered itself nobody knows where its address leads, so
    /// people are sent there by nothing but their own word (RFC 9700 §4.11.2).
    #[must_use]
    pub fn is_told(&self, refusal: &Refusal) -> bool {
        !self.client.registered_itself() || refusal.code == Code::AccessDenied
    }
}

/// Finds out where an answer may go (RFC 6749 §3.1.2.3). Unless this succeeds, it goes nowhere.
///
/// # Errors
/// [`Code::ApplicationUnknown`], [`Code::RedirectUriMissing`], [`Code::RedirectUriUnregistered`].
pub fn address(profile: &Profile, asked: &Addressee, client: Option<Arc<Client>>) -> Result<Addressed, Refusal> {
    let unknown = |step, reason: &'static str| Refusal::new(Code::ApplicationUnknown(asked.client_id.clone()), step, reason);
    let client = client.ok_or_else(|| unknown("client_known", "no client is registered under this id"))?;
    if !client.registration.profiles.contains(&profile.name) {
        return Err(unknown("client_profile", "the client is not registered for this listener's profile; add it to its profiles"));
    }
    let registered = &client.registration.redirect_uris;
    match (&asked.redirect_uri, &**registered) {
        (Some(uri), _) if registered.iter().any(|own| own.admits(uri, client.registration.is_native())) => {
            Ok(Addressed { redirect_uri: uri.clone(), named: true, client })
        }
        (Some(uri), _) => {
            let uri: String = uri.chars().take(200).collect();
            let reason = format!("{uri:?} is not among the client's redirect_uris; they are compared byte by byte");
            Err(Refusal::new(Code::RedirectUriUnregistered, "redirect_uri_registered", reason))
        }
        (None, [only]) => Ok(Addressed { redirect_uri: only.as_str().to_owned(), named: false, client }),
        (None, _) => {
            let has = if registered.is_empty() { "none".to_owned() } else { registered.len().to_string() };
            let reason = format!("the request names no redirect_uri, and the client has registered {has}, not exactly one");
            Err(Refusal::new(Code::RedirectUriMissing, "redirect_uri_present", reason))
        }
    }
}

/// A request that its client may make. Only [`accept`] makes one.
#[derive(Clone, Debug)]
pub struct Accepted {
    addressed: Addressed,
    request: AuthorizationRequest,
    allowed: Allowed,
}

impl Accepted {
    /// Who asks, and where the answer goes.
    #[must_use]
    pub fn addressed(&self) -> &Addressed {
        &self.addressed
    }

    /// What was asked.
    #[must_use]
    pub fn request(&self) -> &AuthorizationRequest {
        &self.request
    }

    /// What the application gets if the person says yes.
    #[must_use]
    pub fn allowed(&self) -> &Allowed {
        &self.allowed
    }

    /// Whether a consent is kept for the next time: only for applications that prove who they are, or whose answer reaches only
    /// them and that only they can redeem.
    #[must_use]
    pub fn is_remembered(&self) -> bool {
        let proves = self.addressed.client.registration.kind == ClientKind::Confidential || self.request.challenge.is_some();
        self.request.response_type == ResponseType::Code && proves && self.addressed.is_certain()
    }
}

/// Accepts what is asked, if the client is registered for it.
///
/// # Errors
/// [`Code::ResponseTypeUnsupported`], [`Code::ResponseTypeUnauthorized`], [`Code::ParameterIllegal`], [`Code::ParameterMissing`],
/// and those of [`requested::allow`]. They go to the client.
pub fn accept(
    profile: &Profile,
    addressed: Addressed,
    request: AuthorizationRequest,
    servers: &[ResourceServer],
) -> Result<Accepted, Refusal> {
    let registration = &addressed.client.registration;
    let (asked, mode) = (request.response_type, request.reply.mode());
    if asked == ResponseType::Token && !profile.implicit {
        let reason = "access tokens are not given out at this listener's authorization endpoint; ask for a code";
        return Err(Refusal::new(Code::ResponseTypeUnsupported, "response_type_of_profile", reason));
    }
    if !registration.may_use(asked.grant()) {
        let reason = format!("the client is not registered for {}; add it to its grants", asked.grant().as_str());
        return Err(Refusal::new(Code::ResponseTypeUnauthorized(asked.as_str()), "grant_registered", reason));
    }
    let never = asked == ResponseType::Token && request.reply.asked_mode == Some(ResponseMode::Query);
    let own = asked == ResponseType::Token && mode == ResponseMode::Fragment;
    if never || !(own || registration.response_modes.contains(&mode)) {
        let reason = format!("response_mode {} is not for {} of this client; see its response_modes", mode.as_str(), asked.as_str());
        return Err(Refusal::new(Code::ParameterIllegal("response_mode"), "response_mode_registered", reason));
    }
    let needs_pkce = registration.require_pkce || (profile.public_needs_pkce && registration.kind == ClientKind::Public);
    if asked == ResponseType::Code && needs_pkce && request.challenge.is_none() {
        let reason =
            "the client needs PKCE (RFC 7636): send code_challenge and code_challenge_method=S256, or set its require_pkce = false";
        return Err(Refusal::new(Code::ParameterMissing("code_challenge"), "code_challenge_present", reason));
    }
    if asked == ResponseType::Token && profile.implicit_needs_state && request.reply.state.is_none() {
        return Err(Refusal::new(Code::ParameterMissing("state"), "state_present", "an implicit request needs a state on this listener"));
    }
    let allowed = requested::allow(registration, &request.wanted, servers)?;
    Ok(Accepted { addressed, request, allowed })
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Somebody must sign in, or sign in again.
    SignIn,
    /// The person must be asked.
    Ask,
    /// The answer is yes.
    Answer,
}

/// Says what comes next: `signed_in` is who sits there, `consent` what they said before.
///
/// # Errors
/// [`Code::LoginRequired`] and [`Code::ConsentRequired`] where nothing may be shown (`prompt=none`). They go to the client.
pub fn next(accepted: &Accepted, signed_in: Option<&SignedIn>, consent: Option<&Consent>, now: Timestamp) -> Result<Next, Refusal> {
    let prompt = accepted.request.prompt;
    let fresh = |who: &&SignedIn| {
        let at = who.session().authenticated_at;
        !prompt.login && accepted.request.max_age.is_none_or(|max_age| now <= at + Seconds(max_age))
    };
    let next = match signed_in.filter(fresh) {
        None => Next::SignIn,
        Some(_) if prompt.consent => Next::Ask,
        Some(_) if consent::is_given(consent, accepted, now) => Next::Answer,
        Some(_) => Next::Ask,
    };
    match next {
        Next::SignIn if prompt.none => Err(Refusal::new(Code::LoginRequired, "prompt_none", "prompt=none, and nobody is signed in")),
        Next::Ask if prompt.none => {
            Err(Refusal::new(Code::ConsentRequired, "prompt_none", "prompt=none, and consent was not given before"))
        }
        next => Ok(next),
    }
}

/// What is to be answered with yes.
#[derive(Clone, Debug)]
pub struct Question {
    /// What was asked.
    pub accepted: Accepted,
    /// Who says yes.
    pub owner: Owner,
    /// Where they say so.
    pub yes: Yes,
}

/// Where somebody said that an application may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yes {
    /// Nowhere now: what they said before must cover it, or they need not be asked.
    Before,
    /// On the page whose ticket carries this id.
    OnPage(AuthorizationId),
    /// In an application that has their password, or a token to authorize others with (the KorAP API).
    Elsewhere,
}

impl Yes {
    /// The id that the authorization will have, so that a page is answered once.
    #[must_use]
    pub fn id(self) -> Option<AuthorizationId> {
        match self {
            Yes::OnPage(id) => Some(id),
            Yes::Before | Yes::Elsewhere => None,
        }
    }
}

/// What the store knows of it.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The authorization of the ticket's id: it was used before.
    pub taken: bool,
    /// What the person said about this application before.
    pub consent: Option<Arc<Consent>>,
}

/// What goes back.
#[derive(Debug)]
pub enum Answer {
    /// A code for this authorization.
    Code(Box<Authorization>),
    /// A token.
    Token(Box<Issue>),
}

/// Decides.
#[must_use]
pub fn decide(question: &Question, facts: &Facts, within: &Circumstances<'_>) -> Decision<Answer> {
    if facts.taken {
        return Decision::refused(Refusal::new(Code::FormRepeated, "ticket_unused", "this consent page was answered before"));
    }
    let (accepted, client) = (&question.accepted, &question.accepted.addressed.client);
    // What was said before may have been taken back since.
    if question.yes == Yes::Before && !consent::is_given(facts.consent.as_deref(), accepted, within.now) {
        return Decision::refused(Refusal::new(Code::ConsentRequired, "consent_given", "the person took back what they had said before"));
    }
    let authorization = match authorization(question, facts, within) {
        Ok(authorization) => authorization,
        Err(refusal) => return Decision::refused(refusal),
    };
    let mut effects = vec![Effect::Authorize(authorization.clone())];
    if question.yes.id().is_some() && accepted.is_remembered() {
        effects.push(consent::remembered(question, facts, within.now));
    }
    let answer = match accepted.request.response_type {
        ResponseType::Code => Answer::Code(Box::new(authorization)),
        ResponseType::Token => Answer::Token(Box::new(issue(authorization, None, client, &accepted.allowed, within))),
    };
    Decision::granted(effects, answer)
}

/// The text of a code.
///
/// # Errors
/// [`Code::Defect`] when its key is missing.
pub fn code(authorization: &Authorization, ring: &KeyRing) -> Result<AuthorizationCode, Refusal> {
    AuthorizationCode::derive(authorization, ring)
        .ok_or_else(|| Refusal::new(Code::Defect, "authorization_code_key", "the key of authorization codes is not in the key ring"))
}

fn authorization(question: &Question, facts: &Facts, within: &Circumstances<'_>) -> Result<Authorization, Refusal> {
    let (accepted, owner) = (&question.accepted, &question.owner);
    let (client, request) = (&accepted.addressed.client, &accepted.request);
    let (code, lifetime) = match request.response_type {
        ResponseType::Code => {
            let terms = CodeTerms {
                key: within.code_key()?,
                redirect_uri: accepted.addressed.named.then(|| accepted.addressed.redirect_uri.clone()),
                challenge: request.challenge,
                redeemed_at: None,
            };
            (Some(terms), client.registration.code_lifetime)
        }
        ResponseType::Token => (None, client.registration.authorization_lifetime(GrantType::Implicit)),
    };
    Ok(Authorization {
        id: question.yes.id().unwrap_or_else(|| AuthorizationId::new(within.now, within.entropy.authorization)),
        client: client.id.clone(),
        user: owner.user.id,
        grant: request.response_type.grant(),
        scope: accepted.allowed.scope.clone(),
        audience: accepted.allowed.audience.clone(),
        created_at: within.now,
        authenticated_at: owner.authenticated_at,
        expires_at: within.now + lifetime,
        generation: 1,
        rotated_at: within.now,
        key: within.refresh_token_key()?,
        secret: AuthorizationSecret(within.entropy.secret),
        client_epoch: client.epoch,
        user_epoch: owner.user_epoch,
        consent_epoch: facts.consent.as_ref().map_or_else(Epoch::default, |consent| consent.epoch),
        session: owner.session,
        code,
        revoked_at: None,
    })
}
