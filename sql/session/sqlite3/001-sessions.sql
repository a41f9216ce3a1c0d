-- Sessions with storage=kong. Nobody remembers that a session is not there, and nobody asks for one that has expired:
-- neither a new row nor the sweep of old ones is worth an event.
CREATE TABLE sessions (
    id         text PRIMARY KEY NOT NULL,
    created_at integer,
    session_id text CONSTRAINT sessions_session_id_key UNIQUE,
    data       text,
    renewals   integer,
    renewed_ms integer,
    expires_ms integer
);
CREATE INDEX sessions_expires ON sessions (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE TRIGGER sessions_gw_update AFTER UPDATE ON sessions BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('sessions', NEW.id, 'update');
END;
CREATE TRIGGER sessions_gw_delete AFTER DELETE ON sessions
WHEN OLD.expires_ms IS NULL OR OLD.expires_ms > (julianday('now') - 2440587.5) * 86400000 BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('sessions', OLD.id, 'delete');
END;
