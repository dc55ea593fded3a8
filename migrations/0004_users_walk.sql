-- How far `authkit-leptos sync-users` has come in its walk through WorkOS's users, so that a run that was
-- interrupted goes on. One row while a walk is under way, none otherwise.
CREATE TABLE users_walk (
    started_at BIGINT NOT NULL PRIMARY KEY,  -- milliseconds since the epoch
    cursor     TEXT   NOT NULL,              -- the last user met; empty before the first
    added      BIGINT NOT NULL,              -- users so far that had no row
    changed    BIGINT NOT NULL,              -- … whose row was older
    unchanged  BIGINT NOT NULL               -- … whose row was as it should be
);

-- Whom that walk has met: the others are perhaps deleted.
CREATE TABLE users_walk_met (
    user_id TEXT NOT NULL PRIMARY KEY
);
