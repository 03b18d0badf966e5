use std::sync::Arc;

use keyward_rules::{
    access_token::{AccessToken, Basis},
    check::{Facts, LiveToken, check},
    model::{
        authorization::Authorization,
        client::Client,
        epoch::Epoch,
        id::{AuthorizationId, TokenId},
        time::Timestamp,
        user::User,
    },
};
use keyward_wire::error::{Code, Refusal};

use crate::fixture::{NOW, STORE_EPOCH, authorization, client, grounds, refused, scope, user, with};

/// One token and what is known when it is checked.
#[derive(Clone)]
pub struct Case {
    pub token: AccessToken,
    authorization: Option<Authorization>,
    user: Option<User>,
    client: Option<Client>,
    revoked: bool,
    store_epoch: Epoch,
    now: Timestamp,
}

/// A live token of `client` for dory, in the generation in force.
pub fn for_user(client: Client) -> Case {
    let dory = user("dory");
    let own = authorization(&client, &dory);
    let basis = Basis::Authorization { id: own.id, generation: own.generation };
    Case { authorization: Some(own), user: Some(dory), ..case(client, basis) }
}

/// A live token of `client` for itself.
pub fn for_client(client: Client) -> Case {
    let basis = Basis::Client { id: client.id.clone(), epoch: client.epoch };
    case(client, basis)
}

fn case(client: Client, basis: Basis) -> Case {
    let token = AccessToken {
        id: TokenId([7; 16]),
        basis,
        store_epoch: STORE_EPOCH,
        scope: scope("read"),
        audience: vec![],
        issued_at: NOW.seconds(),
        expires_at: NOW.seconds() + 600,
    };
    Case { token, authorization: None, user: None, client: Some(client), revoked: false, store_epoch: STORE_EPOCH, now: NOW }
}

impl Case {
    pub fn check(self) -> Result<LiveToken, Refusal> {
        let facts = Facts {
            authorization: self.authorization.map(Arc::new),
            grounds: grounds(self.user),
            client: self.client.map(Arc::new),
            revoked: self.revoked,
            store_epoch: self.store_epoch,
        };
        check(self.token, facts, self.now)
    }

    pub fn but(mut self, change: impl FnOnce(&mut Case)) -> Self {
        change(&mut self);
        self
    }
}

fn ends_with_rotation() -> Client {
    with(client("app"), |registration| registration.rotation_ends_access_tokens = true)
}

#[test]
fn a_live_token_says_whom_it_was_made_for_and_whom_it_speaks_for() {
    let live = for_user(client("app")).check().unwrap();
    assert_eq!(live.client().id.as_str(), "app");
    assert_eq!(live.user().unwrap().username, "dory");
    assert_eq!(live.subject(), user("dory").id.subject());
    assert_eq!(live.token().scope, scope("read"));

    let live = for_client(client("app")).check().unwrap();
    assert_eq!(live.user(), None);
    assert_eq!(live.subject(), "app");
}

#[test]
fn sec_g08_each_end_a_token_can_have_is_refused_at_its_own_step() {
    let own = |case: &mut Case, change: fn(&mut Authorization)| change(case.authorization.as_mut().unwrap());
    let table = [
        ("token_lifetime", for_user(client("app")).but(|case| case.now = Timestamp(NOW.0 + 600_000))),
        ("store_epoch", for_user(client("app")).but(|case| case.store_epoch = STORE_EPOCH.next())),
        ("store_epoch", for_client(client("app")).but(|case| case.store_epoch = Epoch(STORE_EPOCH.0 - 1))),
        ("token_revoked", for_user(client("app")).but(|case| case.revoked = true)),
        ("token_revoked", for_client(client("app")).but(|case| case.revoked = true)),
        ("client_known", for_user(client("app")).but(|case| case.client = None)),
        ("client_known", for_client(client("app")).but(|case| case.client = None)),
        ("client_epoch", for_client(client("app")).but(|case| case.client.as_mut().unwrap().epoch = Epoch(11))),
        ("authorization_known", for_user(client("app")).but(|case| case.authorization = None)),
        ("authorization_known", for_user(client("app")).but(|case| case.user = None)),
        ("authorization_live", for_user(client("app")).but(|case| own(case, |own| own.revoked_at = Some(NOW)))),
        ("authorization_live", for_user(client("app")).but(|case| case.client.as_mut().unwrap().epoch = Epoch(11))),
        ("authorization_live", for_user(client("app")).but(|case| case.user.as_mut().unwrap().disabled_at = Some(NOW))),
        ("authorization_live", for_user(client("app")).but(|case| case.user.as_mut().unwrap().epoch = Epoch(21))),
        ("token_generation", for_user(ends_with_rotation()).but(|case| own(case, |own| own.generation = 4))),
        ("token_generation", for_user(ends_with_rotation()).but(|case| own(case, |own| own.generation = 2))),
    ];
    for (step, case) in table {
        let refusal = refused(case.check());
        assert_eq!((refusal.step, refusal.code), (step, Code::TokenInvalid));
    }
}

#[test]
fn a_token_lives_until_the_second_it_names_and_no_longer() {
    let at = |millis| for_user(client("app")).but(|case| case.now = Timestamp(NOW.0 + millis)).check().is_ok();
    assert!(at(599_999));
    assert!(!at(600_000));
}

#[test]
fn req_f02_a_rotation_ends_older_access_tokens_only_where_the_client_wants_it() {
    let rotated = |case: &mut Case| case.authorization.as_mut().unwrap().generation = 4;
    assert!(for_user(client("app")).but(rotated).check().is_ok());
    assert!(for_user(ends_with_rotation()).check().is_ok());
    assert!(for_user(ends_with_rotation()).but(rotated).check().is_err());
}

#[test]
fn a_token_of_a_client_itself_needs_no_authorization_and_one_for_a_user_does() {
    let (asking, dory) = (client("app"), user("dory"));
    let stray = for_client(asking.clone()).but(|case| {
        case.authorization = Some(Authorization { id: AuthorizationId([1; 16]), revoked_at: Some(NOW), ..authorization(&asking, &dory) });
    });
    assert_eq!(stray.check().unwrap().user(), None);
    assert_eq!(refused(for_user(asking).but(|case| case.authorization = None).check()).step, "authorization_known");
}
