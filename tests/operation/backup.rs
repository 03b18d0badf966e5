//! `keyward backup`, `keyward restore`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::client::Tokens;
use crate::fixture::{ADMIN, C1, C2, DORY, MARLIN};
use crate::person::Person;
use crate::postgres;
use crate::server::{Home, Server};

/// A server's folder with a backup in it, and what happened before and after the backup was made.
struct Story {
    home: Home,
    backup: String,
    /// Issued before the backup, and not touched since.
    untouched: Tokens,
    /// Issued before the backup, refreshed twice since.
    refreshed: Tokens,
    /// Issued before the backup, revoked since.
    revoked: Tokens,
    /// Issued after the backup.
    later: Tokens,
}

fn story() -> Story {
    let server = Server::start();
    let site = server.standard();
    let untouched = site.login(C1, DORY);
    let refreshed = site.login(C1, MARLIN);
    let revoked = site.login(C1, ADMIN);
    let backup = server.home().path("backup.db").to_str().unwrap().to_owned();
    let said = server.keyward(&["backup", &backup]).done();
    assert!(said.contains("root.key"), "a backup names its missing half: {said}");
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o077, 0, "a backup is for its owner alone");

    let refreshed = site.refresh(C1, refreshed.refresh());
    let refreshed = site.refresh(C1, refreshed.refresh());
    site.revoke(C1, revoked.refresh());
    let later = site.login(C2, DORY);
    Story { home: server.stop(), backup, untouched, refreshed, revoked, later }
}

#[test]
fn a_restore_ends_older_access_tokens_and_lets_refresh_tokens_go_on() {
    if postgres::is_the_store() {
        return;
    }
    let story = story();
    let said = story.home.keyward(&["restore", &story.backup]).done();
    assert!(said.contains("revo") && said.contains("--end-authorizations"), "says what is lost and what to do: {said}");
    let server = story.home.start();
    let site = server.standard();
    for tokens in [&story.untouched, &story.refreshed, &story.revoked, &story.later] {
        assert!(!site.is_active(C1, &tokens.access) && !site.is_active(C2, &tokens.access));
    }
    let next = site.refresh(C1, story.untouched.refresh());
    assert!(site.is_active(C1, &next.access));
    // Rotated since the backup: its token is newer than the restored row, and moves it forward.
    let next = site.refresh(C1, story.refreshed.refresh());
    assert!(site.is_active(C1, &next.access));
    site.refresh(C1, next.refresh());
    // Not known to the backup.
    site.ask_refresh(C2, story.later.refresh()).refused(400, "invalid_grant");
    // A revocation since the backup is lost, as was said.
    site.refresh(C1, story.revoked.refresh());
    site.login(C1, DORY);
}

#[test]
fn sec_n06_a_restore_signs_nobody_in_who_has_signed_out_since() {
    if postgres::is_the_store() {
        return;
    }
    let server = Server::start();
    let mut person = Person::signed_in(server.standard(), DORY);
    let thief = person.cookies.clone();
    let backup = server.home().path("backup.db").to_str().unwrap().to_owned();
    server.keyward(&["backup", &backup]).done();
    person.sign_out();
    let home = server.stop();
    home.keyward(&["restore", &backup]).done();
    let server = home.start();
    let mut thief = Person { cookies: thief, ..Person::new(server.standard(), DORY) };
    assert!(thief.get("/account").is_login());
    // Who signs in now is not shown that session either.
    let account = Person::signed_in(server.standard(), DORY).get("/account").page();
    assert!(
        account.forms.iter().all(|form| !form.fields.iter().any(|(name, _)| name == "session" || name == "others")),
        "{}",
        account.text()
    );
}

#[test]
fn a_restore_can_end_every_authorization() {
    if postgres::is_the_store() {
        return;
    }
    let story = story();
    story.home.keyward(&["restore", &story.backup, "--end-authorizations"]).done();
    let server = story.home.start();
    let site = server.standard();
    for tokens in [&story.untouched, &story.refreshed, &story.revoked] {
        site.ask_refresh(C1, tokens.refresh()).refused(400, "invalid_grant");
        assert!(!site.is_active(C1, &tokens.access));
    }
    let fresh = site.login(C1, DORY);
    site.refresh(C1, fresh.refresh());
}

#[test]
fn a_backup_is_made_where_no_server_runs_and_overwrites_nothing() {
    if postgres::is_the_store() {
        return;
    }
    let server = Server::start();
    let tokens = server.standard().login(C1, DORY);
    let home = server.stop();
    let backup = home.path("backup.db").to_str().unwrap().to_owned();
    home.keyward(&["backup", &backup]).done();
    let first = fs::read(&backup).unwrap();
    assert!(home.keyward(&["backup", &backup]).failed().contains("backup.db"), "names the file in the way");
    assert_eq!(fs::read(&backup).unwrap(), first);
    let complaint = home.keyward(&["backup", home.path("none/backup.db").to_str().unwrap()]).failed();
    assert!(complaint.contains("none/backup.db") && complaint.contains("make its folder first"), "{complaint}");
    home.keyward(&["restore", &backup]).done();
    home.start().standard().refresh(C1, tokens.refresh());
}

#[test]
fn a_backup_under_load_is_whole() {
    if postgres::is_the_store() {
        return;
    }
    let server = Server::start();
    let site = server.standard();
    let backup = server.home().path("backup.db").to_str().unwrap().to_owned();
    let before = site.login(C1, DORY);
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| (0..200).fold(site.login(C2, DORY), |tokens, _| site.refresh(C2, tokens.refresh())));
        server.keyward(&["backup", &backup]).done();
        let last = busy.join().unwrap();
        site.refresh(C2, last.refresh());
    });
    let home = server.stop();
    let whole: String = rusqlite::Connection::open(&backup).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    home.keyward(&["restore", &backup]).done();
    home.start().standard().refresh(C1, before.refresh());
}

#[test]
fn a_restore_under_a_running_server_and_from_a_bad_file_is_refused() {
    if postgres::is_the_store() {
        return;
    }
    let server = Server::start();
    let backup = server.home().path("backup.db").to_str().unwrap().to_owned();
    server.keyward(&["backup", &backup]).done();
    let tokens = server.standard().login(C1, DORY);
    let complaint = server.keyward(&["restore", &backup]).failed();
    assert!(complaint.contains("running") || complaint.contains("stop"), "{complaint}");
    assert!(server.standard().is_active(C1, &tokens.access));

    let home = server.stop();
    let letter = home.path("letter.txt");
    fs::write(&letter, "not a backup").unwrap();
    for bad in [letter.to_str().unwrap(), home.path("missing.db").to_str().unwrap()] {
        let complaint = home.keyward(&["restore", bad]).failed();
        assert!(complaint.contains(bad.rsplit('/').next().unwrap()), "{complaint}");
    }
    let folder = home.keyward(&["restore", home.path("").to_str().unwrap()]).failed();
    assert!(folder.contains("it is a folder"), "{folder}");
    let missing = home.keyward(&["restore", "missing.db"]).failed();
    assert!(missing.contains("found no file there"), "{missing}");
    let itself = home.keyward(&["restore", home.database().to_str().unwrap()]).failed();
    assert!(itself.contains("is the store itself"), "{itself}");
    home.start().standard().refresh(C1, tokens.refresh());
}

#[test]
fn what_a_restore_replaces_is_kept_and_named() {
    if postgres::is_the_store() {
        return;
    }
    let story = story();
    let said = story.home.keyward(&["restore", &story.backup]).done();
    let kept = format!("{}.replaced", story.home.database().display());
    assert!(said.contains(&kept), "{said}");
    story.home.keyward(&["restore", &kept]).done();
    let server = story.home.start();
    server.standard().refresh(C2, story.later.refresh());
    server.standard().ask_refresh(C1, story.revoked.refresh()).refused(400, "invalid_grant");
}

#[test]
fn a_backup_made_before_the_root_key_was_rotated_says_which_key_it_needs() {
    if postgres::is_the_store() {
        return;
    }
    let story = story();
    let old = fs::read(story.home.root_key()).unwrap();
    story.home.keyward(&["key", "rotate-root"]).done();
    let complaint = story.home.keyward(&["restore", &story.backup]).failed();
    assert!(complaint.contains("rotated since") && complaint.contains("root.key"), "{complaint}");
    fs::remove_file(story.home.root_key()).unwrap();
    let complaint = story.home.keyward(&["restore", &story.backup]).failed();
    assert!(complaint.contains("there is no root key in"), "{complaint}");
    assert!(!story.home.root_key().exists(), "a new one would open nothing");
    fs::write(story.home.root_key(), old).unwrap();
    fs::set_permissions(story.home.root_key(), fs::Permissions::from_mode(0o600)).unwrap();
    story.home.keyward(&["restore", &story.backup]).done();
    story.home.start().standard().refresh(C1, story.untouched.refresh());
}

#[test]
fn a_backup_of_another_root_key_is_refused() {
    if postgres::is_the_store() {
        return;
    }
    let stranger = Server::start();
    let backup = stranger.home().path("backup.db").to_str().unwrap().to_owned();
    stranger.keyward(&["backup", &backup]).done();
    let server = Server::start();
    let tokens = server.standard().login(C1, DORY);
    let home = server.stop();
    let complaint = home.keyward(&["restore", &backup]).failed();
    assert!(complaint.contains("root key"), "{complaint}");
    home.start().standard().refresh(C1, tokens.refresh());
}

#[test]
fn a_backup_without_its_root_key_says_that_it_is_worth_nothing() {
    if postgres::is_the_store() {
        return;
    }
    let home = Server::start().stop();
    let backup = |name: &str| home.keyward(&["backup", home.path(name).to_str().unwrap()]);
    let whole = backup("whole.db");
    assert!(whole.ok && !whole.err.contains("warning"), "{whole:?}");
    fs::remove_file(home.root_key()).unwrap();
    let half = backup("half.db");
    assert!(half.ok && half.err.contains("warning: the root key is missing") && half.err.contains("root.key"), "{half:?}");
}
