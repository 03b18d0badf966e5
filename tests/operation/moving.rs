//! `keyward migrate-store`, and backups of a store in PostgreSQL: with a real one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use keyward_cluster::Postgres;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::client::Tokens;
use crate::command::{KEYWARD, Said, run};
use crate::fixture::{ADMIN, C1, C2, DORY, MARLIN};
use crate::real;
use crate::server::{Home, Server};

const PARTS: &str = "a real PostgreSQL";

struct Database {
    postgres: Postgres,
    folder: TempDir,
}

impl Database {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let postgres = Postgres::start(&folder.path().join("postgres"), &[("fsync", "off")]).unwrap();
        for name in ["one", "two"] {
            postgres.create(name).unwrap();
        }
        Self { postgres, folder }
    }

    /// `one` of them, as an argument: the file that holds its URL.
    fn argument(&self, one: &str) -> String {
        let file = self.folder.path().join(format!("{one}.url"));
        fs::write(&file, self.postgres.url(one)).unwrap();
        format!("@{}", file.display())
    }

    fn count(&self, database: &str, table: &str) -> u64 {
        self.postgres.ask(database, &format!("SELECT COUNT(*) FROM {table}")).map_or(0, |count| count.parse().unwrap())
    }
}

fn migrate(from: &str, to: &str) -> Said {
    run(Command::new(KEYWARD).args(["migrate-store", from, to]), "")
}

/// The argument for the SQLite store of `home`.
fn file(home: &Home) -> String {
    format!("sqlite:{}", home.database().display())
}

fn on(home: Home, url: &str) -> Home {
    home.with(&format!("[store]\nurl = '{url}'"))
}

#[test]
fn whatever_is_valid_stays_valid_there_and_back() {
    if !real::are_there(PARTS) {
        return;
    }
    let database = Database::start();
    let server = Server::start();
    let (kept, ended) = (server.standard().login(C1, DORY), server.standard().login(C1, MARLIN));
    let chain = server.standard().login(C2, DORY);
    let chain = server.standard().refresh(C2, chain.refresh());
    server.standard().revoke(C1, ended.refresh());
    let home = server.stop();

    let source = file(&home);
    let said = migrate(&source, &database.argument("one")).done();
    assert!(said.contains("authorizations") && said.contains("same"), "{said}");
    let server = on(home, &database.postgres.url("one")).start();
    let chain = still_valid(&server, &kept, &ended, &chain);
    let later = server.standard().login(C1, ADMIN);
    let home = server.stop();

    // From one PostgreSQL to another, and back into a file.
    migrate(&database.argument("one"), &database.argument("two")).done();
    let back = format!("sqlite:{}", home.path("back.db").display());
    migrate(&database.argument("two"), &back).done();
    let server = on(home, "sqlite:back.db").start();
    still_valid(&server, &kept, &ended, &chain);
    assert!(server.standard().is_active(C1, &later.access), "what was issued on PostgreSQL is valid on SQLite");
    server.standard().refresh(C1, later.refresh());
}

fn still_valid(server: &Server, kept: &Tokens, ended: &Tokens, chain: &Tokens) -> Tokens {
    let site = server.standard();
    assert!(site.is_active(C1, &kept.access) && !site.is_active(C1, &ended.access));
    site.ask_refresh(C1, ended.refresh()).refused(400, "invalid_grant");
    let next = site.refresh(C2, chain.refresh());
    assert!(site.is_active(C2, &next.access));
    next
}

#[test]
fn a_copy_that_was_killed_serves_nobody_and_goes_on() {
    if !real::are_there(PARTS) {
        return;
    }
    let database = Database::start();
    let server = Server::start();
    let tokens = server.standard().login(C1, DORY);
    let home = server.stop();
    let source = Connection::open(home.database()).unwrap();
    source
        .execute_batch(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 200000)
             INSERT INTO authorizations (id, client, user_id, grant_type, scope, audience, created_at, authenticated_at, expires_at, generation,
                 rotated_at, key_id, secret, client_epoch, user_epoch)
             SELECT CAST(printf('%016d', n) AS BLOB), 'x', x'00', 'password', '', '', 1, 1, 1, 0, 1, 1, randomblob(16), 1, 1 FROM n",
        )
        .unwrap();
    drop(source);
    let arguments = [file(&home), database.argument("one")];
    let mut first = Command::new(KEYWARD).arg("migrate-store").args(&arguments).stderr(Stdio::null()).spawn().unwrap();
    while database.count("one", "authorizations") < 5000 {
        assert!(first.try_wait().unwrap().is_none(), "it ended before it could be killed");
        sleep(Duration::from_millis(5));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let begun = database.count("one", "authorizations");
    assert!(begun < 200_000);
    let (home, said) = on(home, &database.postgres.url("one")).refuse();
    assert!(said.contains("not finished") && said.contains("migrate-store"), "{said}");

    let said = migrate(&arguments[0], &arguments[1]).done();
    let row = said.lines().find(|line| line.starts_with("authorizations")).unwrap();
    let numbers: Vec<u64> = row.split_whitespace().skip(1).map(|number| number.parse().unwrap()).collect();
    assert!(numbers[0] > 200_000 && numbers[1] <= numbers[0] - begun, "{said}");
    let server = home.start();
    server.standard().refresh(C1, tokens.refresh());
}

#[test]
fn sec_q06_a_password_in_an_argument_is_refused_and_never_shown() {
    let said = migrate("sqlite:keyward.db", "postgres://keyward:canary@127.0.0.1:1/keyward").failed();
    assert!(said.contains("@FILE") && !said.contains("canary"), "{said}");
    let said = migrate("sqlite:keyward.db", "postgres:canary@127.0.0.1").failed();
    assert!(said.contains("expected sqlite:PATH") && !said.contains("canary"), "{said}");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("url");
    fs::write(&file, "postgres://keyward:canary@127.0.0.1:1/keyward\n").unwrap();
    let said = migrate(&format!("@{}", file.display()), "sqlite:never-made.db").failed();
    assert!(said.contains("postgres://127.0.0.1:1/keyward") && !said.contains("canary"), "{said}");
}

#[test]
fn a_backup_of_a_shared_store_is_a_file_and_is_restored_there() {
    if !real::are_there(PARTS) {
        return;
    }
    let database = Database::start();
    let server = on(Home::demo(), &database.postgres.url("one")).start();
    let site = server.standard();
    let (kept, revoked) = (site.login(C1, DORY), site.login(C1, MARLIN));
    let backup = server.home().path("backup.db").to_str().unwrap().to_owned();
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| (0..50).fold(site.login(C2, DORY), |tokens, _| site.refresh(C2, tokens.refresh())));
        server.keyward(&["backup", &backup]).done();
        busy.join().unwrap();
    });
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o077, 0, "a backup is for its owner alone");
    assert!(!fs::exists(format!("{backup}-wal")).unwrap());
    site.revoke(C1, revoked.refresh());
    let said = server.keyward(&["restore", &backup, "--replace"]).failed();
    assert!(said.contains("a server works on"), "{said}");
    let home = server.stop();

    let said = home.keyward(&["restore", &backup]).failed();
    assert!(said.contains("there is a store"), "{said}");
    home.keyward(&["restore", &backup, "--replace"]).done();
    let server = home.start();
    assert!(!server.standard().is_active(C1, &kept.access), "access tokens made before are dead");
    server.standard().refresh(C1, kept.refresh());
    let again = server.standard().refresh(C1, revoked.refresh());
    let home = server.stop();

    // Into an empty one, with an end to everything.
    let home = on(home, &database.postgres.url("two"));
    home.keyward(&["restore", &backup, "--end-authorizations"]).done();
    let server = home.start();
    server.standard().ask_refresh(C1, revoked.refresh()).refused(400, "invalid_grant");
    server.standard().login(C1, DORY);
    let home = server.stop();

    // As after pg_restore: the database is there, and only what it cannot know remains to be done.
    let home = on(home, &database.postgres.url("one"));
    home.keyward(&["restore", "--recovered"]).done();
    let server = home.start();
    assert!(!server.standard().is_active(C1, &again.access));
    server.standard().refresh(C1, again.refresh());
}
