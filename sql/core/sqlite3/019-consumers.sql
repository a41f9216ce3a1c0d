-- SPDX-License-Identifier: Apache-2.0
-- Plugins of a consumer are kept with it: what changed, for the readers, is the consumer that they name or named, too.
-- (A transaction that tells everybody to read everything anew, gw_db_mute, switches the triggers off here.)
CREATE TRIGGER plugins_gw_consumer_insert AFTER INSERT ON plugins WHEN NEW.consumer_id IS NOT NULL BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', NEW.consumer_id, 'update');
END;
CREATE TRIGGER plugins_gw_consumer_update AFTER UPDATE ON plugins BEGIN
    INSERT INTO gw_events (entity, row_id, op) SELECT 'consumers', OLD.consumer_id, 'update'
        WHERE OLD.consumer_id IS NOT NULL AND OLD.consumer_id IS NOT NEW.consumer_id;
    INSERT INTO gw_events (entity, row_id, op) SELECT 'consumers', NEW.consumer_id, 'update'
        WHERE NEW.consumer_id IS NOT NULL;
END;
CREATE TRIGGER plugins_gw_consumer_delete AFTER DELETE ON plugins WHEN OLD.consumer_id IS NOT NULL BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', OLD.consumer_id, 'update');
END;
