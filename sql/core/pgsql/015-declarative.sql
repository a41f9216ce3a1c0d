-- SPDX-License-Identifier: Apache-2.0
-- Which declarative configuration the rows are; one row, or none where they were written one by one.
CREATE TABLE gw_declarative (
    one  integer PRIMARY KEY CHECK (one = 1),
    mark text NOT NULL
);
