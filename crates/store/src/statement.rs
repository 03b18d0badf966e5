//! Every statement Keyward runs on its tables, on one page.
//!
//! They keep to what SQLite and PostgreSQL both speak. Parameters are written `$1`, `$2`, …; SQLite takes `$1` for a
//! *name* and numbers names by first appearance, so there they become `?1`, `?2`, ….

use std::sync::OnceLock;

/// One statement, and the table it is about.
#[derive(Debug)]
pub struct Statement {
    /// For messages.
    pub table: &'static str,
    sql: &'static str,
    sqlite: OnceLock<String>,
}

impl Statement {
    const fn new(table: &'static str, sql: &'static str) -> Self {
        Statement { table, sql, sqlite: OnceLock::new() }
    }

    /// The text for SQLite.
    pub fn sqlite(&self) -> &str {
        self.sqlite.get_or_init(|| self.sql.replace('$', "?"))
    }
}

macro_rules! statements {
    ($($name:ident: $table:literal, $sql:literal;)+) => {
        $(pub static $name: Statement = Statement::new($table, $sql);)+

        /// All of them, for the test that runs each.
        #[cfg(test)]
        pub static EVERY: &[&Statement] = &[$(&$name),+];
    };
}

statements! {
    AUTHORIZE: "authorizations",
        "INSERT INTO authorizations (id, client, user_id, grant_type, scope, audience, created_at, authenticated_at, expires_at, generation,
            rotated_at, key_id, secret, client_epoch, user_epoch, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING";
    ROTATE: "authorizations",
        "UPDATE authorizations SET generation = $3, rotated_at = $4
         WHERE id = $1 AND generation = $2 AND revoked_at IS NULL AND expires_at > $4";
    CONFIRM: "authorizations",
        "UPDATE authorizations SET generation = $2 WHERE id = $1 AND generation = $2 AND revoked_at IS NULL AND expires_at > $3";
    REVOKE: "authorizations",
        "UPDATE authorizations SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    REVOKE_EVERYTHING: "authorizations",
        "UPDATE authorizations SET revoked_at = $1 WHERE revoked_at IS NULL";
    LIVE_AUTHORIZATIONS: "authorizations",
        "SELECT COUNT(*) FROM authorizations WHERE revoked_at IS NULL AND expires_at > $1";
    AUTHORIZATION: "authorizations",
        "SELECT id, client, user_id, grant_type, scope, audience, created_at, authenticated_at, expires_at, generation, rotated_at, key_id,
            secret, client_epoch, user_epoch, revoked_at FROM authorizations WHERE id = $1";
    ENDED_AUTHORIZATIONS: "authorizations",
        "DELETE FROM authorizations WHERE id IN (SELECT id FROM authorizations WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

    REVOKE_TOKEN: "revoked_tokens",
        "INSERT INTO revoked_tokens (id, client, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    REVOKED_TOKEN: "revoked_tokens",
        "SELECT expires_at FROM revoked_tokens WHERE id = $1";
    ENDED_TOKENS: "revoked_tokens",
        "DELETE FROM revoked_tokens WHERE id IN (SELECT id FROM revoked_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

    ADD_CLIENT: "clients",
        "INSERT INTO clients (id, epoch, secret_key, secret_mac, created_at, origin, registration)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    REPLACE_CLIENT: "clients",
        "UPDATE clients SET epoch = $3, secret_key = $4, secret_mac = $5, origin = $6, registration = $7 WHERE id = $1 AND epoch = $2";
    REMOVE_CLIENT: "clients",
        "DELETE FROM clients WHERE id = $1 AND epoch = $2";
    CLIENT: "clients",
        "SELECT id, epoch, secret_key, secret_mac, created_at, origin, registration FROM clients WHERE id = $1";
    CLIENTS: "clients",
        "SELECT id, epoch, secret_key, secret_mac, created_at, origin, registration FROM clients ORDER BY id";

    ADD_USER: "users",
        "INSERT INTO users (id, account, username, epoch, password, admin_since, disabled_at, created_at, origin)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    REPLACE_USER: "users",
        "UPDATE users SET epoch = $3, password = $4, admin_since = $5, disabled_at = $6, origin = $7 WHERE id = $1 AND epoch = $2";
    REMOVE_USER: "users",
        "DELETE FROM users WHERE id = $1 AND epoch = $2";
    USER: "users",
        "SELECT id, username, epoch, password, admin_since, disabled_at, created_at, origin FROM users WHERE id = $1";
    USER_BY_ACCOUNT: "users",
        "SELECT id, username, epoch, password, admin_since, disabled_at, created_at, origin FROM users WHERE account = $1";
    USERS: "users",
        "SELECT id, username, epoch, password, admin_since, disabled_at, created_at, origin FROM users ORDER BY account";

    PUT_KEY: "keys",
        "INSERT INTO keys (id, usage, wrapped, root_key, created_at, use_from, keep_until) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET wrapped = excluded.wrapped, root_key = excluded.root_key, keep_until = excluded.keep_until";
    REMOVE_KEY: "keys",
        "DELETE FROM keys WHERE id = $1";
    KEYS: "keys",
        "SELECT id, usage, wrapped, root_key, created_at, use_from, keep_until FROM keys ORDER BY usage, use_from, id";
    ENDED_KEYS: "keys",
        "DELETE FROM keys WHERE keep_until < $1 AND id NOT IN (SELECT secret_key FROM clients WHERE secret_key IS NOT NULL)";

    STANDING: "store",
        "SELECT epoch, recovered_at FROM store WHERE id = 1";
    RECOVERED: "store",
        "UPDATE store SET epoch = $1, recovered_at = $2 WHERE id = 1";
}

#[cfg(test)]
mod tests;
