//! Codes in the books: who signed out, who took back what they had said, and which code was redeemed.

use keyward_rules::{
    access_token::AccessToken,
    model::{
        id::{AuthorizationId, SessionId, UserId},
        time::Timestamp,
    },
};

use super::{Known, Oracle, Step, Written};

/// One redemption that came to its end.
pub struct Redemption {
    pub id: AuthorizationId,
    pub by_owner: bool,
    /// Whether it came with the right verifier.
    pub proves: bool,
    pub asked: Step,
    pub asked_at: Timestamp,
    /// What the books said when the request read its authorization.
    pub glanced: Option<Known>,
}

impl Oracle {
    /// It was acknowledged that somebody signed out.
    pub fn signed_out(&mut self, session: SessionId, step: Step) {
        self.books.session_ends.insert(session, step);
        let bound = self.books.authorizations.values_mut().filter(|known| known.session == Some(session));
        bound.for_each(|known| known.end_at(step, Written::Beneath));
        self.saw("signed out");
    }

    /// It was acknowledged that `user` allows the client nothing any more.
    pub fn withdrawn(&mut self, user: UserId, step: Step) {
        self.books.consent_ends.insert(user, step);
        let own = self.books.authorizations.values_mut().filter(|known| known.user == user);
        own.for_each(|known| known.end_at(step, Written::Beneath));
        self.saw("withdrawn");
    }

    /// A code was redeemed, and its authorization ends at `expires_at` from now on.
    pub fn redeemed(&mut self, redemption: &Redemption, expires_at: Timestamp, access: &AccessToken) {
        assert!(self.redeemed.insert(redemption.id), "a code succeeded twice");
        let lifetime = self.setup.refresh_lifetime;
        let known = self.books.authorizations.get_mut(&redemption.id).expect("a code of an authorization that is not there succeeded");
        assert!(redemption.by_owner, "another client's code succeeded");
        assert!(redemption.proves, "a code succeeded without the proof of who asked for it");
        assert_eq!(known.redeemed, Some(false));
        assert!(redemption.asked_at < known.expires_at, "a code outlived its time");
        assert!(known.made_at > self.recovered_at, "a code from before a restore succeeded");
        if let Some((end, written)) = known.end {
            assert!(written == Written::Beneath, "a code was redeemed after its authorization had ended");
            assert!(redemption.asked < end, "a redemption asked for after an acknowledged end succeeded");
        }
        assert!(access.scope.is_within(&known.scope), "the scope grew");
        assert_eq!(expires_at, redemption.asked_at + lifetime);
        assert!(access.expires_at * 1000 <= expires_at.0, "an access token outlives its authorization");
        (known.redeemed, known.expires_at, known.rotated_at) = (Some(true), expires_at, redemption.asked_at);
        let dead = known.end.is_some();
        self.saw(if dead { "redeemed what was dead already" } else { "redeemed" });
    }

    /// A redemption was refused, and its authorization revoked if `revokes`.
    pub fn redemption_refused(&mut self, redemption: &Redemption, revokes: bool, step: Step) {
        let turn = self.turn_of_refused_code(redemption);
        assert_eq!(revokes, redemption.glanced.is_some(), "{turn}: a genuine code ends by every failure, and nothing else does");
        if revokes {
            self.revoked(redemption.id, step);
        }
        self.saw(turn);
    }

    fn turn_of_refused_code(&self, redemption: &Redemption) -> &'static str {
        let Some(known) = &redemption.glanced else { return "code refused: lost in a restore" };
        match () {
            () if known.redeemed == Some(true) => "code refused: redeemed before",
            () if !redemption.by_owner => "code refused: another client's",
            () if known.made_at <= self.recovered_at => "code refused: from before a restore",
            () if self.known(redemption.id).is_some_and(|known| known.end.is_some()) => "code refused: ended before",
            () if redemption.asked_at >= known.expires_at => "code refused: expired",
            () if !redemption.proves => "code refused: not proved",
            () => panic!("a code was refused though nothing was wrong with it"),
        }
    }
}
