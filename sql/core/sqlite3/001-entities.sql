-- SPDX-License-Identifier: Apache-2.0
-- What changed, for the readers of every process (modules/store/store_events.c). Writers come one after the other, so
-- the order of ids is the order of commits; AUTOINCREMENT never gives an id twice.
CREATE TABLE gw_events (
    id     integer PRIMARY KEY AUTOINCREMENT,
    entity text NOT NULL,
    row_id text,
    op     text NOT NULL,
    at     integer NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS integer))
);
CREATE INDEX gw_events_at ON gw_events (at);

-- The newest event that was forgotten; one row.
CREATE TABLE gw_events_horizon (
    one integer PRIMARY KEY CHECK (one = 1),
    id  integer NOT NULL
);
INSERT INTO gw_events_horizon (one, id) VALUES (1, 0);

CREATE TABLE services (
    id                    text PRIMARY KEY NOT NULL,
    created_at            integer,
    updated_at            integer,
    name                  text CONSTRAINT services_name_key UNIQUE,
    retries               integer,
    protocol              text,
    host                  text,
    port                  integer,
    path                  text,
    connect_timeout       integer,
    write_timeout         integer,
    read_timeout          integer,
    tags                  text CHECK (tags IS NULL OR json_valid(tags)),
    client_certificate_id text,
    tls_verify            boolean,
    tls_verify_depth      integer,
    ca_certificates       text CHECK (ca_certificates IS NULL OR json_valid(ca_certificates)),
    enabled               boolean
);
CREATE TRIGGER services_gw_insert AFTER INSERT ON services BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('services', NEW.id, 'insert');
END;
CREATE TRIGGER services_gw_update AFTER UPDATE ON services BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('services', NEW.id, 'update');
END;
CREATE TRIGGER services_gw_delete AFTER DELETE ON services BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('services', OLD.id, 'delete');
END;

CREATE TABLE routes (
    id                         text PRIMARY KEY NOT NULL,
    created_at                 integer,
    updated_at                 integer,
    name                       text CONSTRAINT routes_name_key UNIQUE,
    protocols                  text CHECK (protocols IS NULL OR json_valid(protocols)),
    methods                    text CHECK (methods IS NULL OR json_valid(methods)),
    hosts                      text CHECK (hosts IS NULL OR json_valid(hosts)),
    paths                      text CHECK (paths IS NULL OR json_valid(paths)),
    headers                    text CHECK (headers IS NULL OR json_valid(headers)),
    https_redirect_status_code integer,
    regex_priority             integer,
    strip_path                 boolean,
    path_handling              text,
    preserve_host              boolean,
    request_buffering          boolean,
    response_buffering         boolean,
    snis                       text CHECK (snis IS NULL OR json_valid(snis)),
    sources                    text CHECK (sources IS NULL OR json_valid(sources)),
    destinations               text CHECK (destinations IS NULL OR json_valid(destinations)),
    tags                       text CHECK (tags IS NULL OR json_valid(tags)),
    service_id                 text CONSTRAINT routes_service_fkey REFERENCES services (id)
);
CREATE INDEX routes_service ON routes (service_id);
CREATE TRIGGER routes_gw_insert AFTER INSERT ON routes BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('routes', NEW.id, 'insert');
END;
CREATE TRIGGER routes_gw_update AFTER UPDATE ON routes BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('routes', NEW.id, 'update');
END;
CREATE TRIGGER routes_gw_delete AFTER DELETE ON routes BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('routes', OLD.id, 'delete');
END;

CREATE TABLE consumers (
    id         text PRIMARY KEY NOT NULL,
    created_at integer,
    updated_at integer,
    username   text CONSTRAINT consumers_username_key UNIQUE,
    custom_id  text CONSTRAINT consumers_custom_id_key UNIQUE,
    tags       text CHECK (tags IS NULL OR json_valid(tags))
);
CREATE TRIGGER consumers_gw_insert AFTER INSERT ON consumers BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', NEW.id, 'insert');
END;
CREATE TRIGGER consumers_gw_update AFTER UPDATE ON consumers BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', NEW.id, 'update');
END;
CREATE TRIGGER consumers_gw_delete AFTER DELETE ON consumers BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('consumers', OLD.id, 'delete');
END;

CREATE TABLE plugins (
    id            text PRIMARY KEY NOT NULL,
    created_at    integer,
    updated_at    integer,
    name          text NOT NULL,
    instance_name text CONSTRAINT plugins_instance_name_key UNIQUE,
    route_id      text CONSTRAINT plugins_route_fkey REFERENCES routes (id) ON DELETE CASCADE,
    service_id    text CONSTRAINT plugins_service_fkey REFERENCES services (id) ON DELETE CASCADE,
    consumer_id   text CONSTRAINT plugins_consumer_fkey REFERENCES consumers (id) ON DELETE CASCADE,
    config        text CHECK (config IS NULL OR json_valid(config)),
    protocols     text CHECK (protocols IS NULL OR json_valid(protocols)),
    enabled       boolean,
    tags          text CHECK (tags IS NULL OR json_valid(tags))
);
-- One instance for each combination of parents, of which "none" is one.
CREATE UNIQUE INDEX plugins_name_route_service_consumer_key ON plugins
    (name, coalesce(route_id, ''), coalesce(service_id, ''), coalesce(consumer_id, ''));
CREATE INDEX plugins_route ON plugins (route_id) WHERE route_id IS NOT NULL;
CREATE INDEX plugins_service ON plugins (service_id) WHERE service_id IS NOT NULL;
CREATE INDEX plugins_consumer ON plugins (consumer_id) WHERE consumer_id IS NOT NULL;
CREATE TRIGGER plugins_gw_insert AFTER INSERT ON plugins BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('plugins', NEW.id, 'insert');
END;
CREATE TRIGGER plugins_gw_update AFTER UPDATE ON plugins BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('plugins', NEW.id, 'update');
END;
CREATE TRIGGER plugins_gw_delete AFTER DELETE ON plugins BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('plugins', OLD.id, 'delete');
END;
