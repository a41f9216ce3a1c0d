-- Groups of consumers.
CREATE TABLE acls (
    id          text PRIMARY KEY NOT NULL,
    created_at  integer,
    consumer_id text CONSTRAINT acls_consumer_fkey REFERENCES consumers (id) ON DELETE CASCADE,
    "group"     text,
    tags        text CHECK (tags IS NULL OR json_valid(tags)),
    CONSTRAINT acls_consumer_group_key UNIQUE (consumer_id, "group")
);
-- Groups are kept with their consumer: what changed, for the readers, is the consumer.
CREATE TRIGGER acls_gw_insert AFTER INSERT ON acls BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', NEW.consumer_id, 'update');
END;
CREATE TRIGGER acls_gw_update AFTER UPDATE ON acls BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', OLD.consumer_id, 'update');
    INSERT INTO gw_events (entity, row_id, op) SELECT 'consumers', NEW.consumer_id, 'update'
        WHERE NEW.consumer_id <> OLD.consumer_id;
END;
CREATE TRIGGER acls_gw_delete AFTER DELETE ON acls BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', OLD.consumer_id, 'update');
END;
