-- What people decide in a browser: sessions, consents, authorization codes. And a revision on what is changed in place.

ALTER TABLE clients ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN sign_in_epoch BIGINT NOT NULL DEFAULT 0;

ALTER TABLE authorizations ADD COLUMN consent_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE authorizations ADD COLUMN session BYTEA;
ALTER TABLE authorizations ADD COLUMN code_key BIGINT;
ALTER TABLE authorizations ADD COLUMN redirect_uri TEXT;
ALTER TABLE authorizations ADD COLUMN code_challenge BYTEA;
ALTER TABLE authorizations ADD COLUMN redeemed_at BIGINT;
CREATE INDEX authorizations_by_user ON authorizations (user_id);

CREATE TABLE sessions (
    id               BYTEA  NOT NULL PRIMARY KEY,
    user_id          BYTEA  NOT NULL,
    digest           BYTEA  NOT NULL,
    agent            TEXT   NOT NULL,
    authenticated_at BIGINT NOT NULL,
    seen_at          BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    user_epoch       BIGINT NOT NULL,
    sign_in_epoch    BIGINT NOT NULL,
    ended_at         BIGINT
) /* clustered */;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE consents (
    user_id    BYTEA  NOT NULL,
    client     TEXT   NOT NULL,
    epoch      BIGINT NOT NULL,
    scope      TEXT   NOT NULL,
    audience   TEXT   NOT NULL,
    granted_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client)
) /* clustered */;
CREATE INDEX consents_by_end ON consents (expires_at);
