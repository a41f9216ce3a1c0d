-- Who may log in, and which paths need which level. Tables of these names that somebody made by hand are taken over:
-- what they lack is added, their rows stay. The defaults serve rows that are written with psql.
CREATE TABLE IF NOT EXISTS login_user (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at bigint DEFAULT extract(epoch FROM now())::bigint,
    phone      text CONSTRAINT login_user_phone_key UNIQUE,
    name       text,
    password   text,
    level      bigint DEFAULT 0,
    tags       jsonb
);
CREATE TABLE IF NOT EXISTS api_mgr (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at bigint DEFAULT extract(epoch FROM now())::bigint,
    sign       text CONSTRAINT api_mgr_sign_key UNIQUE,
    name       text,
    auth_level bigint DEFAULT 0,
    tags       jsonb
);
ALTER TABLE login_user
    ADD COLUMN IF NOT EXISTS id uuid DEFAULT gen_random_uuid(),
    ADD COLUMN IF NOT EXISTS created_at bigint DEFAULT extract(epoch FROM now())::bigint,
    ADD COLUMN IF NOT EXISTS name text,
    ADD COLUMN IF NOT EXISTS password text,
    ADD COLUMN IF NOT EXISTS level bigint DEFAULT 0,
    ADD COLUMN IF NOT EXISTS tags jsonb;
ALTER TABLE api_mgr
    ADD COLUMN IF NOT EXISTS id uuid DEFAULT gen_random_uuid(),
    ADD COLUMN IF NOT EXISTS created_at bigint DEFAULT extract(epoch FROM now())::bigint,
    ADD COLUMN IF NOT EXISTS name text,
    ADD COLUMN IF NOT EXISTS auth_level bigint DEFAULT 0,
    ADD COLUMN IF NOT EXISTS tags jsonb;
CREATE INDEX IF NOT EXISTS login_user_tags ON login_user USING gin (tags jsonb_path_ops);
CREATE INDEX IF NOT EXISTS api_mgr_tags ON api_mgr USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON login_user FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON login_user EXECUTE FUNCTION gw_event_all();
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON api_mgr FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON api_mgr EXECUTE FUNCTION gw_event_all();
