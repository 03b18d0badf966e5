//! Every statement Keyward runs on its tables, on one page.
//!
//! They keep to what SQLite and PostgreSQL both speak. Parameters are written `$1`, `$2`, …; SQLite takes `$1` for a
//! *name* and numbers names by first appearance, so there they become `?1`, `?2`, …. Where a statement writes one row of many, `$1`
//! is its key, or begins it: writes that share a transaction are put in order by it, so that two transactions cannot wait for each other.
//!
//! What removes rows by a list of them says its condition twice: PostgreSQL looks at it again, and not at the list, when it had to wait for
//! somebody who changed the row.

use std::sync::OnceLock;

/// One statement, and the table it is about.
#[derive(Debug)]
pub struct Statement {
    /// For messages.
    pub table: &'static str,
    sql: &'static str,
    sqlite: OnceLock<String>,
    for_many: OnceLock<String>,
}

impl Statement {
    const fn new(table: &'static str, sql: &'static str) -> Self {
        Statement { table, sql, sqlite: OnceLock::new(), for_many: OnceLock::new() }
    }

    /// The text for PostgreSQL.
    pub fn postgres(&self) -> &'static str {
        self.sql
    }

    /// The text for SQLite.
    pub fn sqlite(&self) -> &str {
        self.sqlite.get_or_init(|| self.sql.replace('$', "?"))
    }

    /// The text for PostgreSQL that asks a question with parameters for many values of them at once. Each parameter is an array there,
    /// and each row begins with the place in the arrays, from 1, of the values it was found by. Rows come in any order.
    pub fn for_many(&self) -> &str {
        self.for_many.get_or_init(|| {
            let count = (1..=99).take_while(|n| self.sql.contains(&format!("${n}"))).count();
            let list = |prefix| (1..=count).map(|n| format!("{prefix}{n}")).collect::<Vec<_>>().join(", ");
            let question = (1..=count).rev().fold(self.sql.to_owned(), |sql, n| sql.replace(&format!("${n}"), &format!("given.p{n}")));
            let (arrays, names) = (list("$"), list("p"));
            format!(
                "SELECT given.place, found.* FROM UNNEST({arrays}) WITH ORDINALITY AS given ({names}, place) \
                 CROSS JOIN LATERAL ({question}) AS found"
            )
        })
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
            rotated_at, key_id, secret, client_epoch, user_epoch, consent_epoch, session, code_key, redirect_uri, code_challenge, redeemed_at,
            revoked_at, attempt)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
         ON CONFLICT DO NOTHING";
    REDEEM: "authorizations",
        "UPDATE authorizations SET redeemed_at = $2, rotated_at = $2, expires_at = $3, attempt = $4
         WHERE id = $1 AND redeemed_at IS NULL AND code_key IS NOT NULL AND revoked_at IS NULL AND expires_at > $2";
    ROTATE: "authorizations",
        "UPDATE authorizations SET generation = $3, rotated_at = $4, attempt = $5
         WHERE id = $1 AND generation = $2 AND revoked_at IS NULL AND expires_at > $4";
    CONFIRM: "authorizations",
        "UPDATE authorizations SET generation = $2 WHERE id = $1 AND generation = $2 AND revoked_at IS NULL AND expires_at > $3";
    REVOKE: "authorizations",
        "UPDATE authorizations SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    WRITTEN_BY: "authorizations",
        "SELECT id FROM authorizations WHERE id = $1 AND attempt = $2";
    REVOKE_EVERYTHING: "authorizations",
        "UPDATE authorizations SET revoked_at = $1 WHERE revoked_at IS NULL";
    LIVE_AUTHORIZATIONS: "authorizations",
        "SELECT COUNT(*) FROM authorizations WHERE revoked_at IS NULL AND expires_at > $1";
    AUTHORIZATION: "authorizations",
        "SELECT id, client, user_id, grant_type, scope, audience, created_at, authenticated_at, expires_at, generation,
            rotated_at, key_id, secret, client_epoch, user_epoch, consent_epoch, session, code_key, redirect_uri, code_challenge, redeemed_at,
            revoked_at FROM authorizations WHERE id = $1";
    GROUNDED: "authorizations",
        "SELECT a.id, a.client, a.user_id, a.grant_type, a.scope, a.audience, a.created_at, a.authenticated_at, a.expires_at, a.generation,
            a.rotated_at, a.key_id, a.secret, a.client_epoch, a.user_epoch, a.consent_epoch, a.session, a.code_key, a.redirect_uri,
            a.code_challenge, a.redeemed_at, a.revoked_at, r.id,
            u.id, u.username, u.epoch, u.sign_in_epoch, u.revision, u.password, u.admin_since, u.disabled_at, u.created_at, u.origin,
            s.id, s.user_id, s.digest, s.agent, s.authenticated_at, s.seen_at, s.expires_at, s.sign_in_epoch, s.ended_at, k.epoch,
            c.id, c.epoch, c.revision, c.secret_key, c.secret_mac, c.created_at, c.used_at, c.origin, c.owner, c.registration_token,
            c.registration
         FROM authorizations a LEFT JOIN revoked_tokens r ON r.id = $2 LEFT JOIN users u ON u.id = a.user_id
            LEFT JOIN sessions s ON s.id = a.session LEFT JOIN consents k ON k.user_id = a.user_id AND k.client = a.client
            LEFT JOIN clients c ON c.id = a.client
         WHERE a.id = $1";
    AUTHORIZATIONS_OF_USER: "authorizations",
        "SELECT id, client, user_id, grant_type, scope, audience, created_at, authenticated_at, expires_at, generation,
            rotated_at, key_id, secret, client_epoch, user_epoch, consent_epoch, session, code_key, redirect_uri, code_challenge, redeemed_at,
            revoked_at FROM authorizations
         WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND (code_key IS NULL OR redeemed_at IS NOT NULL)
         ORDER BY id DESC LIMIT $3";
    NEWEST_AUTHORIZATIONS: "authorizations",
        "SELECT id, client, user_id, grant_type, scope, audience, created_at, authenticated_at, expires_at, generation,
            rotated_at, key_id, secret, client_epoch, user_epoch, consent_epoch, session, code_key, redirect_uri, code_challenge, redeemed_at,
            revoked_at FROM authorizations
         WHERE revoked_at IS NULL AND expires_at > $1 AND (code_key IS NULL OR redeemed_at IS NOT NULL) ORDER BY id DESC LIMIT $2";
    NEWEST_AUTHORIZATIONS_OF_CLIENT: "authorizations",
        "SELECT id, client, user_id, grant_type, scope, audience, created_at, authenticated_at, expires_at, generation,
            rotated_at, key_id, secret, client_epoch, user_epoch, consent_epoch, session, code_key, redirect_uri, code_challenge, redeemed_at,
            revoked_at FROM authorizations
         WHERE client = $1 AND revoked_at IS NULL AND expires_at > $2 AND (code_key IS NULL OR redeemed_at IS NOT NULL)
         ORDER BY id DESC LIMIT $3";
    ENDED_AUTHORIZATIONS: "authorizations",
        "DELETE FROM authorizations WHERE id IN (SELECT id FROM authorizations WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)
            AND expires_at < $1";
    OVER_AUTHORIZATIONS: "authorizations",
        "DELETE FROM authorizations WHERE id IN (SELECT id FROM authorizations
            WHERE (revoked_at <= $1 OR expires_at < $1) AND (session IS NULL OR created_at <= $3) LIMIT $2)
         AND (revoked_at <= $1 OR expires_at < $1) AND (session IS NULL OR created_at <= $3)";

    REVOKE_TOKEN: "revoked_tokens",
        "INSERT INTO revoked_tokens (id, client, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    REVOKED_TOKEN: "revoked_tokens",
        "SELECT expires_at FROM revoked_tokens WHERE id = $1";
    ENDED_TOKENS: "revoked_tokens",
        "DELETE FROM revoked_tokens WHERE id IN (SELECT id FROM revoked_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)
            AND expires_at < $1";

    ADD_CLIENT: "clients",
        "INSERT INTO clients (id, epoch, revision, secret_key, secret_mac, created_at, origin, owner, registration_token, registration)
         VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    REPLACE_CLIENT: "clients",
        "UPDATE clients SET revision = revision + 1, epoch = $3, secret_key = $4, secret_mac = $5, origin = $6, registration_token = $7,
            registration = $8, used_at = $9
         WHERE id = $1 AND revision = $2";
    REMOVE_CLIENT: "clients",
        "DELETE FROM clients WHERE id = $1 AND revision = $2";
    HOLD_CLIENT: "clients",
        "UPDATE clients SET revision = revision WHERE id = $1 AND revision = $2";
    CLIENT: "clients",
        "SELECT id, epoch, revision, secret_key, secret_mac, created_at, used_at, origin, owner, registration_token, registration
         FROM clients WHERE id = $1";
    CLIENTS: "clients",
        "SELECT id, epoch, revision, secret_key, secret_mac, created_at, used_at, origin, owner, registration_token, registration
         FROM clients ORDER BY id";

    CLIENTS_OF_OWNER: "clients",
        "SELECT id, epoch, revision, secret_key, secret_mac, created_at, used_at, origin, owner, registration_token, registration FROM clients
         WHERE owner = $1 ORDER BY id";

    CLIENTS_REGISTERED_THEMSELVES: "clients",
        "SELECT id, epoch, revision, secret_key, secret_mac, created_at, used_at, origin, owner, registration_token, registration
         FROM clients WHERE registration_token IS NOT NULL AND created_at < $1 ORDER BY created_at";
    REGISTERED_THEMSELVES: "clients",
        "SELECT COUNT(*) FROM clients WHERE registration_token IS NOT NULL";
    HOLD_STORE: "store",
        "UPDATE store SET epoch = epoch WHERE id = 1";
    LEAVE_ROOM: "store",
        "UPDATE store SET epoch = epoch WHERE id = 1 AND (SELECT COUNT(*) FROM clients WHERE registration_token IS NOT NULL) < $1";

    INVITE: "invitations",
        "INSERT INTO invitations (digest, uses, created_at, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    USE_INVITATION: "invitations",
        "UPDATE invitations SET uses = uses - 1 WHERE digest = $1 AND uses > 0 AND expires_at > $2";
    INVITATION: "invitations",
        "SELECT digest, uses, created_at, expires_at FROM invitations WHERE digest = $1";
    ENDED_INVITATIONS: "invitations",
        "DELETE FROM invitations WHERE digest IN
            (SELECT digest FROM invitations WHERE expires_at < $1 OR uses = 0 ORDER BY expires_at LIMIT $2)
            AND (expires_at < $1 OR uses = 0)";

    INSTALL_PLUGIN: "installed_plugins",
        "INSERT INTO installed_plugins (user_id, client, super_client, installed_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    UNINSTALL_PLUGIN: "installed_plugins",
        "DELETE FROM installed_plugins WHERE user_id = $1 AND client = $2 AND super_client = $3";
    FORGET_PLUGIN: "installed_plugins",
        "DELETE FROM installed_plugins WHERE client = $1 OR super_client = $1";
    PLUGINS_OF_USER: "installed_plugins",
        "SELECT user_id, client, super_client, installed_at FROM installed_plugins WHERE user_id = $1 AND super_client = $2 ORDER BY client";

    ADD_USER: "users",
        "INSERT INTO users (id, account, username, epoch, sign_in_epoch, revision, password, admin_since, disabled_at, created_at, origin)
         VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    HOLD_USER: "users",
        "UPDATE users SET revision = revision WHERE id = $1";
    LEAVE_ROOM_OF_OWNER: "users",
        "UPDATE users SET revision = revision WHERE id = $1 AND (SELECT COUNT(*) FROM clients WHERE owner = $1) < $2";
    REPLACE_USER: "users",
        "UPDATE users SET revision = revision + 1, epoch = $3, sign_in_epoch = $4, password = $5, admin_since = $6, disabled_at = $7, origin = $8
         WHERE id = $1 AND revision = $2";
    REMOVE_USER: "users",
        "DELETE FROM users WHERE id = $1 AND revision = $2";
    USER: "users",
        "SELECT id, username, epoch, sign_in_epoch, revision, password, admin_since, disabled_at, created_at, origin FROM users WHERE id = $1";
    USER_BY_ACCOUNT: "users",
        "SELECT id, username, epoch, sign_in_epoch, revision, password, admin_since, disabled_at, created_at, origin FROM users WHERE account = $1";
    USERS: "users",
        "SELECT id, username, epoch, sign_in_epoch, revision, password, admin_since, disabled_at, created_at, origin FROM users ORDER BY account";

    OPEN_SESSION: "sessions",
        "INSERT INTO sessions (id, user_id, digest, agent, authenticated_at, seen_at, expires_at, sign_in_epoch, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    RENEW_SESSION: "sessions",
        "UPDATE sessions SET digest = $2, agent = $3, authenticated_at = $4, seen_at = $5, expires_at = $6, sign_in_epoch = $7
         WHERE id = $1 AND ended_at IS NULL";
    SEE_SESSION: "sessions",
        "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2 AND ended_at IS NULL";
    END_SESSION: "sessions",
        "UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    SESSION: "sessions",
        "SELECT id, user_id, digest, agent, authenticated_at, seen_at, expires_at, sign_in_epoch, ended_at FROM sessions WHERE id = $1";
    SESSIONS_OF_USER: "sessions",
        "SELECT id, user_id, digest, agent, authenticated_at, seen_at, expires_at, sign_in_epoch, ended_at FROM sessions
         WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY seen_at DESC LIMIT $3";
    ENDED_SESSIONS: "sessions",
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 AND NOT EXISTS
            (SELECT 1 FROM authorizations WHERE authorizations.user_id = sessions.user_id AND authorizations.session = sessions.id)
         ORDER BY expires_at LIMIT $2) AND expires_at < $1";

    PUT_CONSENT: "consents",
        "INSERT INTO consents (user_id, client, epoch, scope, audience, granted_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT DO NOTHING";
    REPLACE_CONSENT: "consents",
        "UPDATE consents SET epoch = $4, scope = $5, audience = $6, granted_at = $7, expires_at = $8
         WHERE user_id = $1 AND client = $2 AND epoch = $3";
    CONSENT: "consents",
        "SELECT user_id, client, epoch, scope, audience, granted_at, expires_at FROM consents WHERE user_id = $1 AND client = $2";
    CONSENTS_OF_USER: "consents",
        "SELECT user_id, client, epoch, scope, audience, granted_at, expires_at FROM consents WHERE user_id = $1 AND expires_at > $2";
    ENDED_CONSENTS: "consents",
        "DELETE FROM consents WHERE (user_id, client) IN (SELECT user_id, client FROM consents WHERE expires_at < $1 AND NOT EXISTS
            (SELECT 1 FROM authorizations WHERE authorizations.user_id = consents.user_id AND authorizations.client = consents.client)
         ORDER BY expires_at LIMIT $2) AND expires_at < $1";

    NEW_DEVICE_CODE: "device_codes",
        "INSERT INTO device_codes (id, digest, user_code, client, client_epoch, scope, audience, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    APPROVE_DEVICE: "device_codes",
        "UPDATE device_codes SET user_id = $3, user_epoch = $4, consent_epoch = $5, session = $6, authenticated_at = $7
         WHERE id = $1 AND user_id IS NULL AND denied_at IS NULL AND expires_at > $2";
    DENY_DEVICE: "device_codes",
        "UPDATE device_codes SET denied_at = $2 WHERE id = $1 AND user_id IS NULL AND denied_at IS NULL AND expires_at > $2";
    REDEEM_DEVICE: "device_codes",
        "UPDATE device_codes SET redeemed_at = $2 WHERE id = $1 AND user_id IS NOT NULL AND redeemed_at IS NULL AND expires_at > $2";
    DEVICE: "device_codes",
        "SELECT id, digest, user_code, client, client_epoch, scope, audience, created_at, expires_at, user_id, user_epoch,
            consent_epoch, session, authenticated_at, denied_at, redeemed_at FROM device_codes WHERE id = $1";
    DEVICE_SHOWING: "device_codes",
        "SELECT id, digest, user_code, client, client_epoch, scope, audience, created_at, expires_at, user_id, user_epoch,
            consent_epoch, session, authenticated_at, denied_at, redeemed_at FROM device_codes WHERE user_code = $1";
    ENDED_DEVICE_CODES: "device_codes",
        "DELETE FROM device_codes WHERE id IN (SELECT id FROM device_codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)
            AND expires_at < $1";

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

    TAKE_LEASE: "leases",
        "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
         WHERE leases.holder = excluded.holder OR leases.expires_at <= $4";
    ENDED_LEASES: "leases",
        "DELETE FROM leases WHERE expires_at < $1";
    RETURN_LEASE: "leases",
        "DELETE FROM leases WHERE name = $1 AND holder = $2";
}

#[cfg(test)]
mod tests;
