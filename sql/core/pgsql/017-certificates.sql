-- SPDX-License-Identifier: Apache-2.0
-- Certificates with their keys, the names that they are served for, authorities that are trusted.
CREATE TABLE certificates (
    id         uuid PRIMARY KEY,
    created_at bigint,
    updated_at bigint,
    cert       text,
    key        text,
    cert_alt   text,
    key_alt    text,
    tags       jsonb
);
CREATE INDEX certificates_tags ON certificates USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON certificates FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON certificates EXECUTE FUNCTION gw_event_all();

CREATE TABLE snis (
    id             uuid PRIMARY KEY,
    created_at     bigint,
    updated_at     bigint,
    name           text CONSTRAINT snis_name_key UNIQUE,
    tags           jsonb,
    certificate_id uuid CONSTRAINT snis_certificate_fkey REFERENCES certificates ON DELETE CASCADE
);
CREATE INDEX snis_certificate ON snis (certificate_id);
CREATE INDEX snis_tags ON snis USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON snis FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON snis EXECUTE FUNCTION gw_event_all();

CREATE TABLE ca_certificates (
    id          uuid PRIMARY KEY,
    created_at  bigint,
    updated_at  bigint,
    cert        text,
    cert_digest text CONSTRAINT ca_certificates_cert_digest_key UNIQUE,
    tags        jsonb
);
CREATE INDEX ca_certificates_tags ON ca_certificates USING gin (tags jsonb_path_ops);
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON ca_certificates FOR EACH ROW EXECUTE FUNCTION gw_event();
CREATE TRIGGER gw_event_all AFTER TRUNCATE ON ca_certificates EXECUTE FUNCTION gw_event_all();

-- What they refer to is there now. No row can have held an id: there was nothing that it could have been the id of.
UPDATE services SET client_certificate_id = NULL WHERE client_certificate_id IS NOT NULL;
ALTER TABLE services ADD CONSTRAINT services_client_certificate_fkey
    FOREIGN KEY (client_certificate_id) REFERENCES certificates;
CREATE INDEX services_client_certificate ON services (client_certificate_id);
UPDATE upstreams SET client_certificate_id = NULL WHERE client_certificate_id IS NOT NULL;
ALTER TABLE upstreams ADD CONSTRAINT upstreams_client_certificate_fkey
    FOREIGN KEY (client_certificate_id) REFERENCES certificates;
CREATE INDEX upstreams_client_certificate ON upstreams (client_certificate_id);
