-- SPDX-License-Identifier: Apache-2.0
-- Tokens and sessions that are refused before their time. No constraint on the consumer: the rows outlive a declarative
-- reload, which makes all consumers anew.
CREATE TABLE revocations (
    id            uuid PRIMARY KEY,
    created_at    bigint,
    jti           text,
    session       text,
    consumer_id   uuid,
    issued_before bigint,
    until         bigint,
    tags          jsonb,
    expires_ms    bigint
);
CREATE INDEX revocations_consumer ON revocations (consumer_id) WHERE consumer_id IS NOT NULL;
CREATE INDEX revocations_expires ON revocations (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE INDEX revocations_tags ON revocations USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON revocations FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON revocations EXECUTE FUNCTION gw_event_all();
