//! Databases that older versions made: they open, are brought up to date, and keep what they hold.

use std::path::Path;

use keyward_rules::model::{
    authorization::Authorization,
    client::{About, Client, Registration},
    epoch::{Epoch, Revision},
    time::{Seconds, Timestamp},
    user::User,
};
use rusqlite::{Connection, params};

use crate::fixture::*;

const FIRST: &str = include_str!("../../src/migrations/0001_first.sql");
/// What registrations did not say then.
const UNSAID: [&str; 6] = ["about", "permitted", "first_party", "response_modes", "require_pkce", "code_lifetime"];

/// A client as the first version wrote it, and as it reads now.
fn older_client() -> (Client, String) {
    let mut json = serde_json::to_value(&client(1).registration).unwrap();
    for name in UNSAID {
        assert!(json.as_object_mut().unwrap().remove(name).is_some(), "{name}");
    }
    let registration = Registration {
        about: About::default(),
        permitted: true,
        first_party: false,
        response_modes: Registration::default_response_modes(),
        require_pkce: true,
        code_lifetime: Seconds(60),
        ..client(1).registration
    };
    (Client { used_at: None, owner: None, registration_token: None, registration, ..client(1) }, json.to_string())
}

/// The database of the first version, with a row in each table.
fn first_version(folder: &Path) {
    let connection = Connection::open(folder.join("keyward.db")).unwrap();
    connection.execute_batch(&FIRST.replace("/* clustered */", "WITHOUT ROWID")).unwrap();
    connection.execute_batch("UPDATE store SET epoch = 5, recovered_at = 6; PRAGMA user_version = 1").unwrap();
    let key = key(1);
    let put = "INSERT INTO keys VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let until = key.keep_until.map(|at| at.0);
    connection
        .execute(put, params![key.id, key.usage.as_str(), key.wrapped, key.root_key, key.created_at.0, key.use_from.0, until])
        .unwrap();
    let (client, registration) = older_client();
    let secret = client.secret.unwrap();
    let add = "INSERT INTO clients VALUES (?1, ?2, ?3, ?4, ?5, 'registered', ?6)";
    connection
        .execute(add, params![client.id.as_str(), client.epoch.0, secret.key, secret.mac, client.created_at.0, registration])
        .unwrap();
    let user = user(1);
    let add = "INSERT INTO users VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7, 'configured')";
    let since = user.admin_since.map(|at| at.0);
    let account = keyward_rules::throttle::canonical_account(&user.username);
    connection.execute(add, params![user.id.0, account, user.username, user.epoch.0, &*user.password.0, since, user.created_at.0]).unwrap();
    let own = authorization(1);
    let add = "INSERT INTO authorizations VALUES (?1, ?2, ?3, 'password', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, NULL)";
    let audience = own.audience.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(" ");
    let values = params![
        own.id.0,
        own.client.as_str(),
        own.user.0,
        own.scope.as_str(),
        audience,
        own.created_at.0,
        own.authenticated_at.0,
        own.expires_at.0,
        own.generation,
        own.rotated_at.0,
        own.key,
        own.secret.0,
        own.client_epoch.0,
        own.user_epoch.0,
    ];
    connection.execute(add, values).unwrap();
    let add = "INSERT INTO revoked_tokens VALUES (?1, ?2, ?3)";
    connection.execute(add, params![token_id(1).0, client_id(1).as_str(), NOW.0]).unwrap();
}

#[tokio::test]
async fn a_database_of_the_first_version_opens_and_keeps_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    first_version(folder.path());
    let expected = Authorization { consent_epoch: Epoch(0), ..authorization(1) };
    let (client, user) = (older_client().0, User { sign_in_epoch: Epoch(0), revision: Revision(0), ..user(1) });
    for _ in 0..2 {
        let store = open(folder.path()).await;
        assert_eq!((store.recovery().epoch, store.recovery().recovered_at), (Epoch(5), Timestamp(6)));
        assert_eq!(store.keys().await.unwrap(), [key(1)]);
        assert_eq!(store.client(&client.id).await.unwrap().as_deref(), Some(&client));
        assert_eq!(store.user_by_name(&user.username).await.unwrap().as_deref(), Some(&user));
        assert_eq!(store.authorization(expected.id).await.unwrap().as_deref(), Some(&expected));
        assert_eq!(store.authorizations_of(user.id, NOW, 10).await.unwrap(), std::slice::from_ref(&expected));
        assert!(store.is_revoked(token_id(1)).await.unwrap());
        assert_eq!(store.consent(user.id, &client.id).await.unwrap(), None);
    }
    let version = |folder: &Path| -> i64 {
        Connection::open(folder.join("keyward.db")).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
    };
    let new = tempfile::tempdir().unwrap();
    drop(open(new.path()).await);
    assert_eq!(version(folder.path()), version(new.path()));
}

#[tokio::test]
async fn what_an_older_version_wrote_lives_on_and_can_be_ended() {
    use keyward_rules::effect::Effect;
    let folder = tempfile::tempdir().unwrap();
    first_version(folder.path());
    let store = open(folder.path()).await;
    commit(&store, vec![rotate(1, 1)]).await;
    let (client, user) = (store.client(&client_id(1)).await.unwrap().unwrap(), store.user(user_id(1)).await.unwrap().unwrap());
    let changed = Effect::ReplaceClient { client: next_client(&client), seen: client.revision };
    commit(&store, vec![changed, Effect::ReplaceUser { user: next_user(&user), seen: user.revision }]).await;
    commit(&store, vec![Effect::OpenSession(session(1)), Effect::PutConsent { consent: consent(1), seen: None }]).await;
    commit(&store, vec![Effect::Authorize(unredeemed(2)), redeem(2), revoke(1)]).await;
    drop(store);
    let store = open(folder.path()).await;
    assert!(store.authorization(authorization_id(1)).await.unwrap().unwrap().revoked_at.is_some());
    assert_eq!(store.client(&client_id(1)).await.unwrap().unwrap().revision, Revision(1));
    assert!(store.session(session_id(1)).await.unwrap().is_some());
}

/// Sessions stood on both epochs of their user once: what either had ended stays ended.
#[tokio::test]
async fn a_session_that_an_older_version_took_for_ended_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    first_version(folder.path());
    let connection = Connection::open(folder.path().join("keyward.db")).unwrap();
    for step in
        [include_str!("../../src/migrations/0002_authorization_endpoint.sql"), include_str!("../../src/migrations/0003_device_codes.sql")]
    {
        connection.execute_batch(&step.replace("/* clustered */", "WITHOUT ROWID")).unwrap();
    }
    connection.execute_batch("PRAGMA user_version = 3").unwrap();
    let add = "INSERT INTO sessions VALUES (?1, ?2, ?3, '', ?4, ?4, ?5, ?6, 0, NULL)";
    for (n, epoch) in [(1, user(1).epoch.0), (2, user(1).epoch.0 - 1)] {
        let later = (NOW + Seconds(600)).0;
        connection.execute(add, params![session_id(n).0, user(1).id.0, session(n).digest.0, NOW.0, later, epoch]).unwrap();
    }
    drop(connection);
    let store = open(folder.path()).await;
    assert!(store.session(session_id(1)).await.unwrap().unwrap().is_of(&store.user(user_id(1)).await.unwrap().unwrap()));
    assert_eq!(store.session(session_id(2)).await.unwrap(), None);
}
