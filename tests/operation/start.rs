//! `keyward init`, `keyward demo`, and what a start refuses.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::command::{KEYWARD, run};
use crate::fixture::{C1, DORY, SKYVAULT};
use crate::home::{demo_fixture, free_address};
use crate::postgres;
use crate::server::{Home, Server};

#[test]
fn the_demo_set_up_names_a_port_in_its_address_lines_and_its_issuer_alone() {
    let mut addresses = Vec::new();
    for line in demo_fixture().lines() {
        let setting = line.split('#').next().unwrap_or_default().trim();
        if setting.starts_with("issuer") {
            assert_eq!(setting, "issuer = \"http://127.0.0.1:9191\"");
        } else if let Some(address) = setting.strip_prefix("address = ") {
            addresses.push(address.trim_matches('"').to_owned());
        } else {
            for host in ["127.0.0.1:", "localhost:", "[::1]:"] {
                assert!(!setting.contains(host), "a fixed port outside the address lines: {line}");
            }
        }
    }
    assert!(addresses.contains(&"127.0.0.1:9191".to_owned()) && addresses.contains(&"127.0.0.1:8089".to_owned()));
    let loopback = addresses.iter().all(|address| address.starts_with("127.0.0.1:"));
    assert!(loopback, "the demo binds to loopback only: {addresses:?}");
}

#[test]
fn init_writes_a_set_up_that_is_valid_and_overwrites_nothing() {
    for demo in [false, true] {
        let dir = TempDir::new().unwrap();
        let init = || {
            let mut command = Command::new(KEYWARD);
            command.arg("init").args(demo.then_some("--demo")).arg(dir.path());
            run(&mut command, "")
        };
        init().done();
        let config = dir.path().join("keyward.toml");
        run(Command::new(KEYWARD).args(["check-config", "--config"]).arg(&config), "").done();
        assert!(fs::read_to_string(&config).unwrap().contains("# "), "the file is commented");
        fs::write(&config, "# mine\n").unwrap();
        assert!(init().failed().contains("keyward.toml"), "says which file is in the way");
        assert_eq!(fs::read_to_string(&config).unwrap(), "# mine\n");
    }
}

#[test]
fn secrets_written_by_the_program_are_for_the_owner_alone() {
    let server = Server::start();
    let key = fs::metadata(server.home().root_key()).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
    for entry in fs::read_dir(server.home().path("")).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o077;
        let name = entry.file_name().into_string().unwrap();
        if kind.is_socket() || name.contains(".db") {
            assert_eq!(mode, 0, "{name} is open to others");
        }
    }
}

/// `keyward demo` on this folder, until it has said `last` or ended; what it has said, results and remarks in one.
fn demo(data: &Path, last: &str) -> String {
    let (read, write) = std::io::pipe().unwrap();
    let mut command = Command::new(KEYWARD);
    command.args(["demo", "--data"]).arg(data).stdout(write.try_clone().unwrap()).stderr(write);
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut said = String::new();
    for line in BufReader::new(read).lines().map_while(Result::ok) {
        said.push_str(&format!("{line}\n"));
        if line.contains(last) {
            break;
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    said
}

#[test]
fn demo_keeps_its_data_and_serves_the_set_up_it_finds() {
    if postgres::is_the_store() {
        return;
    }
    let home = Home::of(demo_fixture());
    home.write();
    let said = demo(&home.path(""), "/secure");
    let ready = said.lines().position(|line| line == "ready").expect("a line of its own");
    let hints = said.lines().position(|line| line == "Try:").expect("what to try");
    assert!(ready < hints, "what to try works when it is said: {said}");
    assert!(home.database().exists() && home.root_key().exists());
    home.start().skyvault().login(SKYVAULT, DORY);
}

#[test]
fn demo_does_not_touch_a_folder_that_holds_something_else() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("letter.txt"), "dear marlin").unwrap();
    let said = demo(dir.path(), "Try:");
    assert!(said.contains("holds other files") && said.contains("empty folder"), "{said}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);

    let home = Home::of("issuer = 'http://127.0.0.1:1'\n[[listener]]\naddress = '127.0.0.1:0'");
    home.write();
    let said = demo(&home.path(""), "Try:");
    assert!(said.contains("another set-up") && said.contains("keyward serve --config"), "{said}");
    assert!(!home.path("keyward.db").exists());
}

#[test]
fn demo_on_a_port_that_is_taken_says_which_and_where_to_choose_another() {
    let home = Home::of(demo_fixture());
    home.write();
    let address = home.setting("listener").unwrap().as_array().unwrap()[1]["address"].as_str().unwrap().to_owned();
    let _taken = TcpListener::bind(&address).unwrap();
    let said = demo(&home.path(""), "Try:");
    assert!(said.contains(&address) && said.contains("To choose another port, edit"), "{said}");
    assert!(!said.contains("Try:") && said.lines().all(|line| line != "ready"), "{said}");
}

#[test]
fn without_its_root_key_a_store_is_not_opened() {
    let home = Server::start().stop();
    let (key, aside) = (home.root_key(), home.path("aside"));
    fs::rename(&key, &aside).unwrap();
    let (home, said) = home.refuse();
    assert!(said.contains("root.key") && said.contains("root key"), "{said}");
    assert!(!home.root_key().exists(), "no new key is made for a store that has one");
    fs::rename(&aside, &key).unwrap();
    home.start().standard().login(C1, DORY);
}

#[test]
fn with_the_wrong_root_key_a_store_is_not_opened() {
    let (home, stranger) = (Server::start().stop(), Server::start().stop());
    let own = fs::read(home.root_key()).unwrap();
    fs::write(home.root_key(), fs::read(stranger.root_key()).unwrap()).unwrap();
    let (home, said) = home.refuse();
    assert!(said.contains("root.key") && said.contains("root key"), "{said}");
    for garbage in [&b""[..], b"short", &[0xff; 4096]] {
        fs::write(home.root_key(), garbage).unwrap();
        let complaint = home.keyward(&["user", "list"]).failed();
        assert!(complaint.contains("root.key"), "{complaint}");
    }
    fs::write(home.root_key(), own).unwrap();
    home.start().standard().login(C1, DORY);
}

#[test]
fn a_root_key_others_can_read_is_refused() {
    let home = Server::start().stop();
    for mode in [0o644, 0o640, 0o604, 0o660] {
        fs::set_permissions(home.root_key(), Permissions::from_mode(mode)).unwrap();
        let complaint = home.keyward(&["user", "list"]).failed();
        assert!(complaint.contains("root.key") && complaint.contains("600"), "says how to mend it: {complaint}");
    }
    let (home, said) = home.refuse();
    assert!(said.contains("root.key") && said.contains("600"), "{said}");
    fs::set_permissions(home.root_key(), Permissions::from_mode(0o600)).unwrap();
    home.start();
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    if postgres::is_the_store() {
        return;
    }
    let home = Server::start().stop();
    let database = rusqlite::Connection::open(home.database()).unwrap();
    let version: i64 = database.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert!(version > 0, "the version of the schema is the user_version");
    database.pragma_update(None, "user_version", version + 1).unwrap();
    drop(database);
    let before = fs::read(home.database()).unwrap();
    let (home, said) = home.refuse();
    assert!(said.contains("newer"), "{said}");
    assert!(said.contains(&(version + 1).to_string()) && said.contains(&version.to_string()), "both versions: {said}");
    assert_eq!(fs::read(home.database()).unwrap(), before);
    rusqlite::Connection::open(home.database()).unwrap().pragma_update(None, "user_version", version).unwrap();
    home.start();
}

#[test]
fn a_file_that_is_not_a_store_is_named() {
    if postgres::is_the_store() {
        return;
    }
    let home = Home::demo();
    fs::write(home.database(), "this is not a database, it is a letter".repeat(300)).unwrap();
    let name = home.database().file_name().unwrap().to_str().unwrap().to_owned();
    let (_, said) = home.refuse();
    assert!(said.contains(&name), "{said}");
    assert!(said.contains("restore a backup, or name another file"), "says how to mend it: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_store_in_no_folder_and_one_that_is_a_folder_are_refused_and_leave_nothing() {
    let (_, said) = Home::demo().with("[store]\nurl = 'sqlite:none/keyward.db'").refuse();
    assert!(said.contains("there is no folder") && said.contains("store.url"), "{said}");
    let home = Home::demo().with("[store]\nurl = 'sqlite:folder'");
    fs::create_dir(home.path("folder")).unwrap();
    let (home, said) = home.refuse();
    assert!(said.contains("expected a file, found a folder") && said.contains("store.url"), "{said}");
    assert!(!home.path("folder.lock").exists());
}

#[test]
fn a_root_key_that_is_a_folder_or_has_none_is_named() {
    let home = Home::demo();
    fs::create_dir(home.root_key()).unwrap();
    let (_, said) = home.refuse();
    assert!(said.contains("root.key is no file") && !said.contains("chmod"), "{said}");
    let (_, said) = Home::demo().with("[keys]\nroot_key_file = 'none/root.key'").refuse();
    assert!(said.contains("none/root.key") && said.contains("make its folder first"), "{said}");
}

#[test]
fn a_second_server_on_one_store_is_refused_and_the_first_goes_on() {
    if postgres::is_the_store() {
        return;
    }
    let server = Server::start();
    let tokens = server.standard().login(C1, DORY);
    let other = server.home().path("second.toml");
    let mut config: toml::Table = fs::read_to_string(server.home().config_path()).unwrap().parse().unwrap();
    for listener in config["listener"].as_array_mut().unwrap() {
        *listener.get_mut("address").unwrap() = free_address().to_string().into();
    }
    fs::write(&other, config.to_string()).unwrap();
    let said = run(Command::new(KEYWARD).args(["serve", "--config"]).arg(&other), "");
    let complaint = said.failed();
    let name = server.home().database().file_name().unwrap().to_str().unwrap().to_owned();
    assert!(complaint.contains(&name), "names the file: {complaint}");
    assert!(complaint.contains("another") || complaint.contains("in use") || complaint.contains("locked"), "{complaint}");
    server.standard().refresh(C1, tokens.refresh());
    server.keyward(&["user", "list"]).done();
}

#[test]
fn a_port_that_is_taken_is_named() {
    let home = Home::demo();
    let address = home.setting("listener").unwrap().as_array().unwrap()[0]["address"].as_str().unwrap().to_owned();
    let _taken = TcpListener::bind(&address).unwrap();
    let (_, said) = home.refuse();
    assert!(said.contains(&address), "{said}");
}

#[test]
fn a_missing_configuration_file_is_named() {
    let dir = TempDir::new().unwrap();
    let missing = dir.path().join("keyward.toml");
    let complaint = run(Command::new(KEYWARD).args(["serve", "--config"]).arg(&missing), "").failed();
    assert!(complaint.contains(missing.to_str().unwrap()) && complaint.contains("keyward init"), "{complaint}");
}

#[test]
fn a_server_killed_at_any_moment_starts_again_by_itself() {
    let mut server = Server::start();
    for _ in 0..3 {
        let tokens = server.standard().login(C1, DORY);
        server = server.kill().start();
        assert!(server.standard().is_active(C1, &tokens.access));
        server.standard().refresh(C1, tokens.refresh());
    }
}

#[test]
fn a_store_that_is_made_anew_beside_an_old_root_key_is_pointed_out() {
    if postgres::is_the_store() {
        return;
    }
    let server = Server::start();
    let said = |server: &Server| server.log().lines().any(|line| line.contains("WARN") && line.contains("a new one is made"));
    assert!(!said(&server), "at the first start there is neither");
    let home = server.stop();
    fs::remove_file(home.database()).unwrap();
    assert!(said(&home.start()));
}
