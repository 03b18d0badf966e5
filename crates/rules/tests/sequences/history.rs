//! Events: what can happen, in any order.

use keyward_rules::model::{client::AccessFormat, time::Seconds};
use keyward_wire::jwt::Algorithm;
use proptest::{collection::vec, prelude::*};

/// How the client is registered, and how much its store compares.
#[derive(Clone, Debug)]
pub struct Setup {
    pub refresh_grace: Seconds,
    pub refresh_idle: Option<Seconds>,
    pub refresh_lifetime: Seconds,
    pub access_format: AccessFormat,
    pub rotate: bool,
    pub rotation_ends_access_tokens: bool,
    pub compares_epochs: bool,
}

/// Something happens. Numbers of actors, users and tokens are taken modulo how many there are; tokens count from the newest.
#[derive(Clone, Debug)]
pub enum Event {
    /// An actor that is free asks for something; one that is busy goes on.
    Ask {
        actor: usize,
        ask: Ask,
    },
    /// A busy actor does its next read, or decides and writes.
    Step {
        actor: usize,
    },
    Tick {
        millis: i64,
    },
    Admin(Admin),
    Person(Person),
    /// A backup is taken.
    Snapshot,
    /// The last backup takes the place of the store; whoever was busy is cut off.
    Restore,
}

/// What an actor can ask for; client 0 is the one that tokens are made for.
#[derive(Clone, Debug)]
pub enum Ask {
    LogIn {
        user: usize,
    },
    OwnToken,
    Refresh {
        token: usize,
        client: usize,
        narrow: bool,
    },
    Revoke {
        token: usize,
        client: usize,
    },
    RevokeAccess {
        token: usize,
        client: usize,
    },
    /// A code, for who sits in the session.
    Authorize {
        session: usize,
        offline: bool,
    },
    /// With the right verifier, if the client `proves` that it asked.
    Redeem {
        code: usize,
        client: usize,
        proves: bool,
    },
    /// The code comes with a wrong secret.
    Burn {
        code: usize,
    },
}

/// What people can do in a browser, at once.
#[derive(Clone, Debug)]
pub enum Person {
    SignIn {
        user: usize,
    },
    SignOut {
        session: usize,
    },
    /// Takes back what they allowed client 0.
    Withdraw {
        user: usize,
    },
    /// Takes back everything.
    WithdrawAll {
        user: usize,
    },
}

/// What an administrator can do, at once.
#[derive(Clone, Debug)]
pub enum Admin {
    Disable { user: usize },
    Enable { user: usize },
    ChangePassword { user: usize },
    RemoveUser { user: usize },
    ReplaceClient,
    RemoveClient,
    AddClient,
}

pub fn any_history() -> impl Strategy<Value = (Setup, Vec<Event>)> {
    (any_setup(), vec(any_event(), 1..160))
}

fn any_setup() -> impl Strategy<Value = Setup> {
    let grace = prop_oneof![Just(Seconds(0)), Just(Seconds(30))];
    let idle = prop_oneof![3 => Just(None), 1 => Just(Some(Seconds(90)))];
    let lifetime = prop_oneof![Just(Seconds(240)), Just(Seconds(3600))];
    let format = prop_oneof![4 => Just(AccessFormat::Opaque), 1 => Just(AccessFormat::Jwt(Algorithm::EdDSA))];
    (grace, idle, lifetime, format, prop::bool::weighted(0.85), any::<bool>(), any::<bool>()).prop_map(
        |(refresh_grace, refresh_idle, refresh_lifetime, access_format, rotate, rotation_ends_access_tokens, compares_epochs)| Setup {
            refresh_grace,
            refresh_idle,
            refresh_lifetime,
            access_format,
            rotate,
            rotation_ends_access_tokens,
            compares_epochs,
        },
    )
}

fn any_event() -> impl Strategy<Value = Event> {
    let actor = 0..4_usize;
    let millis = prop_oneof![4 => 0..3000_i64, 1 => Just(5000), 1 => Just(30_000), 2 => 0..100_000_i64];
    prop_oneof![
        14 => (actor.clone(), any_ask()).prop_map(|(actor, ask)| Event::Ask { actor, ask }),
        20 => actor.prop_map(|actor| Event::Step { actor }),
        5 => millis.prop_map(|millis| Event::Tick { millis }),
        2 => any_admin().prop_map(Event::Admin),
        4 => any_person().prop_map(Event::Person),
        1 => Just(Event::Snapshot),
        1 => Just(Event::Restore),
    ]
}

fn any_ask() -> impl Strategy<Value = Ask> {
    let token = || prop_oneof![4 => 0..3_usize, 1 => 0..40_usize];
    let client = || prop_oneof![9 => Just(0_usize), 1 => Just(1)];
    prop_oneof![
        2 => (0..2_usize).prop_map(|user| Ask::LogIn { user }),
        1 => Just(Ask::OwnToken),
        9 => (token(), client(), any::<bool>()).prop_map(|(token, client, narrow)| Ask::Refresh { token, client, narrow }),
        1 => (token(), client()).prop_map(|(token, client)| Ask::Revoke { token, client }),
        1 => (token(), client()).prop_map(|(token, client)| Ask::RevokeAccess { token, client }),
        6 => (0..3_usize, any::<bool>()).prop_map(|(session, offline)| Ask::Authorize { session, offline }),
        8 => (token(), client(), prop::bool::weighted(0.9))
            .prop_map(|(code, client, proves)| Ask::Redeem { code, client, proves }),
        1 => token().prop_map(|code| Ask::Burn { code }),
    ]
}

fn any_person() -> impl Strategy<Value = Person> {
    prop_oneof![
        4 => (0..2_usize).prop_map(|user| Person::SignIn { user }),
        1 => (0..3_usize).prop_map(|session| Person::SignOut { session }),
        1 => (0..2_usize).prop_map(|user| Person::Withdraw { user }),
        1 => (0..2_usize).prop_map(|user| Person::WithdrawAll { user }),
    ]
}

fn any_admin() -> impl Strategy<Value = Admin> {
    (0..2_usize).prop_flat_map(|user| {
        prop_oneof![
            Just(Admin::Disable { user }),
            Just(Admin::Enable { user }),
            Just(Admin::ChangePassword { user }),
            Just(Admin::RemoveUser { user }),
            Just(Admin::ReplaceClient),
            Just(Admin::RemoveClient),
            Just(Admin::AddClient),
        ]
    })
}
