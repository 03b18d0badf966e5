//! Databases that cannot become Keyward's: a server does not start on them, and says why.

use std::fs;
use std::path::PathBuf;

use super::{DATABASE, Shared};

#[test]
fn a_database_that_does_not_hold_every_name_is_refused() {
    let Some(shared) = Shared::start(&[]) else { return };
    shared.postgres.ask("postgres", "CREATE DATABASE narrow ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0").unwrap();
    let (_, said) = shared.home_at(&shared.postgres.url("narrow")).refuse();
    assert!(said.contains("its encoding is LATIN1") && said.contains("ENCODING 'UTF8'"), "{said}");
}

#[test]
fn a_database_with_tables_of_another_program_is_refused_and_left_as_it_is() {
    let Some(shared) = Shared::start(&[]) else { return };
    shared.postgres.create("other").unwrap();
    shared.postgres.ask("other", "CREATE TABLE users (a INT)").unwrap();
    let (_, said) = shared.home_at(&shared.postgres.url("other")).refuse();
    assert!(said.contains("\"users\" already exists, and is not Keyward's"), "{said}");
    assert_eq!(shared.postgres.ask("other", "SELECT COUNT(*) FROM users").unwrap().trim(), "0");
}

#[test]
fn a_database_that_wants_a_password_is_not_tried_without_one() {
    let Some(shared) = Shared::start(&[]) else { return };
    let url = shared.postgres.url(DATABASE);
    let data = PathBuf::from(shared.postgres.ask("postgres", "SHOW data_directory").unwrap());
    fs::write(data.join("pg_hba.conf"), "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n").unwrap();
    shared.postgres.ask("postgres", "SELECT pg_reload_conf()").unwrap();
    let (_, said) = shared.home_at(&url).refuse();
    assert!(said.contains("correct store.url: a user, a password"), "{said}");
}
