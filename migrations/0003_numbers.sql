-- The example: numbers, and who added them.
CREATE TABLE numbers (
    id       TEXT   NOT NULL PRIMARY KEY,  -- a ULID, which sorts by time
    value    BIGINT NOT NULL,
    added_by TEXT   NOT NULL REFERENCES users (id),
    added_at BIGINT NOT NULL               -- milliseconds since the epoch
);
