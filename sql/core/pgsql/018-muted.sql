-- SPDX-License-Identifier: Apache-2.0
-- A transaction that tells everybody to read everything anew (gw_db_mute) tells of no single rows beside that.
CREATE OR REPLACE FUNCTION gw_event() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF current_setting('gw.muted', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR NEW.id <> OLD.id) THEN
        INSERT INTO gw_events (entity, row_id, op) VALUES (TG_TABLE_NAME, OLD.id, 'delete');
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO gw_events (entity, row_id, op) VALUES (TG_TABLE_NAME, NEW.id, lower(TG_OP));
    END IF;
    PERFORM pg_notify('gw_events', '');
    RETURN NULL;
END $$;
