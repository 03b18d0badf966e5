//! Client credentials (RFC 6749 §4.4): a client asks for itself.
//!
//! Nothing is written: the token stands on the client and ends with its epoch. No refresh token (§4.4.3).

use keyward_wire::token_request::Wanted;

use super::{Circumstances, Issue, PermittedClient, access};
use crate::{access_token::Basis, effect::Decision, requested};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// By whom.
    pub client: PermittedClient,
    /// What for.
    pub wanted: Wanted,
}

/// Decides.
#[must_use]
pub fn decide(question: &Question, within: &Circumstances<'_>) -> Decision<Issue> {
    let client = question.client.client();
    requested::allow_own(&client.registration, &question.wanted, within.servers)
        .map(|allowed| {
            let basis = Basis::Client { id: client.id.clone(), epoch: client.epoch };
            let end = within.now + client.registration.access_lifetime;
            let (access, lifetime) = access(basis, end, &allowed, within);
            Issue { access, format: allowed.format, client: client.clone(), authorization: None, lifetime }
        })
        .into()
}
