-- Groups of consumers.
CREATE TABLE acls (
    id          uuid PRIMARY KEY,
    created_at  bigint,
    consumer_id uuid CONSTRAINT acls_consumer_fkey REFERENCES consumers ON DELETE CASCADE,
    "group"     text,
    tags        jsonb,
    CONSTRAINT acls_consumer_group_key UNIQUE (consumer_id, "group")
);
CREATE INDEX acls_tags ON acls USING gin (tags jsonb_path_ops);

-- Groups are kept with their consumer: what changed, for the readers, is the consumer.
CREATE FUNCTION acls_gw_event() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR NEW.consumer_id <> OLD.consumer_id) THEN
        INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', OLD.consumer_id, 'update');
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', NEW.consumer_id, 'update');
    END IF;
    PERFORM pg_notify('gw_events', '');
    RETURN NULL;
END $$;
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON acls FOR EACH ROW EXECUTE FUNCTION acls_gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON acls EXECUTE FUNCTION gw_event_all();
