-- Clients that register themselves: what invites them, how many there are, and when each was last used.

ALTER TABLE clients ADD COLUMN used_at BIGINT;
CREATE INDEX clients_registered_themselves ON clients (created_at) WHERE registration_token IS NOT NULL;

CREATE TABLE invitations (
    digest     BYTEA  NOT NULL PRIMARY KEY,
    uses       BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) /* clustered */;
CREATE INDEX invitations_by_end ON invitations (expires_at);
