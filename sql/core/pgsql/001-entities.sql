-- SPDX-License-Identifier: Apache-2.0
-- What changed, for the readers of every node (modules/store/store_events.c). `xid` is the transaction that wrote the
-- row: readers compare it with snapshots, never ids for order.
CREATE TABLE gw_events (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid    xid8 NOT NULL DEFAULT pg_current_xact_id(),
    entity text NOT NULL,
    row_id text,
    op     text NOT NULL,
    at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX gw_events_xid ON gw_events (xid);
CREATE INDEX gw_events_at ON gw_events (at);

-- The newest transaction whose events were forgotten; one row.
CREATE TABLE gw_events_horizon (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    xid xid8 NOT NULL
);
INSERT INTO gw_events_horizon (xid) VALUES ('0');

-- The trigger of every entity's table; its search_path is this session's, so that a change made by hand counts too.
CREATE FUNCTION gw_event() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR NEW.id <> OLD.id) THEN
        INSERT INTO gw_events (entity, row_id, op) VALUES (TG_TABLE_NAME, OLD.id, 'delete');
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO gw_events (entity, row_id, op) VALUES (TG_TABLE_NAME, NEW.id, lower(TG_OP));
    END IF;
    PERFORM pg_notify('gw_events', '');
    RETURN NULL;
END $$;

-- TRUNCATE tells of no rows: everybody reloads.
CREATE FUNCTION gw_event_all() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO gw_events (entity, op) VALUES ('*', 'all');
    PERFORM pg_notify('gw_events', '');
    RETURN NULL;
END $$;

CREATE TABLE services (
    id                    uuid PRIMARY KEY,
    created_at            bigint,
    updated_at            bigint,
    name                  text CONSTRAINT services_name_key UNIQUE,
    retries               bigint,
    protocol              text,
    host                  text,
    port                  bigint,
    path                  text,
    connect_timeout       bigint,
    write_timeout         bigint,
    read_timeout          bigint,
    tags                  jsonb,
    client_certificate_id uuid,
    tls_verify            boolean,
    tls_verify_depth      bigint,
    ca_certificates       json,
    enabled               boolean
);
CREATE INDEX services_tags ON services USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON services FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON services EXECUTE FUNCTION gw_event_all();

CREATE TABLE routes (
    id                         uuid PRIMARY KEY,
    created_at                 bigint,
    updated_at                 bigint,
    name                       text CONSTRAINT routes_name_key UNIQUE,
    protocols                  json,
    methods                    json,
    hosts                      json,
    paths                      json,
    headers                    json,
    https_redirect_status_code bigint,
    regex_priority             bigint,
    strip_path                 boolean,
    path_handling              text,
    preserve_host              boolean,
    request_buffering          boolean,
    response_buffering         boolean,
    snis                       json,
    sources                    json,
    destinations               json,
    tags                       jsonb,
    service_id                 uuid CONSTRAINT routes_service_fkey REFERENCES services
);
CREATE INDEX routes_service ON routes (service_id);
CREATE INDEX routes_tags ON routes USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON routes FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON routes EXECUTE FUNCTION gw_event_all();

CREATE TABLE consumers (
    id         uuid PRIMARY KEY,
    created_at bigint,
    updated_at bigint,
    username   text CONSTRAINT consumers_username_key UNIQUE,
    custom_id  text CONSTRAINT consumers_custom_id_key UNIQUE,
    tags       jsonb
);
CREATE INDEX consumers_tags ON consumers USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON consumers FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON consumers EXECUTE FUNCTION gw_event_all();

CREATE TABLE plugins (
    id            uuid PRIMARY KEY,
    created_at    bigint,
    updated_at    bigint,
    name          text NOT NULL,
    instance_name text CONSTRAINT plugins_instance_name_key UNIQUE,
    route_id      uuid CONSTRAINT plugins_route_fkey REFERENCES routes ON DELETE CASCADE,
    service_id    uuid CONSTRAINT plugins_service_fkey REFERENCES services ON DELETE CASCADE,
    consumer_id   uuid CONSTRAINT plugins_consumer_fkey REFERENCES consumers ON DELETE CASCADE,
    config        json,
    protocols     json,
    enabled       boolean,
    tags          jsonb
);
-- One instance for each combination of parents, of which "none" is one.
CREATE UNIQUE INDEX plugins_name_route_service_consumer_key ON plugins
    (name, coalesce(route_id::text, ''), coalesce(service_id::text, ''), coalesce(consumer_id::text, ''));
CREATE INDEX plugins_route ON plugins (route_id) WHERE route_id IS NOT NULL;
CREATE INDEX plugins_service ON plugins (service_id) WHERE service_id IS NOT NULL;
CREATE INDEX plugins_consumer ON plugins (consumer_id) WHERE consumer_id IS NOT NULL;
CREATE INDEX plugins_tags ON plugins USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON plugins FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON plugins EXECUTE FUNCTION gw_event_all();
