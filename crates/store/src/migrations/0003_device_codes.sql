-- Devices that cannot show pages themselves (RFC 8628). A row is kept a while after its end, so that no code is shown twice meanwhile.

CREATE TABLE device_codes (
    id               BYTEA  NOT NULL PRIMARY KEY,
    digest           BYTEA  NOT NULL,
    user_code        TEXT   NOT NULL UNIQUE,
    client           TEXT   NOT NULL,
    client_epoch     BIGINT NOT NULL,
    scope            TEXT   NOT NULL,
    audience         TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    user_id          BYTEA,
    user_epoch       BIGINT,
    consent_epoch    BIGINT,
    session          BYTEA,
    authenticated_at BIGINT,
    denied_at        BIGINT,
    redeemed_at      BIGINT
) /* clustered */;
CREATE INDEX device_codes_by_user ON device_codes (user_id);
CREATE INDEX device_codes_by_end ON device_codes (expires_at);
