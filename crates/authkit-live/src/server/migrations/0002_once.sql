-- What was done under which key, so that a write whose answer was lost is not made again.
CREATE TABLE live_once (
    caller  TEXT   NOT NULL,  -- issuer and subject
    once    TEXT   NOT NULL,  -- the key of the submission, made where it was made
    digest  TEXT   NOT NULL,  -- SHA-256 of the mutation's name and arguments
    answer  TEXT   NOT NULL,  -- as JSON
    topics  TEXT   NOT NULL,  -- that were changed, and their revision, as JSON
    used_at BIGINT NOT NULL,  -- milliseconds since the epoch
    number  BIGINT NOT NULL,  -- counts the keys of the caller: the oldest go first
    PRIMARY KEY (caller, once)
);
CREATE INDEX live_once_number ON live_once (caller, number);
CREATE INDEX live_once_used_at ON live_once (used_at);
