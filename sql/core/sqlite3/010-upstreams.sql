-- SPDX-License-Identifier: Apache-2.0
-- Upstreams and the targets behind them.
CREATE TABLE upstreams (
    id                        text PRIMARY KEY NOT NULL,
    created_at                integer,
    updated_at                integer,
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
    slots                     integer,
    healthchecks              text CHECK (healthchecks IS NULL OR json_valid(healthchecks)),
    tags                      text CHECK (tags IS NULL OR json_valid(tags)),
    host_header               text,
    client_certificate_id     text,
    use_srv_name              boolean
);
CREATE TRIGGER upstreams_gw_insert AFTER INSERT ON upstreams BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('upstreams', NEW.id, 'insert');
END;
CREATE TRIGGER upstreams_gw_update AFTER UPDATE ON upstreams BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('upstreams', NEW.id, 'update');
END;
CREATE TRIGGER upstreams_gw_delete AFTER DELETE ON upstreams BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('upstreams', OLD.id, 'delete');
END;

CREATE TABLE targets (
    id          text PRIMARY KEY NOT NULL,
    created_at  real,
    updated_at  real,
    upstream_id text CONSTRAINT targets_upstream_fkey REFERENCES upstreams (id) ON DELETE CASCADE,
    target      text,
    weight      integer,
    tags        text CHECK (tags IS NULL OR json_valid(tags)),
    CONSTRAINT targets_upstream_target_key UNIQUE (upstream_id, target)
);
CREATE TRIGGER targets_gw_insert AFTER INSERT ON targets BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('targets', NEW.id, 'insert');
END;
CREATE TRIGGER targets_gw_update AFTER UPDATE ON targets BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('targets', NEW.id, 'update');
END;
CREATE TRIGGER targets_gw_delete AFTER DELETE ON targets BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('targets', OLD.id, 'delete');
END;
