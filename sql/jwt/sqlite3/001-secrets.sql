-- What signs a consumer's JSON Web Tokens.
CREATE TABLE jwt_secrets (
    id             text PRIMARY KEY NOT NULL,
    created_at     integer,
    consumer_id    text CONSTRAINT jwt_secrets_consumer_fkey REFERENCES consumers (id) ON DELETE CASCADE,
    key            text CONSTRAINT jwt_secrets_key_key UNIQUE,
    secret         text,
    rsa_public_key text,
    algorithm      text,
    tags           text CHECK (tags IS NULL OR json_valid(tags))
);
CREATE INDEX jwt_secrets_consumer ON jwt_secrets (consumer_id);
CREATE TRIGGER jwt_secrets_gw_insert AFTER INSERT ON jwt_secrets BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('jwt_secrets', NEW.id, 'insert');
END;
CREATE TRIGGER jwt_secrets_gw_update AFTER UPDATE ON jwt_secrets BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('jwt_secrets', NEW.id, 'update');
END;
CREATE TRIGGER jwt_secrets_gw_delete AFTER DELETE ON jwt_secrets BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('jwt_secrets', OLD.id, 'delete');
END;
