use std::sync::Arc;

use keyward_rules::{
    access_token::Basis,
    authorization_code::AuthorizationCode,
    check::Grounds,
    effect::{Decision, Effect},
    grant::{
        Facts, Issue,
        authorization_code::{Question, burn, decide},
    },
    model::{
        authorization::{Authorization, AuthorizationSecret, CodeTerms, OFFLINE_ACCESS},
        client::Client,
        epoch::Epoch,
        id::{AuthorizationId, SessionId},
        session::Session,
        time::{Seconds, Timestamp},
        user::User,
    },
};
use keyward_wire::{
    error::{Code, Refusal},
    pkce::CodeChallenge,
    token_request::{GrantType, Wanted},
};

use crate::fixture::{
    NOW, audiences, authorization, client, entropy, grounds, issued, permitted, refused, ring, scope, scope_illegal, session, unredeemed,
    user, wanted, with, within,
};

const CALLBACK: &str = "https://app.example/cb?x=1";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const ID: AuthorizationId = AuthorizationId([4; 16]);
const AT: Timestamp = Timestamp(NOW.0 + 10_000);

/// One redemption, and what is known when it is decided; tests change one field.
#[derive(Clone)]
pub struct Case {
    asker: Client,
    own: Option<Authorization>,
    code: AuthorizationCode,
    user: Option<User>,
    session: Option<Session>,
    consent_epoch: Epoch,
    redirect_uri: Option<String>,
    verifier: Option<String>,
    wanted: Wanted,
    recovered_at: Timestamp,
    now: Timestamp,
}

/// A code that was asked for with redirect URI and challenge, in a session; redeemed with both, ten seconds later.
pub fn redeeming() -> Case {
    let (asker, dory) = (client("app"), user("dory"));
    let (session, _) = session(&dory, NOW);
    let mut own = Authorization { session: Some(session.id), ..unredeemed(&asker, &dory) };
    let terms = own.code.as_mut().unwrap();
    (terms.redirect_uri, terms.challenge) = (Some(CALLBACK.to_owned()), CodeChallenge::parse(CHALLENGE).ok());
    Case {
        code: AuthorizationCode::derive(&own, ring()).unwrap(),
        consent_epoch: own.consent_epoch,
        asker,
        own: Some(own),
        user: Some(dory),
        session: Some(session),
        redirect_uri: Some(CALLBACK.to_owned()),
        verifier: Some(VERIFIER.to_owned()),
        wanted: wanted("", &[]),
        recovered_at: Timestamp(0),
        now: AT,
    }
}

impl Case {
    pub fn asked_by(mut self, change: impl FnOnce(&mut Client)) -> Self {
        change(&mut self.asker);
        self
    }

    pub fn of(mut self, change: impl FnOnce(&mut Authorization)) -> Self {
        change(self.own.as_mut().unwrap());
        self
    }

    fn bound_by(self, change: impl FnOnce(&mut CodeTerms)) -> Self {
        self.of(|own| change(own.code.as_mut().unwrap()))
    }

    fn for_user(mut self, change: impl FnOnce(&mut User)) -> Self {
        change(self.user.as_mut().unwrap());
        self
    }

    fn in_session(mut self, change: impl FnOnce(&mut Session)) -> Self {
        change(self.session.as_mut().unwrap());
        self
    }

    fn at(self, now: Timestamp) -> Self {
        Case { now, ..self }
    }

    pub fn wanting(self, scope: &str, audience: &[&str]) -> Self {
        Case { wanted: wanted(scope, audience), ..self }
    }

    fn facts(&self) -> Facts {
        let grounds =
            Grounds { session: self.session.clone().map(Arc::new), consent_epoch: self.consent_epoch, ..grounds(self.user.clone()) };
        Facts { authorization: self.own.clone().map(Arc::new), grounds, recovered_at: self.recovered_at }
    }

    pub fn decide(&self) -> Decision<Issue> {
        let question = Question {
            client: permitted(&self.asker, GrantType::AuthorizationCode),
            code: self.code,
            redirect_uri: self.redirect_uri.clone(),
            verifier: self.verifier.clone().map(Into::into),
            wanted: self.wanted.clone(),
        };
        let entropy = entropy(1);
        decide(&question, &self.facts(), &within(self.now, &entropy))
    }

    /// The refusal, which must end the authorization.
    #[track_caller]
    fn burnt(&self) -> Refusal {
        let decision = self.decide();
        assert_eq!(decision.effects, [Effect::Revoke { id: ID, at: self.now }], "{:?}", decision.reply.err());
        refused(decision.reply)
    }

    fn succeeds(&self) -> bool {
        self.decide().reply.is_ok()
    }
}

#[test]
fn a_code_gives_the_tokens_of_what_was_authorized_and_is_redeemed() {
    let case = redeeming();
    let decision = case.decide();
    let expires_at = AT + Seconds(3600);
    assert_eq!(decision.effects, [Effect::Redeem { id: ID, at: AT, expires_at }]);
    let issue = issued(decision);
    assert_eq!(issue.access.basis, Basis::Authorization { id: ID, generation: 1 });
    assert_eq!((issue.access.scope, issue.lifetime), (scope("read write"), Seconds(600)));
    let (redeemed, refresh) = issue.authorization.unwrap();
    assert_eq!(refresh, Some(1));
    let terms = CodeTerms { redeemed_at: Some(AT), ..case.own.clone().unwrap().code.unwrap() };
    assert_eq!(redeemed, Authorization { expires_at, rotated_at: AT, code: Some(terms), ..case.own.unwrap() });
}

#[test]
fn req_a14_a_client_that_may_not_refresh_gets_one_access_token_and_an_authorization_as_long() {
    let decision = redeeming().asked_by(|client| client.registration.grants.retain(|grant| *grant != GrantType::RefreshToken)).decide();
    assert_eq!(decision.effects, [Effect::Redeem { id: ID, at: AT, expires_at: AT + Seconds(600) }]);
    assert_eq!(issued(decision).authorization.unwrap().1, None);
}

#[test]
fn sec_b03_b04_b05_b08_f07_each_failure_is_refused_at_its_own_step_and_ends_the_code() {
    let invalid = || Code::CodeInvalid;
    let table = [
        ("code_unused", invalid(), redeeming().bound_by(|terms| terms.redeemed_at = Some(NOW))),
        ("code_of_client", invalid(), redeeming().of(|own| own.client = client("other").id)),
        ("code_of_client", invalid(), Case { asker: client("other"), ..redeeming() }),
        ("code_since_recovery", invalid(), Case { recovered_at: Timestamp(NOW.0 + 1), ..redeeming() }),
        ("authorization_live", invalid(), redeeming().of(|own| own.revoked_at = Some(NOW))),
        ("authorization_live", invalid(), redeeming().asked_by(|client| client.epoch = client.epoch.next())),
        ("authorization_live", invalid(), redeeming().for_user(|user| user.epoch = user.epoch.next())),
        ("authorization_live", invalid(), redeeming().for_user(|user| user.disabled_at = Some(NOW))),
        ("authorization_live", invalid(), Case { user: None, ..redeeming() }),
        ("authorization_live", invalid(), Case { consent_epoch: redeeming().consent_epoch.next(), ..redeeming() }),
        ("authorization_live", invalid(), redeeming().in_session(|session| session.ended_at = Some(NOW))),
        ("authorization_live", invalid(), Case { session: None, ..redeeming() }),
        ("code_lifetime", Code::CodeExpired, redeeming().at(NOW + Seconds(60))),
        ("redirect_uri_repeated", Code::CodeWithoutRedirectUri, Case { redirect_uri: None, ..redeeming() }),
        (
            "redirect_uri_repeated",
            Code::CodeRedirectUriWrong,
            Case { redirect_uri: Some("https://app.example/cb".to_owned()), ..redeeming() },
        ),
        ("code_verifier", Code::CodeVerifierWrong, Case { verifier: None, ..redeeming() }),
        ("code_verifier", Code::CodeVerifierWrong, Case { verifier: Some(VERIFIER.to_lowercase()), ..redeeming() }),
        ("scope_within_grant", scope_illegal("admin", "read write"), redeeming().wanting("read admin", &[])),
        ("audience_within_grant", Code::TargetIllegal, redeeming().wanting("", &["https://a.example"])),
    ];
    assert!(redeeming().succeeds());
    for (step, code, case) in table {
        let refusal = case.burnt();
        assert_eq!((refusal.step, refusal.code), (step, code));
    }
}

#[test]
fn sec_b01_a_replay_ends_what_the_first_redemption_gave_whoever_replays_and_with_what() {
    let used = || redeeming().bound_by(|terms| terms.redeemed_at = Some(NOW)).of(|own| own.expires_at = NOW + Seconds(3600));
    let replays = [
        used(),
        Case { asker: client("other"), ..used() },
        Case { verifier: None, redirect_uri: None, ..used() },
        used().wanting("admin", &["https://a.example"]),
        used().at(NOW + Seconds(9999)),
    ];
    for case in replays {
        let refusal = case.burnt();
        assert_eq!((refusal.step, refusal.code), ("code_unused", Code::CodeInvalid));
    }
}

#[test]
fn sec_b06_a_code_that_is_unknown_or_forged_is_refused_and_writes_nothing() {
    let genuine = redeeming();
    let own = genuine.own.clone().unwrap();
    let forged = |change: fn(&mut Authorization)| {
        let mut other = own.clone();
        change(&mut other);
        Case { code: AuthorizationCode::derive(&other, ring()).unwrap(), ..genuine.clone() }
    };
    let table = [
        ("code_known", Case { own: None, ..genuine.clone() }),
        ("code_genuine", forged(|other| other.secret = AuthorizationSecret([6; 32]))),
        ("code_genuine", forged(|other| other.id = AuthorizationId([9; 16]))),
        ("code_genuine", genuine.clone().bound_by(|terms| terms.key = 99)),
        ("code_genuine", genuine.clone().bound_by(|terms| terms.key = crate::fixture::REFRESH_KEY)),
        // What began with a password has no code.
        ("code_genuine", Case { own: Some(authorization(&client("app"), &user("dory"))), ..genuine.clone() }),
    ];
    for (step, case) in table {
        let decision = case.decide();
        assert_eq!(decision.effects, [], "{step}");
        let refusal = refused(decision.reply);
        assert_eq!((refusal.step, refusal.code), (step, Code::CodeInvalid));
        assert_eq!(burn(&case.code, &case.facts(), ring(), AT).effects, [], "{step}");
    }
}

#[test]
fn req_a09_a_code_that_came_with_a_failed_authentication_is_ended_if_it_is_genuine() {
    let revoked = [Effect::Revoke { id: ID, at: AT }];
    let used = redeeming().bound_by(|terms| terms.redeemed_at = Some(NOW));
    for case in [redeeming(), used, redeeming().at(NOW + Seconds(9999))] {
        let decision = burn(&case.code, &case.facts(), ring(), AT);
        assert_eq!((&*decision.effects, decision.reply), (&revoked[..], Ok(())));
    }
}

#[test]
fn sec_b05_a_code_lives_to_the_millisecond_it_was_given() {
    let end = NOW + Seconds(60);
    assert!(redeeming().at(Timestamp(end.0 - 1)).succeeds());
    assert_eq!(redeeming().at(end).burnt().code, Code::CodeExpired);
    let long = |own: &mut Authorization| own.expires_at = NOW + Seconds(600);
    assert!(redeeming().of(long).at(NOW + Seconds(599)).succeeds());
}

#[test]
fn sec_c03_c04_b08_a_verifier_is_taken_exactly_where_a_challenge_was_given() {
    let challenge = || CodeChallenge::parse(CHALLENGE).ok();
    let with_space = format!("{VERIFIER} ");
    let table = [
        (challenge(), Some(VERIFIER), true),
        (None, None, true),
        (challenge(), None, false),
        (challenge(), Some(""), false),
        (challenge(), Some(CHALLENGE), false),
        (challenge(), Some(&VERIFIER[..42]), false),
        (challenge(), Some(&*with_space), false),
        // The downgrade: somebody took the challenge out of the authorization request.
        (None, Some(VERIFIER), false),
        (None, Some(""), false),
    ];
    for (challenge, verifier, succeeds) in table {
        let case = Case { verifier: verifier.map(str::to_owned), ..redeeming().bound_by(|terms| terms.challenge = challenge) };
        assert_eq!(case.succeeds(), succeeds, "{challenge:?} {verifier:?}");
        assert!(succeeds || case.burnt().step == "code_verifier");
    }
}

#[test]
fn req_a07_sec_b04_the_redirect_uri_is_repeated_byte_by_byte_and_only_if_it_was_named() {
    let table = [
        (Some(CALLBACK), Some(CALLBACK), None),
        (None, None, None),
        (Some(CALLBACK), None, Some(Code::CodeWithoutRedirectUri)),
        (Some(CALLBACK), Some(""), Some(Code::CodeRedirectUriWrong)),
        (Some(CALLBACK), Some("https://app.example/cb"), Some(Code::CodeRedirectUriWrong)),
        (Some(CALLBACK), Some("https://app.example/cb?x=1&"), Some(Code::CodeRedirectUriWrong)),
        (Some(CALLBACK), Some("https://app.example/cb?x=%31"), Some(Code::CodeRedirectUriWrong)),
        (Some(CALLBACK), Some("HTTPS://app.example/cb?x=1"), Some(Code::CodeRedirectUriWrong)),
        // Not even the port of a loopback address may change on the way.
        (Some("http://127.0.0.1:5/cb"), Some("http://127.0.0.1:6/cb"), Some(Code::CodeRedirectUriWrong)),
        (None, Some(CALLBACK), Some(Code::CodeRedirectUriWrong)),
    ];
    for (named, sent, refusal) in table {
        let case = redeeming().bound_by(|terms| terms.redirect_uri = named.map(str::to_owned));
        let case = Case { redirect_uri: sent.map(str::to_owned), ..case };
        assert_eq!(case.decide().reply.err().map(|refusal| refusal.code), refusal, "{named:?} {sent:?}");
    }
}

/// A backup does not know which of its codes were redeemed since.
#[test]
fn sec_b01_after_a_restore_only_codes_made_since_are_redeemed() {
    let recovered = |recovered_at| Case { recovered_at, ..redeeming() };
    assert!(recovered(Timestamp(NOW.0 - 1)).succeeds());
    assert_eq!(recovered(NOW).burnt().step, "code_since_recovery");
}

#[test]
fn sec_f07_signing_out_ends_a_code_unless_it_was_for_offline_access() {
    let offline = |case: Case| case.of(|own| own.scope = scope(&format!("read {OFFLINE_ACCESS}")));
    let signed_out = || redeeming().in_session(|session| session.ended_at = Some(NOW));
    assert!(!signed_out().succeeds());
    assert!(offline(signed_out()).succeeds());
    assert!(offline(Case { session: None, ..redeeming() }).succeeds());
    // That a session's time runs out ends nothing.
    assert!(redeeming().in_session(|session| session.expires_at = NOW).succeeds());
    assert!(signed_out().of(|own| own.session = None).succeeds());
    assert_ne!(session(&user("dory"), NOW).0.id, SessionId([0; 16]));
}

#[test]
fn sec_f05_a_redemption_may_narrow_and_what_was_granted_stays() {
    let issue = issued(redeeming().wanting("write", &[]).decide());
    assert_eq!(issue.access.scope, scope("write"));
    assert_eq!(issue.authorization.unwrap().0.scope, scope("read write"));
    let two = |own: &mut Authorization| own.audience = audiences(&["https://a.example", "https://b.example"]);
    let issue = issued(redeeming().of(two).wanting("", &["https://b.example"]).decide());
    assert_eq!(issue.access.audience, audiences(&["https://b.example"]));
    assert_eq!(issue.authorization.unwrap().0.audience.len(), 2);
}

#[test]
fn sec_f07_a_scope_that_was_taken_from_the_client_is_not_given_any_more() {
    let asker = with(client("app"), |registration| registration.scopes = scope("read"));
    assert_eq!(issued(Case { asker, ..redeeming() }.decide()).access.scope, scope("read"));
}
