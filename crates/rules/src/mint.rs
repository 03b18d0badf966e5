//! Minting: from a decision to the tokens of its answer.

use aws_lc_rs::rand::SecureRandom;
use keyward_wire::{
    error::{Code, Refusal},
    token_response::{TokenResponse, TokenType},
};
use secrecy::ExposeSecret;

use crate::{
    access_token::JwtNames,
    grant::{Circumstances, Issue},
    refresh_token::RefreshToken,
};

/// Makes the tokens of `issue`.
///
/// # Errors
/// [`Code::Defect`] when a key is missing.
pub fn mint(issue: &Issue, within: &Circumstances<'_>, random: &dyn SecureRandom) -> Result<TokenResponse, Refusal> {
    let missing = |what: &'static str| Refusal::new(Code::Defect, "key_present", what);
    let subject = match &issue.authorization {
        Some((authorization, _)) => authorization.user.subject(),
        None => issue.client.id.to_string(),
    };
    let names = JwtNames {
        issuer: within.issuer,
        subject: &subject,
        client: &issue.client.id,
        authenticated_at: issue.authorization.as_ref().map(|(authorization, _)| authorization.authenticated_at),
    };
    let access_token = issue
        .access
        .write(issue.format, names, within.ring, within.now, within.entropy.nonce, random)
        .map_err(|_| missing("there is no key in use for this form of access token"))?;
    let refresh_token = match &issue.authorization {
        Some((authorization, Some(generation))) => {
            let token = RefreshToken::derive(authorization, *generation, within.ring);
            let token = token.ok_or_else(|| missing("the key of the authorization's refresh tokens is gone"))?;
            Some(token.to_secret().expose_secret().to_owned())
        }
        _ => None,
    };
    Ok(TokenResponse {
        access_token,
        token_type: TokenType::Bearer,
        expires_in: i64::from(issue.lifetime.0),
        refresh_token,
        scope: issue.access.scope.clone(),
    })
}
