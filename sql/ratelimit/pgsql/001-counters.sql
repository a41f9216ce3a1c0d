-- Requests counted by rate-limiting's policy cluster: one row for each key and window. No entity: nothing caches them.
CREATE TABLE ratelimit_counters (
    key     text,
    period  text,
    start_s bigint, -- of the window, seconds since 1970
    end_s   bigint,
    used    bigint,
    PRIMARY KEY (key, period, start_s)
);
CREATE INDEX ratelimit_counters_end ON ratelimit_counters (end_s);

-- Count one request of this key against its limits, [[period, start_s, end_s, limit], ...] with periods in one order:
-- all windows are raised, or, when one is full, none. One call is one transaction. Rows are locked in the order of the
-- limits, so that two calls never wait for each other in a circle. A new row sweeps a few old ones out.
CREATE FUNCTION ratelimit_take(wanted text, limits json) RETURNS TABLE (was_over integer, was_period text, was_used bigint)
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    l     json;
    n     bigint;
    over  boolean := false;
    names text[] := '{}';
    used_ bigint[] := '{}';
BEGIN
    FOR l IN SELECT value FROM json_array_elements(limits) LOOP
        SELECT used INTO n FROM ratelimit_counters
            WHERE key = wanted AND period = l->>0 AND start_s = (l->>1)::bigint;
        over := over OR coalesce(n, 0) >= (l->>3)::bigint;
        names := names || (l->>0);
        used_ := used_ || coalesce(n, 0);
    END LOOP;
    IF NOT over THEN
        used_ := '{}';
        FOR l IN SELECT value FROM json_array_elements(limits) LOOP
            INSERT INTO ratelimit_counters VALUES (wanted, l->>0, (l->>1)::bigint, (l->>2)::bigint, 0)
                ON CONFLICT DO NOTHING;
            IF FOUND THEN
                DELETE FROM ratelimit_counters WHERE (key, period, start_s) IN (
                    SELECT key, period, start_s FROM ratelimit_counters
                    WHERE end_s < extract(epoch FROM now())::bigint - 60 ORDER BY end_s LIMIT 10 FOR UPDATE SKIP LOCKED);
            END IF;
            SELECT used INTO n FROM ratelimit_counters
                WHERE key = wanted AND period = l->>0 AND start_s = (l->>1)::bigint FOR UPDATE;
            over := over OR coalesce(n, 0) >= (l->>3)::bigint;
            used_ := used_ || coalesce(n, 0);
        END LOOP;
    END IF;
    IF NOT over THEN
        UPDATE ratelimit_counters c SET used = c.used + 1 FROM json_array_elements(limits) e
            WHERE c.key = wanted AND c.period = e.value->>0 AND c.start_s = (e.value->>1)::bigint;
    END IF;
    RETURN QUERY SELECT over::integer, t.name, t.n + CASE WHEN over THEN 0 ELSE 1 END
        FROM unnest(names, used_) AS t (name, n);
END $$;
