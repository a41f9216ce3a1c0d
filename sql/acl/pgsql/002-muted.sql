-- SPDX-License-Identifier: Apache-2.0
-- As gw_event of core (018-muted.sql).
CREATE OR REPLACE FUNCTION acls_gw_event() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF current_setting('gw.muted', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR NEW.consumer_id <> OLD.consumer_id) THEN
        INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', OLD.consumer_id, 'update');
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', NEW.consumer_id, 'update');
    END IF;
    PERFORM pg_notify('gw_events', '');
    RETURN NULL;
END $$;
