//! Consent, remembered for the next time: what is written down of it, and whether it covers a request.

use super::{Accepted, Facts, Question};
use crate::{
    effect::Effect,
    model::{
        client::Client,
        consent::Consent,
        epoch::Epoch,
        time::{Seconds, Timestamp},
    },
};

/// How long a consent is remembered.
pub const REMEMBERED: Seconds = Seconds(90 * Seconds::DAY.0);

/// Whether the person need not be asked: it is certain whom the answer reaches, and the application belongs to the service itself
/// or they `said` yes before.
pub(super) fn is_given(said: Option<&Consent>, accepted: &Accepted, now: Timestamp) -> bool {
    let covered = || said.is_some_and(|said| covers(said, accepted, now));
    accepted.addressed.is_certain() && (accepted.addressed.client.registration.first_party || covered())
}

/// Whether what the person said before covers this request as well.
fn covers(consent: &Consent, accepted: &Accepted, now: Timestamp) -> bool {
    let allowed = &accepted.allowed;
    let there = match &*allowed.audience {
        [] => consent.audience.is_empty(),
        asked => asked.iter().all(|audience| consent.audience.contains(audience)),
    };
    accepted.is_remembered()
        && holds(consent, &accepted.addressed.client, now)
        && allowed.scope.is_within(&consent.scope)
        && !consent.scope.is_empty()
        && there
}

/// Whether what the person said still holds: it is not over, and was said about this registration. Who has the id of a client
/// that was removed is somebody else.
fn holds(consent: &Consent, client: &Client, now: Timestamp) -> bool {
    now < consent.expires_at && client.created_at <= consent.granted_at
}

/// What the person said, for the next time: with what they said before, as far as that still holds. Scopes that were allowed
/// elsewhere are left out: nobody allowed these there.
pub(super) fn remembered(question: &Question, facts: &Facts, now: Timestamp) -> Effect {
    let (allowed, client) = (&question.accepted.allowed, &question.accepted.addressed.client);
    let there = |consent: &Consent| {
        let (own, other) = (&consent.audience, &allowed.audience);
        own.iter().all(|one| other.contains(one)) && other.iter().all(|one| own.contains(one))
    };
    let before = facts.consent.as_deref().filter(|consent| holds(consent, client, now) && there(consent));
    Effect::PutConsent {
        consent: Consent {
            user: question.owner.user.id,
            client: client.id.clone(),
            epoch: facts.consent.as_ref().map_or_else(Epoch::default, |consent| consent.epoch),
            scope: before.map_or_else(|| allowed.scope.clone(), |before| allowed.scope.union(&before.scope)),
            audience: allowed.audience.clone(),
            granted_at: now,
            expires_at: now + REMEMBERED,
        },
        seen: facts.consent.as_ref().map(|consent| consent.epoch),
    }
}
