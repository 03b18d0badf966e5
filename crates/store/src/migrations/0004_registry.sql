-- Who registered a client, what its registration is managed with, and the plugins that people have installed.

ALTER TABLE clients ADD COLUMN owner BYTEA;
ALTER TABLE clients ADD COLUMN registration_token BYTEA;
CREATE INDEX clients_by_owner ON clients (owner);

CREATE TABLE installed_plugins (
    user_id      BYTEA  NOT NULL,
    client       TEXT   NOT NULL,
    super_client TEXT   NOT NULL,
    installed_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client, super_client)
) /* clustered */;
CREATE INDEX installed_plugins_by_client ON installed_plugins (client);
CREATE INDEX installed_plugins_by_super_client ON installed_plugins (super_client);
