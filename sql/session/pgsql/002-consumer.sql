-- Whose a session is, so that an operator can list and end it; requests go by the sealed data. No reference: a session
-- outlives a declarative reload that takes its consumer away and brings it back.
ALTER TABLE sessions ADD COLUMN consumer_id uuid;
CREATE INDEX sessions_consumer ON sessions (consumer_id);
