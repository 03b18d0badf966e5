//! What happens in browsers: people sign in and out, allow something, and take it back.

use std::sync::Arc;

use keyward_rules::{
    account::{self, Withdrawal},
    authorization_code::AuthorizationCode,
    authorize::{self, Next, Owner, Yes},
    effect::Effect,
    model::{authorization::Authorization, id::AuthorizationId, time::Timestamp},
    session, user_auth,
};
use keyward_wire::{
    authorization_request::{Addressee, AuthorizationRequest},
    form::Form,
    profile::STANDARD,
};

use super::{
    super::{
        attempt::{Attempt, Question},
        history::Person,
    },
    CLIENTS, World, born, client_id, newest, user_id,
};
use crate::fixture::{LASTING, entropy, ring};

/// The challenge of the verifier.
const PKCE: &str = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
/// Pages have bits of their own.
const PAGES: u64 = 1 << 32;

impl World {
    pub(super) fn browse(&mut self, person: &Person) {
        match *person {
            Person::SignIn { user } => {
                let Ok(proof) = user_auth::authenticate(self.store.user(user_id(user)), Ok(()), self.now) else { return };
                self.drawn += 1;
                let (session, cookie) = session::open(&proof, "", LASTING, self.now, &entropy(self.drawn));
                self.store.commit(&[Effect::OpenSession(session)]).unwrap();
                self.cookies.push(cookie);
            }
            Person::SignOut { session } => {
                let Some(id) = newest(&self.cookies, session).map(|cookie| cookie.session) else { return };
                self.store.commit(&[Effect::EndSession { id, at: self.now }]).unwrap();
                self.oracle.signed_out(id, self.step);
            }
            Person::Withdraw { user } => {
                let (user, client) = (user_id(user), client_id(0));
                let said = self.store.consent(user, &client).as_deref().cloned();
                let facts = account::Facts { client: Some(client.clone()), said: said.into_iter().collect(), ..account::Facts::default() };
                let decision = account::withdraw(user, &Withdrawal::Client(client), &facts, self.now);
                self.store.commit(&decision.effects).unwrap();
                self.oracle.withdrawn(user, self.step);
            }
            Person::WithdrawAll { user } => {
                let user = user_id(user);
                if self.store.user(user).is_none() {
                    return;
                }
                let said = self.store.consent(user, &client_id(0)).as_deref().cloned();
                let facts = account::Facts { user: self.store.user(user), said: said.into_iter().collect(), ..account::Facts::default() };
                let decision = account::withdraw(user, &Withdrawal::All, &facts, self.now);
                self.store.commit(&decision.effects).unwrap();
                self.oracle.user_ended(user, self.step);
            }
        }
    }

    /// A request of client 0 for a code, by who sits in the session; they say yes if they must be asked.
    pub(super) fn authorization(&self, session: usize, offline: bool) -> Option<Question> {
        let cookie = newest(&self.cookies, session)?;
        let found = self.store.session(cookie.session);
        let user = found.as_ref().and_then(|session| self.store.user(session.user));
        let who = session::signed_in(cookie, found, user, LASTING.idle, Timestamp(0), self.now).ok()?;

        let asked = Addressee { client_id: CLIENTS[0].to_owned(), redirect_uri: None };
        let addressed = authorize::address(&STANDARD, &asked, self.store.client(&client_id(0))).ok()?;
        let scope = if offline { "read+write+offline_access" } else { "read+write" };
        let query = format!("response_type=code&scope={scope}&{PKCE}");
        let request = AuthorizationRequest::parse(&Form::parse(&query, b"").unwrap()).unwrap();
        let accepted = authorize::accept(&STANDARD, addressed, request, &[]).unwrap();

        let said = self.store.consent(who.user().id, &client_id(0));
        let page = || AuthorizationId::new(self.now, entropy(PAGES + self.step as u64).authorization);
        let yes = match authorize::next(&accepted, Some(&who), said.as_deref(), self.now).unwrap() {
            Next::SignIn => panic!("somebody is signed in"),
            Next::Ask => Yes::OnPage(page()),
            Next::Answer => Yes::Before,
        };
        Some(Question::Authorize(authorize::Question { accepted, owner: Owner::from(&who), yes }))
    }

    /// A code was answered.
    pub(super) fn authorized(&mut self, attempt: &Attempt, own: &Authorization) {
        let Question::Authorize(question) = &attempt.question else { panic!("a code nobody asked for") };
        // Who was not asked stands by what they had said when the request came.
        let said = if question.yes.id().is_some() { attempt.looked } else { attempt.asked };
        self.oracle.born(born(attempt, own, said));
        if question.yes == Yes::Before {
            self.oracle.saw("code given unasked");
        }
        let code = authorize::code(own, ring()).unwrap();
        assert_eq!(Some(code), AuthorizationCode::derive(&Arc::new(own.clone()), ring()));
        self.codes.push(code);
    }
}
