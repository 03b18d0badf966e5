-- Types are those PostgreSQL and SQLite share; times are milliseconds since 1970.
-- A table marked "clustered" is ordered by its primary key on disk where the database can do that.

CREATE TABLE store (
    id           BIGINT NOT NULL PRIMARY KEY,
    epoch        BIGINT NOT NULL,
    recovered_at BIGINT NOT NULL
);
INSERT INTO store (id, epoch, recovered_at) VALUES (1, 1, 0);

CREATE TABLE keys (
    id         BIGINT NOT NULL PRIMARY KEY,
    usage      TEXT   NOT NULL,
    wrapped    BYTEA  NOT NULL,
    root_key   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    use_from   BIGINT NOT NULL,
    keep_until BIGINT
);

CREATE TABLE clients (
    id           TEXT   NOT NULL PRIMARY KEY,
    epoch        BIGINT NOT NULL,
    secret_key   BIGINT,
    secret_mac   BYTEA,
    created_at   BIGINT NOT NULL,
    origin       TEXT   NOT NULL,
    registration TEXT   NOT NULL
);

CREATE TABLE users (
    id          BYTEA  NOT NULL PRIMARY KEY,
    account     TEXT   NOT NULL UNIQUE,
    username    TEXT   NOT NULL,
    epoch       BIGINT NOT NULL,
    password    TEXT   NOT NULL,
    admin_since BIGINT,
    disabled_at BIGINT,
    created_at  BIGINT NOT NULL,
    origin      TEXT   NOT NULL
);

CREATE TABLE authorizations (
    id               BYTEA  NOT NULL PRIMARY KEY,
    client           TEXT   NOT NULL,
    user_id          BYTEA  NOT NULL,
    grant_type       TEXT   NOT NULL,
    scope            TEXT   NOT NULL,
    audience         TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    generation       BIGINT NOT NULL,
    rotated_at       BIGINT NOT NULL,
    key_id           BIGINT NOT NULL,
    secret           BYTEA  NOT NULL,
    client_epoch     BIGINT NOT NULL,
    user_epoch       BIGINT NOT NULL,
    revoked_at       BIGINT
) /* clustered */;
CREATE INDEX authorizations_by_end ON authorizations (expires_at);

CREATE TABLE revoked_tokens (
    id         BYTEA  NOT NULL PRIMARY KEY,
    client     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
) /* clustered */;
CREATE INDEX revoked_tokens_by_end ON revoked_tokens (expires_at);
