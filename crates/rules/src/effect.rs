//! Effects: what a decision asks the store to write, each with the precondition under which it may.
//!
//! A decision is a value: what to write, and what to answer once it is written. A refusal can write too
//! (a reused refresh token is refused *and* its authorization revoked), which rolling back an error could not.

use keyward_wire::{client_id::ClientId, error::Refusal};

use crate::{
    key_ring::WrappedKey,
    model::{
        authorization::{Authorization, Generation, KeyId},
        client::Client,
        consent::Consent,
        device::{Approval, Device},
        digest::SecretDigest,
        epoch::{Epoch, Revision},
        id::{AuthorizationId, SessionId, TokenId, UserId},
        invitation::Invitation,
        plugin::InstalledPlugin,
        session::Session,
        time::Timestamp,
        user::User,
    },
};

/// What was decided.
#[derive(Debug)]
pub struct Decision<R> {
    /// To be written together, or not at all.
    pub effects: Vec<Effect>,
    /// To be answered once they are on disk.
    pub reply: Result<R, Refusal>,
}

impl<R> Decision<R> {
    /// Answers `reply` once `effects` are written.
    pub fn granted(effects: Vec<Effect>, reply: R) -> Self {
        Decision { effects, reply: Ok(reply) }
    }

    /// Refuses, and writes nothing.
    #[must_use]
    pub fn refused(refusal: Refusal) -> Self {
        Decision { effects: Vec::new(), reply: Err(refusal) }
    }

    /// Refuses once `effects` are written.
    #[must_use]
    pub fn refused_after(effects: Vec<Effect>, refusal: Refusal) -> Self {
        Decision { effects, reply: Err(refusal) }
    }
}

impl<R> From<Result<R, Refusal>> for Decision<R> {
    fn from(reply: Result<R, Refusal>) -> Self {
        Decision { effects: Vec::new(), reply }
    }
}

/// One thing to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Add an authorization; its id must be new.
    Authorize(Authorization),
    /// Turn a code into an authorization that lives until `expires_at`; the code must be unredeemed and live at `at`.
    Redeem {
        /// Which.
        id: AuthorizationId,
        /// Now.
        at: Timestamp,
        /// When it ends from now on.
        expires_at: Timestamp,
    },
    /// Put the next generation in force; the current one must be `from`, live at `at`.
    Rotate {
        /// Whose.
        id: AuthorizationId,
        /// The generation that must be in force.
        from: Generation,
        /// The generation to put in force.
        to: Generation,
        /// Now.
        at: Timestamp,
    },
    /// Write nothing, but hold only if the generation in force is `generation`, live at `at`.
    Confirm {
        /// Whose.
        id: AuthorizationId,
        /// The generation that must be in force.
        generation: Generation,
        /// Now.
        at: Timestamp,
    },
    /// End an authorization and everything made from it; nothing changes if it has ended before.
    Revoke {
        /// Which.
        id: AuthorizationId,
        /// Now.
        at: Timestamp,
    },
    /// End one access token; nothing changes if it has ended before.
    RevokeToken {
        /// Which.
        id: TokenId,
        /// Whose; kept with the row so that people can tell what it was.
        client: ClientId,
        /// When it would have ended by itself.
        expires_at: Timestamp,
    },
    /// Register a client; its id must be free.
    AddClient(Client),
    /// Replace a client's entry; its revision must still be `seen`.
    ReplaceClient {
        /// The new entry; its own revision is not looked at, it gets the one after `seen`.
        client: Client,
        /// The revision it must have now.
        seen: Revision,
    },
    /// Deregister a client, and with it end everything it holds; its revision must still be `seen`.
    RemoveClient {
        /// Which.
        id: ClientId,
        /// The revision it must have now.
        seen: Revision,
    },
    /// Write nothing, but hold only while this user has registered fewer clients than that.
    LeaveRoomOfOwner {
        /// Who.
        owner: UserId,
        /// How many they may have.
        most: u32,
    },
    /// Write nothing, but hold only while fewer clients than this have registered themselves.
    LeaveRoom {
        /// How many may have.
        registered_themselves: u32,
    },
    /// Invite clients to register themselves; the invitation must be new.
    Invite(Invitation),
    /// Take one use of an invitation; it must have one left, and live at `at`.
    UseInvitation {
        /// Which.
        digest: SecretDigest,
        /// Now.
        at: Timestamp,
    },
    /// Add a user; the name must be free.
    AddUser(User),
    /// Replace a user's entry; its revision must still be `seen`.
    ReplaceUser {
        /// The new entry; its own revision is not looked at, it gets the one after `seen`.
        user: User,
        /// The revision it must have now.
        seen: Revision,
    },
    /// Remove a user, and with them everything that speaks for them; the revision must still be `seen`.
    RemoveUser {
        /// Who.
        id: UserId,
        /// The revision they must have now.
        seen: Revision,
    },
    /// Begin a browser session; its id must be new.
    OpenSession(Session),
    /// Put a session that has not ended in the place of that of the same id.
    RenewSession(Session),
    /// Remember that a session was used.
    SeeSession {
        /// Which.
        id: SessionId,
        /// Now.
        at: Timestamp,
    },
    /// End a session, and with it what was authorized in it; nothing changes if it has ended before.
    EndSession {
        /// Which.
        id: SessionId,
        /// Now.
        at: Timestamp,
    },
    /// Write down a person's word on an application; its epoch must still be `seen`, or nothing written where that is `None`.
    PutConsent {
        /// The new entry, with the epoch it is to have.
        consent: Consent,
        /// The epoch it must have now.
        seen: Option<Epoch>,
    },
    /// Add a device that asks; id and user code must be new.
    NewDeviceCode(Device),
    /// Write down that somebody let a device in; it must be waiting, and its codes live at `at`.
    ApproveDevice {
        /// Which.
        id: AuthorizationId,
        /// Who, and what they stood on.
        approval: Approval,
        /// Now.
        at: Timestamp,
    },
    /// Write down that somebody kept a device out; it must be waiting, and its codes live at `at`.
    DenyDevice {
        /// Which.
        id: AuthorizationId,
        /// Now.
        at: Timestamp,
    },
    /// Take a device code for used; somebody must have said yes, it must be unused, and live at `at`.
    RedeemDevice {
        /// Which.
        id: AuthorizationId,
        /// Now.
        at: Timestamp,
    },
    /// Install a plugin; it must not be installed already, and its client's revision must still be `seen`.
    InstallPlugin {
        /// Which, where, for whom.
        plugin: InstalledPlugin,
        /// The revision its client must have now.
        seen: Revision,
    },
    /// Uninstall a plugin; it must be installed.
    UninstallPlugin {
        /// For whom.
        user: UserId,
        /// Which.
        client: ClientId,
        /// Where.
        super_client: ClientId,
    },
    /// Uninstall what anybody has installed of this client, or in its application.
    ForgetPlugin(ClientId),
    /// Add a key, or replace the entry of the same id.
    PutKey(WrappedKey),
    /// Remove a key; what was made with it is dead.
    RemoveKey(KeyId),
}
