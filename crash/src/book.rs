//! The tokens a run was given: their texts, and which of them belong together.

use std::collections::HashMap;

use crate::journal::{Ask, TokenId};

/// Tokens of one authorization.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Which client holds it.
    pub client: usize,
    /// Refresh tokens in the order in which they were first seen. Empty for client credentials.
    pub refresh: Vec<TokenId>,
    /// Access tokens, likewise.
    pub access: Vec<TokenId>,
    /// A request about it was sent since the last probe.
    pub touched: bool,
    /// A request that changes it got no answer since the last probe.
    pub in_doubt: bool,
    /// Its end was asked for: of interest to probes, not to the load.
    pub over: bool,
}

#[derive(Debug)]
struct Known {
    text: String,
    chain: usize,
}

/// All tokens of a run.
#[derive(Debug, Default)]
pub struct Book {
    numbers: HashMap<String, TokenId>,
    tokens: Vec<Known>,
    /// What belongs together.
    pub chains: Vec<Chain>,
}

impl Book {
    /// The text of a token and the client that holds it.
    #[must_use]
    pub fn look_up(&self, token: TokenId) -> Option<(String, usize)> {
        let known = self.tokens.get(usize::try_from(token).ok()?)?;
        Some((known.text.clone(), self.chains.get(known.chain)?.client))
    }

    /// Marks the chain a request is about.
    pub fn mark(&mut self, ask: Ask, mark: impl FnOnce(&mut Chain)) {
        if let Some(chain) = self.chain_of(ask).and_then(|index| self.chains.get_mut(index)) {
            mark(chain);
        }
    }

    /// Takes in a token response and numbers its tokens.
    pub fn issued(&mut self, ask: Ask, access: String, refresh: Option<String>) -> (TokenId, Option<TokenId>) {
        let index = self.chain_of(ask).unwrap_or_else(|| {
            let client = match ask {
                Ask::Password(client) | Ask::ClientCredentials(client) => client,
                _ => 0,
            };
            self.chains.push(Chain { client, refresh: Vec::new(), access: Vec::new(), touched: true, in_doubt: false, over: false });
            self.chains.len() - 1
        });
        let (access, new_access) = self.number(access, index);
        let refresh = refresh.map(|text| self.number(text, index));
        if let Some(chain) = self.chains.get_mut(index) {
            chain.access.extend(new_access.then_some(access));
            chain.refresh.extend(refresh.and_then(|(token, new)| new.then_some(token)));
        }
        (access, refresh.map(|(token, _)| token))
    }

    fn chain_of(&self, ask: Ask) -> Option<usize> {
        match ask {
            Ask::Password(_) | Ask::ClientCredentials(_) => None,
            Ask::Refresh(token) | Ask::Revoke(token) | Ask::Introspect(token) | Ask::Use(token) => {
                self.tokens.get(usize::try_from(token).ok()?).map(|known| known.chain)
            }
        }
    }

    /// The number of a token, and whether it is new.
    fn number(&mut self, text: String, chain: usize) -> (TokenId, bool) {
        if let Some(token) = self.numbers.get(&text) {
            return (*token, false);
        }
        let token = TokenId::try_from(self.tokens.len()).unwrap_or(TokenId::MAX);
        self.numbers.insert(text.clone(), token);
        self.tokens.push(Known { text, chain });
        (token, true)
    }
}
