-- Several nodes on one database: which attempt wrote a row last, and who does for all of them what one has to do.

ALTER TABLE authorizations ADD COLUMN attempt BIGINT;

CREATE TABLE leases (
    name       TEXT   NOT NULL PRIMARY KEY,
    holder     BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
