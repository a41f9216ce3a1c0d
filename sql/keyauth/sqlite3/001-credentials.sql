-- Keys of consumers.
CREATE TABLE keyauth_credentials (
    id          text PRIMARY KEY NOT NULL,
    created_at  integer,
    consumer_id text CONSTRAINT keyauth_credentials_consumer_fkey REFERENCES consumers (id) ON DELETE CASCADE,
    key         text CONSTRAINT keyauth_credentials_key_key UNIQUE,
    tags        text CHECK (tags IS NULL OR json_valid(tags)),
    expires_ms  integer
);
CREATE INDEX keyauth_credentials_consumer ON keyauth_credentials (consumer_id);
CREATE INDEX keyauth_credentials_expires ON keyauth_credentials (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE TRIGGER keyauth_credentials_gw_insert AFTER INSERT ON keyauth_credentials BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('keyauth_credentials', NEW.id, 'insert');
END;
CREATE TRIGGER keyauth_credentials_gw_update AFTER UPDATE ON keyauth_credentials BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('keyauth_credentials', NEW.id, 'update');
END;
CREATE TRIGGER keyauth_credentials_gw_delete AFTER DELETE ON keyauth_credentials BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('keyauth_credentials', OLD.id, 'delete');
END;
