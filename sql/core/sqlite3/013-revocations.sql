-- SPDX-License-Identifier: Apache-2.0
-- Tokens and sessions that are refused before their time. No constraint on the consumer: the rows outlive a declarative
-- reload, which makes all consumers anew.
CREATE TABLE revocations (
    id            text PRIMARY KEY NOT NULL,
    created_at    integer,
    jti           text,
    session       text,
    consumer_id   text,
    issued_before integer,
    until         integer,
    tags          text CHECK (tags IS NULL OR json_valid(tags)),
    expires_ms    integer
);
CREATE INDEX revocations_consumer ON revocations (consumer_id) WHERE consumer_id IS NOT NULL;
CREATE INDEX revocations_expires ON revocations (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE TRIGGER revocations_gw_insert AFTER INSERT ON revocations BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('revocations', NEW.id, 'insert');
END;
CREATE TRIGGER revocations_gw_update AFTER UPDATE ON revocations BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('revocations', NEW.id, 'update');
END;
CREATE TRIGGER revocations_gw_delete AFTER DELETE ON revocations BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('revocations', OLD.id, 'delete');
END;
