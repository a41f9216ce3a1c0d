-- What signs a consumer's JSON Web Tokens.
CREATE TABLE jwt_secrets (
    id             uuid PRIMARY KEY,
    created_at     bigint,
    consumer_id    uuid CONSTRAINT jwt_secrets_consumer_fkey REFERENCES consumers ON DELETE CASCADE,
    key            text CONSTRAINT jwt_secrets_key_key UNIQUE,
    secret         text,
    rsa_public_key text,
    algorithm      text,
    tags           jsonb
);
CREATE INDEX jwt_secrets_consumer ON jwt_secrets (consumer_id);
CREATE INDEX jwt_secrets_tags ON jwt_secrets USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON jwt_secrets FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON jwt_secrets EXECUTE FUNCTION gw_event_all();
