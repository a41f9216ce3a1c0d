-- SPDX-License-Identifier: Apache-2.0
-- Rows that are kept with their consumer: what changed, for the readers, is the consumer that they name or named.
CREATE FUNCTION gw_event_consumer() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF current_setting('gw.muted', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.consumer_id IS NOT NULL
        AND (TG_OP = 'DELETE' OR NEW.consumer_id IS DISTINCT FROM OLD.consumer_id) THEN
        INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', OLD.consumer_id, 'update');
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.consumer_id IS NOT NULL THEN
        INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', NEW.consumer_id, 'update');
    END IF;
    PERFORM pg_notify('gw_events', '');
    RETURN NULL;
END $$;
CREATE TRIGGER gw_event_consumer AFTER INSERT OR UPDATE OR DELETE ON plugins
    FOR EACH ROW EXECUTE FUNCTION gw_event_consumer();
