-- Names and hashed passwords of consumers.
CREATE TABLE basicauth_credentials (
    id          uuid PRIMARY KEY,
    created_at  bigint,
    consumer_id uuid CONSTRAINT basicauth_credentials_consumer_fkey REFERENCES consumers ON DELETE CASCADE,
    username    text CONSTRAINT basicauth_credentials_username_key UNIQUE,
    password    text,
    tags        jsonb
);
CREATE INDEX basicauth_credentials_consumer ON basicauth_credentials (consumer_id);
CREATE INDEX basicauth_credentials_tags ON basicauth_credentials USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON basicauth_credentials
    FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON basicauth_credentials EXECUTE FUNCTION gw_event_all();
