-- SPDX-License-Identifier: Apache-2.0
-- Core has a function for rows that are kept with their consumer (019-consumers.sql).
DROP TRIGGER gw_event ON acls;
CREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON acls FOR EACH ROW EXECUTE FUNCTION gw_event_consumer();
DROP FUNCTION acls_gw_event();
