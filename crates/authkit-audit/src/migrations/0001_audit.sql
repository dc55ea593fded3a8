-- The audit trail, in SQL that SQLite and PostgreSQL both read. Released: never edit this file.
CREATE TABLE audit_event (
    -- A ULID: in the order in which rows were written, to a millisecond.
    id TEXT NOT NULL PRIMARY KEY,
    -- Milliseconds since the epoch.
    occurred_at BIGINT NOT NULL,
    -- An object and what became of it: user.signed_in.
    action TEXT NOT NULL,
    -- Who did it, or was refused; for what WorkOS or the app did, whom it concerns.
    user_id TEXT,
    -- The first bytes of the hash of the session's id, as in the log.
    session TEXT,
    organization_id TEXT,
    -- The address of who acted for the user.
    impersonator TEXT,
    -- What it was about.
    target TEXT,
    -- Why it was refused, or who ended it.
    because TEXT,
    ip_address TEXT,
    user_agent TEXT,
    -- Under which the log has the request.
    request_id TEXT
);
CREATE INDEX audit_event_occurred ON audit_event (occurred_at);
CREATE INDEX audit_event_user ON audit_event (user_id, id);
