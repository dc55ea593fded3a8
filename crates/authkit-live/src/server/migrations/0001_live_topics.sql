-- How often each topic has changed: what live queries tell old answers from new ones by.
-- The first change of a topic counts from the time of day in milliseconds, so that a database that was
-- made anew is ahead of what browsers remember of the old one.
-- IF NOT EXISTS, for databases in which a migration of the app has made it. Released: never edit this file.
CREATE TABLE IF NOT EXISTS live_topic (
    topic  TEXT   NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
);
