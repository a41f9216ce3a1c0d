-- SPDX-License-Identifier: Apache-2.0
-- Who changed what through the Admin API (modules/store/store_audit.c); written in the transaction of the change.
-- No entity: nobody can change it through the Admin API, and no reader of changes needs to know.
CREATE TABLE gw_audit (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at_ms     bigint NOT NULL,
    who       text,
    client    text,
    method    text NOT NULL,
    path      text NOT NULL,
    entity    text NOT NULL,
    entity_id text NOT NULL,
    before    json,
    after     json
);
CREATE INDEX gw_audit_at ON gw_audit (at_ms);
CREATE INDEX gw_audit_entity ON gw_audit (entity, id);
CREATE INDEX gw_audit_entity_id ON gw_audit (entity_id, id);
