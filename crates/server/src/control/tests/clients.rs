use keyward_rules::{client_auth::is_remembered, model::client::ResourceServer};
use keyward_wire::audience::Audience;

use super::*;

fn entry(answer: Answer) -> client::Entry {
    match answer {
        Answer::Client(entry) => *entry,
        other => panic!("{other:?}"),
    }
}

fn credentials(answer: Answer) -> client::Credentials {
    match answer {
        Answer::Credentials(credentials) => credentials,
        other => panic!("{other:?}"),
    }
}

fn add(id: Option<&str>, registration: Registration) -> Request {
    Request::AddClient(Box::new(client::NewClient { id: id.map(|id| ClientId::parse(id).unwrap()), registration }))
}

async fn knows(home: &Home, id: &str, secret: &SecretString) -> bool {
    is_remembered(&home.client(id).await.secret.unwrap(), secret, &home.app.ring.load())
}

fn reset_secret(id: &str) -> Request {
    Request::ResetSecret { id: id.to_owned(), keep_tokens: false }
}

#[tokio::test]
async fn a_registered_client_is_listed_and_shown_and_its_secret_is_not() {
    let home = Home::new().await;
    let added = home.add_client("reef", registration()).await;
    let secret = added.client_secret.unwrap();
    assert!(knows(&home, "reef", &secret).await);
    assert_eq!(secret.expose_secret().len(), 43, "256 bits");
    let shown = entry(home.ask(Request::ShowClient("reef".to_owned())).await);
    assert_eq!((&*shown.name, shown.kept_by, &*shown.access_format), ("reef", KeptBy::Commands, "opaque"));
    assert_eq!(shown.scopes, ["read", "write"]);
    let shown_as_json = serde_json::to_string(&shown).unwrap();
    assert!(!shown_as_json.contains(secret.expose_secret()) && shown_as_json.contains(r#""type":"confidential""#));
    assert!(matches!(home.ask(Request::ListClients { owner: None }).await, Answer::Clients(clients) if clients == [shown]));
    assert_eq!(home.refused(add(Some("reef"), registration())).await, ControlError::ClientExists("reef".to_owned()));
}

#[tokio::test]
async fn req_m03_an_id_that_is_left_out_is_made_of_22_characters_that_are_not_confused() {
    let home = Home::new().await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20 {
        let made = credentials(home.ask(add(None, registration())).await);
        let id = made.client_id.to_string();
        assert_eq!(id.len(), 22);
        assert!(id.chars().all(|c| "34679bdfhmnprtFGHJLMNPRT".contains(c)), "{id}");
        assert_eq!(home.client(&id).await.registration.name, id);
        seen.extend(id.chars());
    }
    assert_eq!(seen.len(), 24, "all of them are used");
}

#[tokio::test]
async fn a_public_client_has_no_secret_to_show_or_to_reset() {
    let home = Home::new().await;
    let public = Registration { kind: ClientKind::Public, ..registration() };
    let made = home.add_client("spa", public).await;
    assert!(made.client_secret.is_none());
    assert_eq!(serde_json::to_string(&made).unwrap(), r#"{"client_id":"spa"}"#);
    assert_eq!(home.refused(reset_secret("spa")).await, ControlError::PublicClient("spa".to_owned()));
}

#[tokio::test]
async fn what_does_not_fit_together_is_refused_with_all_that_is_wrong() {
    let home = Home::new().await;
    let public = Registration {
        kind: ClientKind::Public,
        grants: vec![GrantType::ClientCredentials],
        default_scopes: Scope::parse("admin").unwrap(),
        ..registration()
    };
    let refused = home.refused(add(Some("spa"), public)).await.to_string();
    assert!(refused.contains("grants:") && refused.contains("default_scopes:"), "{refused}");

    let audience = Audience::parse("https://api.example").unwrap();
    let listed = ResourceServer { audience, scopes: Scope::default(), access_format: None };
    let settings = Reloadable { servers: vec![listed], ..(**home.app.settings.load()).clone() };
    home.app.settings.store(Arc::new(settings));
    let elsewhere = Registration { audiences: vec![Audience::parse("https://other.example").unwrap()], ..registration() };
    let refused = home.refused(add(Some("app"), elsewhere)).await.to_string();
    assert!(refused.contains("audiences:") && refused.contains("https://other.example"), "{refused}");
}

#[tokio::test]
async fn a_client_whose_tokens_are_signed_gets_a_key_that_signs() {
    let home = Home::new().await;
    let signing = KeyUse::Signing(Algorithm::ES256);
    assert!(home.app.ring.load().current(signing, home.app.now()).is_none());
    home.add_client("api", Registration { access_format: AccessFormat::Jwt(Algorithm::ES256), ..registration() }).await;
    assert!(home.app.ring.load().current(signing, home.app.now()).is_some());
    let shown = entry(home.ask(Request::ShowClient("api".to_owned())).await);
    assert_eq!((&*shown.access_format, shown.algorithm), ("jwt", Some(Algorithm::ES256)));
}

#[tokio::test]
async fn req_m06_another_secret_replaces_the_old_one_and_ends_what_the_client_holds_unless_told_otherwise() {
    let home = Home::new().await;
    let old = home.add_client("app", registration()).await.client_secret.unwrap();
    let epoch = home.client("app").await.epoch;
    let new = credentials(home.ask(reset_secret("app")).await).client_secret.unwrap();
    assert!(knows(&home, "app", &new).await && !knows(&home, "app", &old).await);
    assert_eq!(home.client("app").await.epoch, epoch.next());
    let kept = home.ask(Request::ResetSecret { id: "app".to_owned(), keep_tokens: true }).await;
    let newest = credentials(kept).client_secret.unwrap();
    assert!(knows(&home, "app", &newest).await && !knows(&home, "app", &new).await);
    assert_eq!(home.client("app").await.epoch, epoch.next());
}

#[tokio::test]
async fn req_m05_a_removed_client_is_gone_and_a_namesake_inherits_nothing() {
    let home = Home::new().await;
    home.add_client("app", registration()).await;
    let before = home.client("app").await.epoch;
    home.ask(Request::RemoveClient("app".to_owned())).await;
    for request in [Request::ShowClient("app".to_owned()), reset_secret("app"), Request::RemoveClient("app".to_owned())] {
        assert_eq!(home.refused(request).await, ControlError::UnknownClient("app".to_owned()));
    }
    let nobody = home.refused(Request::ShowClient("no\nbody".to_owned())).await;
    assert_eq!(nobody, ControlError::UnknownClient("no\nbody".to_owned()));
    home.add_client("app", registration()).await;
    assert_ne!(home.client("app").await.epoch, before);
}

#[tokio::test]
async fn only_the_file_changes_a_configured_client() {
    let home = Home::new().await;
    home.add_client("app", registration()).await;
    let client = home.client("app").await;
    let seen = client.revision;
    home.commit(Effect::ReplaceClient { client: Client { origin: Origin::Configured, ..client }, seen }).await;
    for request in [reset_secret("app"), Request::RemoveClient("app".to_owned())] {
        assert_eq!(home.refused(request).await, ControlError::ConfiguredClient("app".to_owned()));
    }
    assert_eq!(entry(home.ask(Request::ShowClient("app".to_owned())).await).kept_by, KeptBy::Configuration);
}

#[tokio::test]
async fn an_entry_that_ceased_to_fit_can_still_lose_its_secret_and_be_changed_for_the_better() {
    let home = Home::new().await;
    let audience = |text: &str| Audience::parse(text).unwrap();
    home.add_client("app", Registration { audiences: vec![audience("https://old.example")], ..registration() }).await;
    let listed = ResourceServer { audience: audience("https://new.example"), scopes: Scope::default(), access_format: None };
    let settings = Reloadable { servers: vec![listed], ..(**home.app.settings.load()).clone() };
    home.app.settings.store(Arc::new(settings));
    credentials(home.ask(reset_secret("app")).await);
    let change =
        |registration: Registration, seen| Request::ChangeClient(Box::new(client::Change { id: "app".to_owned(), registration, seen }));
    let own = home.client("app").await;
    let renamed = Registration { name: "Another".to_owned(), ..own.registration.clone() };
    entry(home.ask(change(renamed, own.revision.0)).await);
    let own = home.client("app").await;
    let worse = Registration { audiences: vec![audience("https://none.example")], ..own.registration };
    assert!(matches!(home.refused(change(worse, own.revision.0)).await, ControlError::Registration(_)));
}
