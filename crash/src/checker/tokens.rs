//! Which token belongs to which object, and as what.

use std::collections::{HashMap, HashSet};

use super::object::Object;
use super::verdict::Kind;
use super::world::{Generation, Step};
use crate::journal::{Ask, TokenId};

/// What a token is to its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A refresh token.
    Refresh(Generation),
    /// An access token.
    Access(Generation),
    /// An authorization code.
    Code,
    /// A device code.
    Device,
    /// A browser session.
    Session,
}

/// What a request about one token is to its object.
#[must_use]
pub fn step(ask: Ask, token: TokenId, part: Part) -> Option<Step> {
    Some(match (ask, part) {
        (Ask::Redeem(_), Part::Code) => Step::Redeem,
        (Ask::Poll(_), Part::Device) => Step::Poll,
        (Ask::Refresh(_), Part::Refresh(generation)) => Step::Refresh(generation),
        (Ask::Revoke(_), Part::Refresh(_)) => Step::EndRefresh,
        (Ask::Revoke(_), Part::Access(_)) => Step::EndAccess(token),
        (Ask::Introspect(_), Part::Refresh(generation)) => Step::ReadRefresh(generation),
        (Ask::Introspect(_) | Ask::Use(_), Part::Access(generation)) => Step::ReadAccess(token, generation),
        _ => return None,
    })
}

/// All tokens that were handed out.
#[derive(Debug, Default)]
pub struct Tokens {
    parts: HashMap<TokenId, (usize, Part)>,
    forgotten: HashSet<TokenId>,
}

impl Tokens {
    /// The object a token belongs to, and as what.
    #[must_use]
    pub fn part(&self, token: TokenId) -> Option<(usize, Part)> {
        self.parts.get(&token).copied()
    }

    /// Adds a token; says whether it is new.
    pub fn add(&mut self, token: TokenId, number: usize, part: Part, object: &mut Object) -> bool {
        object.tokens.push(token);
        self.parts.insert(token, (number, part)).is_none() && !self.forgotten.contains(&token)
    }

    /// Forgets the tokens of an object; that they were handed out is kept.
    pub fn forget(&mut self, tokens: &[TokenId]) {
        for token in tokens {
            self.parts.remove(token);
            self.forgotten.insert(*token);
        }
    }

    /// Takes in the tokens of an exchange: its refresh token is the one successor of what was used, its access token is new or
    /// the same again. Says which generation the refresh token is.
    ///
    /// # Errors
    /// Which promise the tokens break, and how.
    pub fn learn(
        &mut self,
        number: usize,
        object: &mut Object,
        ask: Ask,
        access: TokenId,
        refresh: Option<TokenId>,
    ) -> Result<Generation, (Kind, String)> {
        let next = match ask {
            Ask::Refresh(used) => match self.part(used) {
                Some((_, Part::Refresh(generation))) => generation + 1,
                _ => return Err((Kind::Odd, format!("token {used} is no refresh token"))),
            },
            _ => 0,
        };
        let Some(refresh) = refresh else {
            return Err((Kind::Odd, format!("{ask:?} expects a refresh token in its answer, found none")));
        };
        match object.refresh.get(next) {
            Some(known) if *known == refresh => {}
            Some(known) => return Err((Kind::Twice, format!("{ask:?} gave refresh token {known} before, found a second one: {refresh}"))),
            None if object.refresh.len() != next => {
                return Err((Kind::Odd, format!("{ask:?} gave refresh token {refresh} before its predecessor was known")));
            }
            None => {
                if !self.add(refresh, number, Part::Refresh(next), object) {
                    return Err((Kind::Twice, format!("{ask:?} expects a new refresh token, found {refresh}, handed out before")));
                }
                object.refresh.push(refresh);
            }
        }
        match self.part(access) {
            Some((other, Part::Access(same))) if other == number && same == next => Ok(next),
            _ if self.add(access, number, Part::Access(next), object) => Ok(next),
            _ => Err((Kind::Twice, format!("access token {access} was handed out before"))),
        }
    }
}
