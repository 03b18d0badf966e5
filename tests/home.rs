//! A folder with a configuration: what a server is started in.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

pub use keyward_cluster::free_address;
use tempfile::TempDir;
use toml::{Table, Value};

use crate::command::{KEYWARD, Said, run};
use crate::fixture::{ADDITIONS, ADMIN, DORY, MARLIN};
use crate::postgres;

/// A folder with a configuration, and no server running in it.
pub struct Home {
    dir: TempDir,
    config: Table,
}

impl Home {
    /// The demo's set-up with [`ADDITIONS`], on free ports.
    pub fn demo() -> Self {
        let mut home = Self::of(demo_fixture()).with(ADDITIONS);
        // Their passwords in the clear, so that they are hashed at the price of these tests.
        for (name, password) in [DORY, ADMIN, MARLIN] {
            home = home.with_user(name, &format!("password = '{password}'"));
            home.entry("user", "username", name).remove("password_hash");
        }
        home
    }

    /// The set-up `text`, on free ports.
    pub fn of(text: &str) -> Self {
        let config = text.parse().expect("the configuration is TOML");
        let home = Self { dir: TempDir::new().unwrap(), config }.on_free_ports(|_| true);
        match postgres::url(home.dir.path()) {
            Some(url) => home.with(&format!("store.url = '{url}'")),
            None => home,
        }
    }

    /// Adds the settings of `text`: tables are merged, arrays of tables grow, anything else is replaced. An address
    /// with the port 0 becomes a free one.
    pub fn with(mut self, text: &str) -> Self {
        merge(&mut self.config, text.parse().expect("the addition is TOML"));
        self.on_free_ports(|address| address.ends_with(":0"))
    }

    /// Lets the listener of `profile` be the issuer, as people and clients find it.
    pub fn with_issuer_of(self, profile: &str) -> Self {
        let listeners = self.setting("listener").and_then(Value::as_array).unwrap();
        let listener = listeners.iter().find(|listener| listener.get("profile").and_then(Value::as_str) == Some(profile));
        let issuer = format!("issuer = 'http://{}'", listener.unwrap()["address"].as_str().unwrap());
        self.with(&issuer)
    }

    /// Replaces settings of the client `id`.
    pub fn with_client(self, id: &str, text: &str) -> Self {
        self.with_entry("client", "id", id, text)
    }

    /// Replaces settings of the user `name`.
    pub fn with_user(self, name: &str, text: &str) -> Self {
        self.with_entry("user", "username", name, text)
    }

    /// Replaces settings of the listener of `profile`.
    pub fn with_listener(self, profile: &str, text: &str) -> Self {
        self.with_entry("listener", "profile", profile, text)
    }

    fn with_entry(mut self, array: &str, key: &str, name: &str, text: &str) -> Self {
        merge(self.entry(array, key, name), text.parse().unwrap());
        self
    }

    fn entry(&mut self, array: &str, key: &str, name: &str) -> &mut Table {
        let entries = self.config[array].as_array_mut().unwrap().iter_mut();
        let found = entries.filter_map(Value::as_table_mut).find(|entry| entry[key].as_str() == Some(name));
        found.unwrap_or_else(|| panic!("no {array} {name} in the fixture"))
    }

    /// Removes the client or user whose `key` is `name` from the configuration.
    pub fn without(mut self, array: &str, key: &str, name: &str) -> Self {
        let entries = self.config[array].as_array_mut().unwrap();
        let before = entries.len();
        entries.retain(|entry| entry[key].as_str() != Some(name));
        assert_eq!(entries.len(), before - 1, "{array} {name} was in the fixture");
        self
    }

    fn on_free_ports(mut self, which: impl Fn(&str) -> bool) -> Self {
        let listeners = self.config.get_mut("listener").and_then(Value::as_array_mut).unwrap().iter_mut();
        for listener in listeners.filter_map(Value::as_table_mut) {
            move_to_free_port(listener, &which);
        }
        if let Some(metrics) = self.config.get_mut("metrics").and_then(Value::as_table_mut) {
            move_to_free_port(metrics, &which);
        }
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Where the configuration is written to.
    pub fn config_path(&self) -> PathBuf {
        self.path("keyward.toml")
    }

    /// The value of a setting by its path, such as `store.url`.
    pub fn setting(&self, path: &str) -> Option<&Value> {
        let mut names = path.split('.');
        let first = self.config.get(names.next()?);
        names.fold(first, |value, name| value?.get(name))
    }

    fn store_url(&self) -> &str {
        self.setting("store.url").and_then(Value::as_str).expect("store.url is written out")
    }

    /// The SQLite file of the configured store.
    pub fn database(&self) -> PathBuf {
        self.path(self.store_url().strip_prefix("sqlite:").expect("the demo's store is SQLite"))
    }

    /// Changes rows behind the server's back; returns how many.
    pub fn change(&self, sql: &str) -> usize {
        let url = self.store_url();
        match url.strip_prefix("sqlite:") {
            Some(_) => rusqlite::Connection::open(self.database()).unwrap().execute(sql, []).unwrap(),
            None => postgres::psql(url, sql).split_whitespace().last().and_then(|count| count.parse().ok()).expect("a count of rows"),
        }
    }

    /// How many rows a table has.
    pub fn rows(&self, table: &str) -> i64 {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        let url = self.store_url();
        match url.strip_prefix("sqlite:") {
            Some(_) => rusqlite::Connection::open(self.database()).unwrap().query_row(&sql, [], |row| row.get(0)).unwrap(),
            None => postgres::psql(url, &sql).trim().parse().unwrap(),
        }
    }

    /// The file of the configured root key.
    pub fn root_key(&self) -> PathBuf {
        self.path(self.setting("keys.root_key_file").and_then(Value::as_str).expect("keys.root_key_file is written out"))
    }

    /// Writes the configuration.
    pub fn write(&self) {
        fs::write(self.config_path(), self.config.to_string()).unwrap();
    }

    /// Runs a command of the program on this configuration, with nothing on its standard input.
    pub fn keyward(&self, arguments: &[&str]) -> Said {
        self.keyward_reading("", arguments)
    }

    /// Runs a command with `input` on its standard input.
    pub fn keyward_reading(&self, input: &str, arguments: &[&str]) -> Said {
        self.write();
        run(Command::new(KEYWARD).args(arguments).arg("--config").arg(self.config_path()), input)
    }
}

/// What `keyward init --demo` writes; asked for once.
pub fn demo_fixture() -> &'static str {
    static FIXTURE: OnceLock<String> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let dir = TempDir::new().unwrap();
        run(Command::new(KEYWARD).args(["init", "--demo"]).arg(dir.path()), "").done();
        fs::read_to_string(dir.path().join("keyward.toml")).unwrap()
    })
}

fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (Some(Value::Array(old)), Value::Array(new)) if new.iter().any(Value::is_table) => old.extend(new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Gives a table with an `address` a free port, where `which` says so of the address it has.
fn move_to_free_port(table: &mut Table, which: impl Fn(&str) -> bool) {
    let address = table.get_mut("address").expect("a listener has an address");
    if which(address.as_str().unwrap()) {
        *address = free_address().to_string().into();
    }
}
