-- Requests counted by rate-limiting's policy cluster: one row for each key and window. No entity: nothing caches them.
CREATE TABLE ratelimit_counters (
    key     text,
    period  text,
    start_s integer, -- of the window, seconds since 1970
    end_s   integer,
    used    integer,
    PRIMARY KEY (key, period, start_s)
);
CREATE INDEX ratelimit_counters_end ON ratelimit_counters (end_s);

-- A new row sweeps a few old ones out.
CREATE TRIGGER ratelimit_counters_sweep AFTER INSERT ON ratelimit_counters BEGIN
    DELETE FROM ratelimit_counters WHERE rowid IN (
        SELECT rowid FROM ratelimit_counters WHERE end_s < CAST(strftime('%s', 'now') AS integer) - 60
        ORDER BY end_s LIMIT 10);
END;
