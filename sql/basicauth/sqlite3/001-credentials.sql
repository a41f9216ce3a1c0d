-- Names and hashed passwords of consumers.
CREATE TABLE basicauth_credentials (
    id          text PRIMARY KEY NOT NULL,
    created_at  integer,
    consumer_id text CONSTRAINT basicauth_credentials_consumer_fkey REFERENCES consumers (id) ON DELETE CASCADE,
    username    text CONSTRAINT basicauth_credentials_username_key UNIQUE,
    password    text,
    tags        text CHECK (tags IS NULL OR json_valid(tags))
);
CREATE INDEX basicauth_credentials_consumer ON basicauth_credentials (consumer_id);
CREATE TRIGGER basicauth_credentials_gw_insert AFTER INSERT ON basicauth_credentials BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('basicauth_credentials', NEW.id, 'insert');
END;
CREATE TRIGGER basicauth_credentials_gw_update AFTER UPDATE ON basicauth_credentials BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('basicauth_credentials', NEW.id, 'update');
END;
CREATE TRIGGER basicauth_credentials_gw_delete AFTER DELETE ON basicauth_credentials BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('basicauth_credentials', OLD.id, 'delete');
END;
