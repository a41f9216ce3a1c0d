-- Who may log in, and which paths need which level. The defaults serve rows that are written with sqlite3.
CREATE TABLE login_user (
    id         text PRIMARY KEY NOT NULL DEFAULT (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
        substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    created_at integer DEFAULT (CAST(strftime('%s', 'now') AS integer)),
    phone      text CONSTRAINT login_user_phone_key UNIQUE,
    name       text,
    password   text,
    level      integer DEFAULT 0,
    tags       text CHECK (tags IS NULL OR json_valid(tags))
);
CREATE TRIGGER login_user_gw_insert AFTER INSERT ON login_user BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('login_user', NEW.id, 'insert');
END;
CREATE TRIGGER login_user_gw_update AFTER UPDATE ON login_user BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('login_user', NEW.id, 'update');
END;
CREATE TRIGGER login_user_gw_delete AFTER DELETE ON login_user BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('login_user', OLD.id, 'delete');
END;
CREATE TABLE api_mgr (
    id         text PRIMARY KEY NOT NULL DEFAULT (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
        substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
    created_at integer DEFAULT (CAST(strftime('%s', 'now') AS integer)),
    sign       text CONSTRAINT api_mgr_sign_key UNIQUE,
    name       text,
    auth_level integer DEFAULT 0,
    tags       text CHECK (tags IS NULL OR json_valid(tags))
);
CREATE TRIGGER api_mgr_gw_insert AFTER INSERT ON api_mgr BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('api_mgr', NEW.id, 'insert');
END;
CREATE TRIGGER api_mgr_gw_update AFTER UPDATE ON api_mgr BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('api_mgr', NEW.id, 'update');
END;
CREATE TRIGGER api_mgr_gw_delete AFTER DELETE ON api_mgr BEGIN
    INSERT INTO gw_events (entity, row_id, op) VALUES ('api_mgr', OLD.id, 'delete');
END;
