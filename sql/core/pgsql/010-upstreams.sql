-- SPDX-License-Identifier: Apache-2.0
-- Upstreams and the targets behind them.
CREATE TABLE upstreams (
    id                        uuid PRIMARY KEY,
    created_at                bigint,
    updated_at                bigint,
    name                      text CONSTRAINT upstreams_name_key UNIQUE,
    algorithm                 text,
    hash_on                   text,
    hash_fallback             text,
    hash_on_header            text,
    hash_fallback_header      text,
    hash_on_cookie            text,
    hash_on_cookie_path       text,
    hash_on_query_arg         text,
    hash_fallback_query_arg   text,
    hash_on_uri_capture       text,
    hash_fallback_uri_capture text,
    slots                     bigint,
    healthchecks              json,
    tags                      jsonb,
    host_header               text,
    client_certificate_id     uuid,
    use_srv_name              boolean
);
CREATE INDEX upstreams_tags ON upstreams USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON upstreams FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON upstreams EXECUTE FUNCTION gw_event_all();

CREATE TABLE targets (
    id          uuid PRIMARY KEY,
    created_at  double precision,
    updated_at  double precision,
    upstream_id uuid CONSTRAINT targets_upstream_fkey REFERENCES upstreams ON DELETE CASCADE,
    target      text,
    weight      bigint,
    tags        jsonb,
    CONSTRAINT targets_upstream_target_key UNIQUE (upstream_id, target)
);
CREATE INDEX targets_tags ON targets USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON targets FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON targets EXECUTE FUNCTION gw_event_all();
