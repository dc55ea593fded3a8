-- Ids are ULIDs, which sort by time.
CREATE TABLE notes (
    id TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
);
