-- The users of this app, as WorkOS describes them. A row is never removed for good: what somebody wrote
-- outlives them, and older news must not bring them back.
CREATE TABLE users (
    id                  TEXT   NOT NULL PRIMARY KEY,  -- user_…
    email               TEXT,                         -- none until WorkOS has told, or once it is deleted
    first_name          TEXT,
    last_name           TEXT,
    profile_picture_url TEXT,
    updated_at          BIGINT NOT NULL,              -- WorkOS's updated_at, milliseconds since the epoch
    deleted_at          BIGINT                        -- milliseconds since the epoch
);
