-- SPDX-License-Identifier: Apache-2.0
-- Credentials whose keys an issuer publishes.
ALTER TABLE jwt_secrets ADD COLUMN jwks_uri text;
ALTER TABLE jwt_secrets ADD COLUMN jwks text;
ALTER TABLE jwt_secrets ADD COLUMN algorithms text CHECK (algorithms IS NULL OR json_valid(algorithms));
