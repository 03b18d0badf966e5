use keyward_rules::check::{Grounds, ended};

use super::*;
use crate::hashing::Verified;

fn entry(answer: Answer) -> user::Entry {
    match answer {
        Answer::User(entry) => entry,
        other => panic!("{other:?}"),
    }
}

fn new(username: &str, password: &str) -> Request {
    Request::AddUser(user::NewUser { username: username.to_owned(), password: password.into(), admin: true })
}

async fn knows(home: &Home, username: &str, password: &str) -> bool {
    let stored = home.user(username).await.password.0;
    matches!(home.app.hashing.verify(password.into(), Some(stored)).await.unwrap(), Verified::Yes { .. })
}

#[tokio::test]
async fn an_added_user_is_listed_and_shown_and_knows_the_password() {
    let home = Home::new().await;
    let added = entry(home.ask(new("dory", "just keep swimming")).await);
    assert_eq!((&*added.username, added.kept_by, added.disabled_since), ("dory", KeptBy::Commands, None));
    assert!(added.admin_since.is_some());
    assert_eq!(entry(home.ask(Request::ShowUser("dory".to_owned())).await), added);
    assert!(matches!(home.ask(Request::ListUsers).await, Answer::Users(users) if users == [added]));
    assert!(knows(&home, "dory", "just keep swimming").await);
}

#[tokio::test]
async fn a_name_is_given_once_however_it_is_spelled() {
    let home = Home::new().await;
    home.add_user("dory").await;
    for twin in ["dory", "DORY", "Dory", "do\u{200b}ry"] {
        assert_eq!(home.refused(new(twin, "a password")).await, ControlError::UserExists("dory".to_owned()), "{twin}");
    }
    for illegal in ["", " dory2", "do\nry"] {
        assert!(matches!(home.refused(new(illegal, "a password")).await, ControlError::IllegalUsername(_)), "{illegal:?}");
    }
}

#[tokio::test]
async fn a_password_that_nobody_can_mean_is_refused_and_not_repeated() {
    let home = Home::new().await;
    let long = "x".repeat(1025);
    for password in ["", "seven77", "tab\tin it", &long] {
        let refused = home.refused(new("dory", password)).await;
        assert!(matches!(refused, ControlError::IllegalPassword(_)), "{refused:?}");
        assert!(password.is_empty() || !refused.to_string().contains(password));
    }
    assert!(matches!(home.ask(Request::ListUsers).await, Answer::Users(users) if users.is_empty()));
}

#[tokio::test]
async fn a_disabled_user_holds_nothing_any_more_not_even_when_enabled_again() {
    let home = Home::new().await;
    home.add_user("dory").await;
    home.add_client("app", registration()).await;
    let authorization = home.authorize("app", "dory").await;
    let client = home.client("app").await;
    assert_eq!(ended(&authorization, &client, &grounds(&home).await), None);

    let disabled = entry(home.ask(Request::DisableUser("dory".to_owned())).await);
    assert!(disabled.disabled_since.is_some());
    assert!(ended(&authorization, &client, &grounds(&home).await).is_some());
    let again = entry(home.ask(Request::DisableUser("dory".to_owned())).await);
    assert_eq!(again.disabled_since, disabled.disabled_since, "since the first time");

    assert_eq!(entry(home.ask(Request::EnableUser("dory".to_owned())).await).disabled_since, None);
    assert!(ended(&authorization, &client, &grounds(&home).await).is_some());
}

#[tokio::test]
async fn sec_f07_another_password_ends_what_the_old_one_began() {
    let home = Home::new().await;
    home.add_user("dory").await;
    home.add_client("app", registration()).await;
    let authorization = home.authorize("app", "dory").await;
    home.ask(Request::SetPassword { username: "dory".to_owned(), password: "another one".into() }).await;
    assert!(knows(&home, "dory", "another one").await && !knows(&home, "dory", "a password").await);
    assert!(ended(&authorization, &home.client("app").await, &grounds(&home).await).is_some());
}

#[tokio::test]
async fn a_removed_user_is_gone_and_a_namesake_inherits_nothing() {
    let home = Home::new().await;
    let before = home.add_user("dory").await;
    home.ask(Request::RemoveUser("dory".to_owned())).await;
    assert_eq!(home.refused(Request::ShowUser("dory".to_owned())).await, ControlError::UnknownUser("dory".to_owned()));
    let after = home.add_user("dory").await;
    assert!(before.id != after.id && before.epoch != after.epoch);
}

#[tokio::test]
async fn only_the_file_changes_a_configured_user_but_anybody_can_keep_them_out() {
    let home = Home::new().await;
    home.add_user("dory").await;
    home.configure_user("dory").await;
    let refused = ControlError::ConfiguredUser("dory".to_owned());
    assert_eq!(home.refused(Request::SetPassword { username: "dory".to_owned(), password: "p".into() }).await, refused);
    assert_eq!(home.refused(Request::RemoveUser("dory".to_owned())).await, refused);
    assert!(entry(home.ask(Request::DisableUser("dory".to_owned())).await).disabled_since.is_some());
    assert_eq!(home.user("dory").await.origin, Origin::Configured);
    assert_eq!(entry(home.ask(Request::EnableUser("dory".to_owned())).await).disabled_since, None);
}

#[tokio::test]
async fn req_u02_commands_change_everything_of_a_user_of_the_directory_but_the_password() {
    let home = Home::new().await;
    home.add_user("dory").await;
    home.hand_over("dory", Origin::Directory).await;
    let refused = ControlError::DirectoryUser("dory".to_owned());
    assert_eq!(home.refused(Request::SetPassword { username: "dory".to_owned(), password: "p".into() }).await, refused);
    let disabled = entry(home.ask(Request::DisableUser("dory".to_owned())).await);
    assert!(disabled.disabled_since.is_some() && disabled.kept_by == KeptBy::Directory);
    assert_eq!(entry(home.ask(Request::EnableUser("dory".to_owned())).await).disabled_since, None);
    home.ask(Request::RemoveUser("dory".to_owned())).await;
}

#[tokio::test]
async fn nobody_is_changed_who_is_not_there() {
    let home = Home::new().await;
    let name = || "nemo".to_owned();
    for request in [
        Request::ShowUser(name()),
        Request::DisableUser(name()),
        Request::EnableUser(name()),
        Request::SetPassword { username: name(), password: "p".into() },
        Request::RemoveUser(name()),
    ] {
        assert_eq!(home.refused(request).await, ControlError::UnknownUser(name()));
    }
}

#[tokio::test]
async fn changes_that_meet_are_all_made() {
    let home = Home::new().await;
    let before = home.add_user("dory").await;
    let disable = || home.ask(Request::DisableUser("dory".to_owned()));
    let password = || home.ask(Request::SetPassword { username: "dory".to_owned(), password: "another one".into() });
    tokio::join!(disable(), password());
    let after = home.user("dory").await;
    assert!(after.disabled_at.is_some());
    assert!(knows(&home, "dory", "another one").await);
    assert_eq!(after.epoch, before.epoch.next().next());
}

#[tokio::test]
async fn a_change_is_given_up_when_somebody_else_is_always_faster() {
    let home = Home::new().await;
    home.add_user("dory").await;
    let load = || async {
        let user = home.user("dory").await;
        let faster = User { epoch: user.epoch.next(), ..user.clone() };
        home.commit(Effect::ReplaceUser { user: faster, seen: user.revision }).await;
        Ok(user)
    };
    let late = |user: User| Ok((vec![Effect::RemoveUser { id: user.id, seen: user.revision }], ()));
    assert_eq!(change(&home.app, load, late).await, Err(ControlError::Conflict));
    home.user("dory").await;
}

/// What dory's authorizations stand on.
async fn grounds(home: &Home) -> Grounds {
    Grounds { user: Some(Arc::new(home.user("dory").await)), ..Grounds::default() }
}
