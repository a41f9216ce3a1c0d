-- SPDX-License-Identifier: Apache-2.0
-- Certificates with their keys, the names that they are served for, authorities that are trusted.
CREATE TABLE certificates (
    id         text PRIMARY KEY NOT NULL,
    created_at integer,
    updated_at integer,
    cert       text,
    key        text,
    cert_alt   text,
    key_alt    text,
    tags       text CHECK (tags IS NULL OR json_valid(tags))
);
CREATE TRIGGER certificates_gw_insert AFTER INSERT ON certificates BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('certificates', NEW.id, 'insert');
END;
CREATE TRIGGER certificates_gw_update AFTER UPDATE ON certificates BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('certificates', NEW.id, 'update');
END;
CREATE TRIGGER certificates_gw_delete AFTER DELETE ON certificates BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('certificates', OLD.id, 'delete');
END;

CREATE TABLE snis (
    id             text PRIMARY KEY NOT NULL,
    created_at     integer,
    updated_at     integer,
    name           text CONSTRAINT snis_name_key UNIQUE,
    tags           text CHECK (tags IS NULL OR json_valid(tags)),
    certificate_id text CONSTRAINT snis_certificate_fkey REFERENCES certificates (id) ON DELETE CASCADE
);
CREATE INDEX snis_certificate ON snis (certificate_id);
CREATE TRIGGER snis_gw_insert AFTER INSERT ON snis BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('snis', NEW.id, 'insert');
END;
CREATE TRIGGER snis_gw_update AFTER UPDATE ON snis BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('snis', NEW.id, 'update');
END;
CREATE TRIGGER snis_gw_delete AFTER DELETE ON snis BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('snis', OLD.id, 'delete');
END;

CREATE TABLE ca_certificates (
    id          text PRIMARY KEY NOT NULL,
    created_at  integer,
    updated_at  integer,
    cert        text,
    cert_digest text CONSTRAINT ca_certificates_cert_digest_key UNIQUE,
    tags        text CHECK (tags IS NULL OR json_valid(tags))
);
CREATE TRIGGER ca_certificates_gw_insert AFTER INSERT ON ca_certificates BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('ca_certificates', NEW.id, 'insert');
END;
CREATE TRIGGER ca_certificates_gw_update AFTER UPDATE ON ca_certificates BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('ca_certificates', NEW.id, 'update');
END;
CREATE TRIGGER ca_certificates_gw_delete AFTER DELETE ON ca_certificates BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('ca_certificates', OLD.id, 'delete');
END;

-- What they refer to is there now. No row can have held an id: there was nothing that it could have been the id of.
ALTER TABLE services DROP COLUMN client_certificate_id;
ALTER TABLE services ADD COLUMN client_certificate_id text
    CONSTRAINT services_client_certificate_fkey REFERENCES certificates (id);
CREATE INDEX services_client_certificate ON services (client_certificate_id);
ALTER TABLE upstreams DROP COLUMN client_certificate_id;
ALTER TABLE upstreams ADD COLUMN client_certificate_id text
    CONSTRAINT upstreams_client_certificate_fkey REFERENCES certificates (id);
CREATE INDEX upstreams_client_certificate ON upstreams (client_certificate_id);
