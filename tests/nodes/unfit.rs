//! Databases that cannot become Keyward's: a server does not start on them, and says why.

use super::Shared;

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
