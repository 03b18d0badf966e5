use keyward_rules::{
    access_token::Basis,
    check::{self, Grounds},
    effect::{Decision, Effect},
    entropy::Entropy,
    grant::{
        Circumstances, Issue,
        password::{Question, decide},
    },
    key_ring::KeyRing,
    model::{
        authorization::Authorization,
        client::Client,
        epoch::Epoch,
        time::{Seconds, Timestamp},
        user::User,
    },
};
use keyward_wire::{
    error::Code,
    token_request::{GrantType, Wanted},
};

use crate::fixture::{
    CONSENT_EPOCH, NOW, REFRESH_KEY, client, entropy, grounds, issued, key, logged_in, permitted, refused, scope, scope_illegal, server,
    user, wanted, with, within,
};

const EARLIER: Timestamp = Timestamp(NOW.0 - 2000);

fn ask(client: &Client, user: &User, wanted: Wanted, within: &Circumstances<'_>) -> Decision<Issue> {
    let question = Question { client: permitted(client, GrantType::Password), user: logged_in(user, EARLIER), wanted };
    decide(&question, &CONSENT_EPOCH, within)
}

fn granted(client: &Client) -> (Authorization, Issue) {
    let entropy = entropy(1);
    let decision = ask(client, &user("dory"), wanted("", &[]), &within(NOW, &entropy));
    let [Effect::Authorize(authorization)] = &*decision.effects else { panic!("{:?}", decision.effects) };
    (authorization.clone(), issued(decision))
}

#[test]
fn one_authorization_is_made_and_the_tokens_stand_on_it() {
    let (client, dory, entropy) = (client("app"), user("dory"), entropy(1));
    let decision = ask(&client, &dory, wanted("write", &[]), &within(NOW, &entropy));
    let [Effect::Authorize(made)] = &*decision.effects else { panic!("{:?}", decision.effects) };
    assert_eq!((&made.client, made.user, made.grant), (&client.id, dory.id, GrantType::Password));
    assert_eq!((&made.scope, &*made.audience), (&scope("write"), &[][..]));
    assert_eq!((made.created_at, made.rotated_at, made.authenticated_at), (NOW, NOW, EARLIER));
    assert_eq!((made.generation, made.key, made.revoked_at), (1, REFRESH_KEY, None));
    assert_eq!((made.client_epoch, made.user_epoch), (client.epoch, dory.epoch));
    let made = made.clone();
    let issue = issued(decision);
    assert_eq!(issue.access.basis, Basis::Authorization { id: made.id, generation: 1 });
    assert_eq!(issue.access.scope, scope("write"));
    assert_eq!(issue.authorization, Some((made, Some(1))));
}

#[test]
fn two_logins_make_two_authorizations_with_secrets_of_their_own() {
    let made = |seed| {
        let entropy = entropy(seed);
        issued(ask(&client("app"), &user("dory"), wanted("", &[]), &within(NOW, &entropy))).authorization.unwrap().0
    };
    let (one, other) = (made(1), made(2));
    assert!(one.id != other.id && one.secret != other.secret);
}

#[test]
fn sec_f06_lifetimes_are_the_clients_and_no_access_token_outlives_its_authorization() {
    let table = [
        // refresh, access, password access, with refresh grant -> authorization, access token
        (3600, 600, None, true, 3600, 600),
        (3600, 600, Some(60), true, 3600, 60),
        (300, 600, None, true, 300, 300),
        (3600, 600, None, false, 600, 600),
        (3600, 600, Some(60), false, 60, 60),
    ];
    for (refresh, access, password, may_refresh, authorization_lives, access_lives) in table {
        let client = with(client("app"), |registration| {
            registration.refresh_lifetime = Seconds(refresh);
            registration.access_lifetime = Seconds(access);
            registration.password_access_lifetime = password.map(Seconds);
            registration.grants.retain(|grant| may_refresh || *grant != GrantType::RefreshToken);
        });
        let (authorization, issue) = granted(&client);
        assert_eq!(authorization.expires_at, NOW + Seconds(authorization_lives));
        assert_eq!(issue.lifetime, Seconds(access_lives));
        assert_eq!((issue.access.issued_at, issue.access.expires_at), (NOW.seconds(), NOW.seconds() + i64::from(access_lives)));
        assert_eq!(issue.authorization.unwrap().1, may_refresh.then_some(1));
    }
}

#[test]
fn req_p04_a_scope_beyond_the_clients_is_refused_and_nothing_is_written() {
    let entropy = entropy(1);
    let decision = ask(&client("app"), &user("dory"), wanted("read admin", &[]), &within(NOW, &entropy));
    assert_eq!(decision.effects, []);
    assert_eq!(refused(decision.reply).code, scope_illegal("admin", "read write"));
}

#[test]
fn req_t16_the_audience_is_kept_on_the_authorization_and_the_token() {
    let servers = [server("https://orders.example", "read:orders", None)];
    let client = with(client("app"), |registration| registration.audiences = vec![servers[0].audience.clone()]);
    let entropy = entropy(1);
    let within = Circumstances { servers: &servers, ..within(NOW, &entropy) };
    let issue = issued(ask(&client, &user("dory"), wanted("read:orders", &["https://orders.example"]), &within));
    assert_eq!(issue.access.audience, [servers[0].audience.clone()]);
    assert_eq!(issue.authorization.unwrap().0.audience, [servers[0].audience.clone()]);
    let elsewhere = ask(&client, &user("dory"), wanted("", &["https://other.example"]), &within);
    assert_eq!(elsewhere.effects, []);
    assert_eq!(refused(elsewhere.reply).code, Code::TargetIllegal);
}

#[test]
fn without_a_key_for_refresh_tokens_nothing_is_authorized() {
    let mut not_yet = key(REFRESH_KEY, keyward_rules::key_ring::KeyUse::RefreshToken, &[2; 32]);
    not_yet.use_from = Timestamp(NOW.0 + 1);
    for ring in [KeyRing::default(), KeyRing::new(vec![not_yet])] {
        let entropy = entropy(1);
        let decision = ask(&client("app"), &user("dory"), wanted("", &[]), &Circumstances { ring: &ring, ..within(NOW, &entropy) });
        assert_eq!(decision.effects, []);
        let refusal = refused(decision.reply);
        assert_eq!((refusal.step, refusal.code), ("refresh_token_key", Code::Defect));
    }
}

#[test]
fn sec_f07_an_authorization_whose_proofs_were_overtaken_is_dead_at_birth() {
    let (seen_client, seen_user) = (client("app"), user("dory"));
    let (authorization, _) = granted(&seen_client);
    assert_eq!(check::ended(&authorization, &seen_client, &grounds(Some(seen_user.clone()))), None);
    let changed_client = Client { epoch: seen_client.epoch.next(), ..seen_client.clone() };
    assert!(check::ended(&authorization, &changed_client, &grounds(Some(seen_user.clone()))).is_some());
    let changed_user = User { epoch: Epoch(seen_user.epoch.0 + 1), ..seen_user.clone() };
    assert!(check::ended(&authorization, &seen_client, &grounds(Some(changed_user))).is_some());
    let withdrawn = Grounds { consent_epoch: CONSENT_EPOCH.next(), ..grounds(Some(seen_user)) };
    assert!(check::ended(&authorization, &seen_client, &withdrawn).is_some());
}

#[test]
fn the_bits_of_an_attempt_are_cut_without_overlap() {
    let bytes: [u8; Entropy::LENGTH] = std::array::from_fn(|at| u8::try_from(at).unwrap());
    let cut = Entropy::from_bytes(&bytes);
    let joined = [&cut.authorization[..], &cut.secret, &cut.token, &cut.nonce].concat();
    assert_eq!(joined, bytes);
}
