-- Sessions with storage=kong. Nobody remembers that a session is not there, and nobody asks for one that has expired:
-- neither a new row nor the sweep of old ones is worth an event.
CREATE TABLE sessions (
    id         uuid PRIMARY KEY,
    created_at bigint,
    session_id text CONSTRAINT sessions_session_id_key UNIQUE,
    data       text,
    renewals   bigint,
    renewed_ms bigint,
    expires_ms bigint
);
CREATE INDEX sessions_expires ON sessions (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE TRIGGER gw_event AFTER UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_delete AFTER DELETE ON sessions FOR EACH ROW
    WHEN (OLD.expires_ms IS NULL OR OLD.expires_ms > extract(epoch FROM statement_timestamp()) * 1000)
    EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON sessions EXECUTE FUNCTION gw_event_all();
