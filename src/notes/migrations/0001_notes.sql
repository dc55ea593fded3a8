-- Notes of organizations, and who wrote them.
CREATE TABLE notes (
    id              TEXT   NOT NULL PRIMARY KEY,  -- a ULID, which sorts by time
    organization_id TEXT   NOT NULL,              -- org_…
    text            TEXT   NOT NULL,
    written_by      TEXT   NOT NULL REFERENCES users (id),
    written_at      BIGINT NOT NULL               -- milliseconds since the epoch
);
CREATE INDEX notes_of_organization ON notes (organization_id, id);
