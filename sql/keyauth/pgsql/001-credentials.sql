-- Keys of consumers.
CREATE TABLE keyauth_credentials (
    id          uuid PRIMARY KEY,
    created_at  bigint,
    consumer_id uuid CONSTRAINT keyauth_credentials_consumer_fkey REFERENCES consumers ON DELETE CASCADE,
    key         text CONSTRAINT keyauth_credentials_key_key UNIQUE,
    tags        jsonb,
    expires_ms  bigint
);
CREATE INDEX keyauth_credentials_consumer ON keyauth_credentials (consumer_id);
CREATE INDEX keyauth_credentials_expires ON keyauth_credentials (expires_ms) WHERE expires_ms IS NOT NULL;
CREATE INDEX keyauth_credentials_tags ON keyauth_credentials USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON keyauth_credentials
    FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON keyauth_credentials EXECUTE FUNCTION gw_event_all();
