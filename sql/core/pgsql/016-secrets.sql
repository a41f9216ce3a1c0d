-- Random numbers that all nodes of an installation share; made when they are first asked for.
CREATE TABLE gw_secrets (
    name   text PRIMARY KEY,
    secret text NOT NULL
);
