use keyward_rules::{
    access_token::{AccessToken, Basis, JwtNames},
    model::{epoch::Epoch, id::TokenId},
    refresh_token::RefreshToken,
};

use super::*;

async fn inspect(home: &Home, token: &str) -> token::Report {
    match home.ask(Request::InspectToken(token.into())).await {
        Answer::Token(report) => {
            assert!(!serde_json::to_string(&report).unwrap().contains(token), "the token is not repeated");
            *report
        }
        other => panic!("{other:?}"),
    }
}

fn step(report: &token::Report) -> &str {
    assert!(!report.live);
    &report.failed.as_ref().unwrap().step
}

/// An access token for `client`, of itself or of an authorization.
async fn access(home: &Home, client: &str, format: AccessFormat, of: Option<&Authorization>) -> String {
    let (client, now) = (home.client(client).await, home.app.now());
    let basis = match of {
        Some(own) => Basis::Authorization { id: own.id, generation: own.generation },
        None => Basis::Client { id: client.id.clone(), epoch: client.epoch },
    };
    let token = AccessToken {
        id: TokenId([9; 16]),
        basis,
        store_epoch: home.app.store.recovery().epoch,
        scope: Scope::parse("read write").unwrap(),
        audience: vec![],
        issued_at: now.seconds(),
        expires_at: now.seconds() + 600,
    };
    let names = JwtNames { issuer: "https://issuer.example", subject: "s", client: &client.id, authenticated_at: None };
    token.write(format, names, &home.app.ring.load(), now, [1; 12], &home.app.random).unwrap()
}

fn refresh(home: &Home, own: &Authorization, generation: u32) -> String {
    RefreshToken::derive(own, generation, &home.app.ring.load()).unwrap().to_secret().expose_secret().to_owned()
}

#[tokio::test]
async fn an_access_token_says_whose_it_is_in_either_form() {
    let home = Home::new().await;
    home.add_user("dory").await;
    home.add_client("app", registration()).await;
    let own = home.authorize("app", "dory").await;
    let forms =
        [(AccessFormat::Opaque, token::Kind::OpaqueAccessToken), (AccessFormat::Jwt(Algorithm::EdDSA), token::Kind::JwtAccessToken)];
    for (format, kind) in forms {
        let report = inspect(&home, &access(&home, "app", format, Some(&own)).await).await;
        assert!(report.live && report.kind == kind, "{report:?}");
        let claims = report.claims.unwrap();
        assert_eq!((claims.client, claims.username.as_deref()), (Some(ClientId::parse("app").unwrap()), Some("dory")));
        assert_eq!(claims.scope, "read write");
        assert_eq!(claims.authorization.map(|own| own.in_force), Some(Some(1)));
    }
    let machine = inspect(&home, &access(&home, "app", AccessFormat::Opaque, None).await).await;
    assert!(machine.live && machine.claims.unwrap().authorization.is_none());
}

#[tokio::test]
async fn a_dead_access_token_names_the_check_it_fails() {
    let home = Home::new().await;
    home.add_user("dory").await;
    home.add_client("app", registration()).await;
    let own = home.authorize("app", "dory").await;
    let (of_user, of_client) =
        (access(&home, "app", AccessFormat::Opaque, Some(&own)).await, access(&home, "app", AccessFormat::Opaque, None).await);
    home.ask(Request::DisableUser("dory".to_owned())).await;
    assert_eq!(step(&inspect(&home, &of_user).await), "authorization_live");
    home.ask(Request::RemoveClient("app".to_owned())).await;
    let report = inspect(&home, &of_client).await;
    assert_eq!(step(&report), "client_known");
    assert_eq!(report.claims.unwrap().client, Some(ClientId::parse("app").unwrap()), "it says whose it was");
    home.commit(Effect::RevokeToken { id: TokenId([9; 16]), client: own.client.clone(), expires_at: own.expires_at }).await;
    assert_eq!(step(&inspect(&home, &of_user).await), "token_revoked");
    home.ask(Request::RotateKeys { uses: vec![KeyUse::AccessToken], at_once: true }).await;
    let old = home.app.store.keys().await.unwrap().into_iter().find(|key| key.usage == KeyUse::AccessToken && key.keep_until.is_some());
    home.ask(Request::RemoveKey(old.unwrap().id)).await;
    let report = inspect(&home, &of_user).await;
    assert_eq!((step(&report), report.kind), ("token_genuine", token::Kind::OpaqueAccessToken));
    assert_eq!(report.claims, None);
}

#[tokio::test]
async fn looking_at_a_refresh_token_changes_nothing() {
    let home = Home::new().await;
    home.add_user("dory").await;
    home.add_client("app", registration()).await;
    let own = home.authorize("app", "dory").await;
    let first = refresh(&home, &own, 1);
    let report = inspect(&home, &first).await;
    assert!(report.live && report.kind == token::Kind::RefreshToken, "{report:?}");

    home.commit(Effect::Rotate { id: own.id, from: 1, to: 2, at: own.rotated_at }).await;
    assert!(inspect(&home, &first).await.live, "in its grace time it still gets its successor");
    home.commit(Effect::Rotate { id: own.id, from: 2, to: 3, at: own.rotated_at }).await;
    let report = inspect(&home, &first).await;
    assert_eq!(step(&report), "refresh_token_in_force");
    let standing = report.claims.unwrap().authorization.unwrap();
    assert_eq!((standing.generation, standing.in_force, standing.revoked_at), (1, Some(3), None));
    assert!(inspect(&home, &refresh(&home, &own, 3)).await.live, "looking at a used one has revoked nothing");

    home.commit(Effect::Revoke { id: own.id, at: own.rotated_at }).await;
    let report = inspect(&home, &refresh(&home, &own, 3)).await;
    assert_eq!(step(&report), "authorization_live");
    assert!(report.failed.unwrap().reason.contains("revoked"));
}

#[tokio::test]
async fn of_what_this_server_did_not_make_nothing_is_said() {
    let home = Home::new().await;
    home.add_user("dory").await;
    home.add_client("app", registration()).await;
    let own = home.authorize("app", "dory").await;
    let unknown = Authorization { id: AuthorizationId([3; 16]), ..own.clone() };
    let forged = Authorization { secret: AuthorizationSecret([0; 32]), ..own.clone() };
    let table = [
        ("nonsense".to_owned(), token::Kind::Unknown, "token_genuine"),
        ("kwa_nonsense".to_owned(), token::Kind::OpaqueAccessToken, "token_genuine"),
        ("a.b.c".to_owned(), token::Kind::JwtAccessToken, "token_genuine"),
        ("kwr_nonsense".to_owned(), token::Kind::RefreshToken, "token_genuine"),
        (refresh(&home, &unknown, 1), token::Kind::RefreshToken, "refresh_token_known"),
        (refresh(&home, &forged, 1), token::Kind::RefreshToken, "refresh_token_genuine"),
    ];
    for (text, kind, failing) in table {
        let report = inspect(&home, &text).await;
        assert_eq!((report.kind, step(&report), &report.claims), (kind, failing, &None), "{text}");
    }
}

#[tokio::test]
async fn a_token_from_before_a_restore_is_named_as_such() {
    let home = Home::new().await;
    home.add_client("app", registration()).await;
    let (client, now) = (home.client("app").await, home.app.now());
    let token = AccessToken {
        id: TokenId([9; 16]),
        basis: Basis::Client { id: client.id.clone(), epoch: client.epoch },
        store_epoch: Epoch(home.app.store.recovery().epoch.0 - 1),
        scope: Scope::default(),
        audience: vec![],
        issued_at: now.seconds(),
        expires_at: now.seconds() + 600,
    };
    let names = JwtNames { issuer: "https://issuer.example", subject: "s", client: &client.id, authenticated_at: None };
    let text = token.write(AccessFormat::Opaque, names, &home.app.ring.load(), now, [1; 12], &home.app.random).unwrap();
    assert_eq!(step(&inspect(&home, &text).await), "store_epoch");
}
