-- The ledger's first tables, in SQL that SQLite and PostgreSQL both read. Times are seconds since the epoch.
-- IF NOT EXISTS, for databases that are older than the notes of migrations. Released: never edit this file.

-- One row for each refresh token that has been taken up.
CREATE TABLE IF NOT EXISTS authkit_refresh (
    -- SHA-256 of the token; the token itself is never stored.
    fingerprint TEXT NOT NULL PRIMARY KEY,
    -- Who asks WorkOS, and a count that goes up for as long as they do.
    holder TEXT NOT NULL,
    beat BIGINT NOT NULL,
    -- asked, granted, refused or failed.
    outcome TEXT NOT NULL,
    -- What it was exchanged for: the new token's fingerprint, and the new session, sealed.
    successor_fingerprint TEXT,
    successor TEXT,
    keep_until BIGINT NOT NULL,
    -- Kept until then even when the successor is in use.
    keep_at_least BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS authkit_refresh_successor ON authkit_refresh (successor_fingerprint);
CREATE INDEX IF NOT EXISTS authkit_refresh_keep ON authkit_refresh (keep_until);

-- Sessions and users that are let in no more, while tokens of theirs may still be valid.
CREATE TABLE IF NOT EXISTS authkit_revocation (
    -- A session's id or a user's; they never look alike.
    id TEXT NOT NULL PRIMARY KEY,
    deny_until BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS authkit_revocation_recorded ON authkit_revocation (recorded_at);

-- What has changed since tokens were issued that may still be valid.
CREATE TABLE IF NOT EXISTS authkit_change (
    -- session: it has moved. user, role: what they may do, or it allows, is something else now.
    about TEXT NOT NULL,
    id TEXT NOT NULL,
    -- Where a session is now.
    organization_id TEXT,
    -- Tokens that were issued up to then are concerned.
    issued_until BIGINT NOT NULL,
    -- Of two with the same issued_until the later is true. Milliseconds.
    changed_at BIGINT NOT NULL,
    keep_until BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (about, id)
);
CREATE INDEX IF NOT EXISTS authkit_change_recorded ON authkit_change (recorded_at);

-- The longest life of an access token that any process has seen, in seconds. One row: a denial lasts as long.
CREATE TABLE IF NOT EXISTS authkit_token_life (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seconds BIGINT NOT NULL
);
