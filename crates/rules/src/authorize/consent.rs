//! Consent, remembered for the next time: what is written down of it, and whether it covers a request.

use super::{Accepted, Facts, Question};
use crate::{
    effect::Effect,
    model::{
        consent::Consent,
        epoch::Epoch,
        time::{Seconds, Timestamp},
    },
};

/// How long a consent is remembered.
pub const REMEMBERED: Seconds = Seconds(90 * Seconds::DAY.0);

/// Whether what the person said before covers this request as well.
pub(super) fn covers(consent: &Consent, accepted: &Accepted, now: Timestamp) -> bool {
    let allowed = &accepted.allowed;
    accepted.is_remembered()
        && now < consent.expires_at
        && allowed.scope.is_within(&consent.scope)
        && !consent.scope.is_empty()
        && allowed.audience.iter().all(|audience| consent.audience.contains(audience))
}

/// What the person said, for the next time: with what they said before, as far as that still holds.
pub(super) fn remembered(question: &Question, facts: &Facts, now: Timestamp) -> Effect {
    let allowed = &question.accepted.allowed;
    let before = facts.consent.as_deref().filter(|consent| now < consent.expires_at);
    let mut audience = allowed.audience.clone();
    audience.extend(before.iter().flat_map(|before| &before.audience).filter(|one| !allowed.audience.contains(one)).cloned());
    Effect::PutConsent {
        consent: Consent {
            user: question.owner.user.id,
            client: question.accepted.addressed.client.id.clone(),
            epoch: facts.consent.as_ref().map_or_else(Epoch::default, |consent| consent.epoch),
            scope: before.map_or_else(|| allowed.scope.clone(), |before| allowed.scope.union(&before.scope)),
            audience,
            granted_at: now,
            expires_at: now + REMEMBERED,
        },
        seen: facts.consent.as_ref().map(|consent| consent.epoch),
    }
}
