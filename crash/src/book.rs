//! What a run was given: the texts of tokens, codes and sessions, what belongs together, and what should be asked next.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use crate::journal::{Ask, OperationId, TokenId};

/// Number of a chain.
pub type ChainId = u32;

/// Codes and device codes are presented within this time: well before they end by themselves.
const FRESH: Duration = Duration::from_secs(400);

/// Everything of one authorization, or one session.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Its number.
    pub id: ChainId,
    /// Which client holds it.
    pub client: usize,
    /// Whose it is, where that is known.
    pub user: Option<usize>,
    /// A code, a device code or a session: what it began with, unless that was tokens.
    pub start: Option<Start>,
    /// Refresh tokens in the order in which they were first seen. Empty for client credentials.
    pub refresh: Vec<TokenId>,
    /// Access tokens, likewise.
    pub access: Vec<TokenId>,
    /// A request that changes it was sent since the database was killed last.
    pub touched: bool,
    /// The last request that changes it and whose outcome is open.
    pub doubt: Option<OperationId>,
    /// Its end was asked for: of interest to probes, not to the load.
    pub over: bool,
    /// Requests about it that are under way.
    pub busy: u32,
    /// When it was first seen.
    pub since: Instant,
}

/// What a chain began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// An authorization code.
    Code(TokenId),
    /// A device code.
    Device(TokenId),
    /// A browser session.
    Session(TokenId),
}

impl Chain {
    /// One of its tokens, whichever.
    #[must_use]
    pub fn any(&self) -> Option<TokenId> {
        let start = self.start.map(|start| match start {
            Start::Code(token) | Start::Device(token) | Start::Session(token) => token,
        });
        start.or(self.access.first().copied())
    }

    /// Its code or device code, if it was not redeemed as far as is known and is young enough to be presented.
    #[must_use]
    pub fn unredeemed(&self) -> Option<Ask> {
        if !self.access.is_empty() || self.since.elapsed() > FRESH {
            return None;
        }
        match self.start? {
            Start::Code(token) => Some(Ask::Redeem(token)),
            Start::Device(token) => Some(Ask::Poll(token)),
            Start::Session(_) => None,
        }
    }
}

#[derive(Debug)]
struct Known {
    text: String,
    chain: ChainId,
}

/// Everything of a run.
#[derive(Debug, Default)]
pub struct Book {
    hasher: RandomState,
    /// Texts by their hash: what was ever handed out is known again.
    numbers: HashMap<u64, TokenId>,
    tokens: HashMap<TokenId, Known>,
    /// What belongs together.
    pub chains: HashMap<ChainId, Chain>,
    /// Authorizations that the load may ask about, in the order in which they were first seen.
    pub order: VecDeque<ChainId>,
    /// Codes that nobody has presented.
    pub codes: VecDeque<TokenId>,
    /// Device codes that nobody has said yes to, and what their devices show.
    pub waiting: VecDeque<(TokenId, String)>,
    /// Device codes that somebody has said yes to.
    pub approved: VecDeque<TokenId>,
    /// Live sessions.
    pub sessions: Vec<TokenId>,
    /// Users who are just being disabled.
    pub away: BTreeSet<usize>,
    /// Chains to look at: the database was killed after they were touched.
    pub suspect: VecDeque<ChainId>,
    /// Chains whose last change got no answer, and that change.
    pub doubtful: VecDeque<(OperationId, ChainId)>,
    /// What devices show.
    shown: HashMap<TokenId, String>,
    next: ChainId,
}

impl Book {
    /// The text of a token and the client that holds it.
    #[must_use]
    pub fn look_up(&self, token: TokenId) -> Option<(String, usize)> {
        let known = self.tokens.get(&token)?;
        Some((known.text.clone(), self.chains.get(&known.chain)?.client))
    }

    /// What the device with this code shows.
    #[must_use]
    pub fn shown(&self, device: TokenId) -> String {
        self.shown.get(&device).cloned().unwrap_or_default()
    }

    /// The chain of a token.
    pub fn chain(&mut self, token: TokenId) -> Option<&mut Chain> {
        self.chains.get_mut(&self.tokens.get(&token)?.chain)
    }

    /// Whose session this is.
    #[must_use]
    pub fn user_of(&self, session: TokenId) -> Option<usize> {
        self.chains.get(&self.tokens.get(&session)?.chain)?.user
    }

    /// Whether a request is about nothing, or about something that was not forgotten.
    #[must_use]
    pub fn knows(&self, ask: Ask) -> bool {
        about(ask).is_none_or(|token| self.tokens.contains_key(&token))
    }

    /// A session turned out to have ended.
    pub fn has_ended(&mut self, ask: Ask) {
        if let Ask::Code { session, .. }
        | Ask::Approve { session, .. }
        | Ask::EndOtherSessions(session)
        | Ask::Withdraw { session, .. }
        | Ask::WithdrawAll(session) = ask
        {
            self.sessions.retain(|own| *own != session);
        }
    }

    /// Marks the chain a request is about.
    pub fn mark(&mut self, ask: Ask, mark: impl FnOnce(&mut Chain)) {
        if let Some(chain) = about(ask).and_then(|token| self.chain(token)) {
            mark(chain);
        }
    }

    /// Takes in a token response and numbers its tokens.
    pub fn issued(&mut self, ask: Ask, access: &str, refresh: Option<&str>) -> (TokenId, Option<TokenId>) {
        let chain = about(ask).and_then(|token| self.tokens.get(&token)).map(|known| known.chain);
        let chain = chain.unwrap_or_else(|| {
            let (client, user) = match ask {
                Ask::Password { client, user } => (client, Some(user)),
                Ask::ClientCredentials(client) => (client, None),
                _ => (0, None),
            };
            self.begin(client, user, true)
        });
        let (access, new_access) = self.number(access, chain);
        let refresh = refresh.map(|text| self.number(text, chain));
        if let Some(chain) = self.chains.get_mut(&chain) {
            chain.access.extend(new_access.then_some(access));
            chain.refresh.extend(refresh.and_then(|(token, new)| new.then_some(token)));
        }
        (access, refresh.map(|(token, _)| token))
    }

    /// Takes in a code, a device code with what the device `shows`, or the cookies of a session.
    pub fn given(&mut self, ask: Ask, text: &str, shows: &str) -> TokenId {
        let (client, user) = match ask {
            Ask::Code { client, session } => (client, self.user_of(session)),
            Ask::Device(client) => (client, None),
            Ask::SignIn(user) => (0, Some(user)),
            _ => (0, None),
        };
        let id = self.begin(client, user, !matches!(ask, Ask::SignIn(_)));
        let (token, _) = self.number(text, id);
        let start = match ask {
            Ask::SignIn(_) => {
                self.sessions.push(token);
                Start::Session(token)
            }
            Ask::Device(_) => {
                self.waiting.push_back((token, shows.to_owned()));
                self.shown.insert(token, shows.to_owned());
                Start::Device(token)
            }
            _ => {
                self.codes.push_back(token);
                Start::Code(token)
            }
        };
        if let Some(chain) = self.chains.get_mut(&id) {
            chain.start = Some(start);
        }
        token
    }

    /// Forgets a chain whose last request is over; that its tokens were handed out stays known.
    pub fn forget(&mut self, chain: &Chain) {
        let start = chain.any().into_iter();
        for token in start.chain(chain.access.iter().copied()).chain(chain.refresh.iter().copied()) {
            self.tokens.remove(&token);
            self.shown.remove(&token);
        }
        self.chains.remove(&chain.id);
    }

    /// From now on everything that was touched is suspect.
    pub fn suspect_all(&mut self) {
        let touched = self.chains.values_mut().filter_map(|chain| std::mem::take(&mut chain.touched).then_some(chain.id));
        self.suspect.extend(touched);
    }

    fn begin(&mut self, client: usize, user: Option<usize>, is_held: bool) -> ChainId {
        let id = self.next;
        self.next += 1;
        let (refresh, access) = (Vec::new(), Vec::new());
        let since = Instant::now();
        let chain = Chain { id, client, user, start: None, refresh, access, touched: true, doubt: None, over: false, busy: 0, since };
        self.chains.insert(id, chain);
        if is_held {
            self.order.push_back(id);
        }
        id
    }

    /// The number of a token, and whether it is new.
    fn number(&mut self, text: &str, chain: ChainId) -> (TokenId, bool) {
        let hash = self.hasher.hash_one(text);
        if let Some(token) = self.numbers.get(&hash) {
            return (*token, false);
        }
        let token = TokenId::try_from(self.numbers.len()).unwrap_or(TokenId::MAX);
        self.numbers.insert(hash, token);
        self.tokens.insert(token, Known { text: text.to_owned(), chain });
        (token, true)
    }
}

/// The token a request is about.
#[must_use]
pub fn about(ask: Ask) -> Option<TokenId> {
    match ask {
        Ask::Redeem(token) | Ask::Poll(token) | Ask::Refresh(token) | Ask::Revoke(token) | Ask::Introspect(token) | Ask::Use(token) => {
            Some(token)
        }
        Ask::Approve { device, .. } => Some(device),
        Ask::SignOut(session) => Some(session),
        _ => None,
    }
}
