-- +goose Up

-- What customers who started to wait were told, and what came.
CREATE TABLE waits (
    conversation TEXT NOT NULL,
    at           INTEGER NOT NULL, -- when the wait began
    queue        TEXT NOT NULL,
    medium       TEXT NOT NULL,
    position     INTEGER NOT NULL,
    low_ms       INTEGER NOT NULL,
    high_ms      INTEGER NOT NULL,
    shown        SMALLINT NOT NULL, -- 0: too often wrong to be shown
    took_ms      INTEGER NOT NULL,
    taken        SMALLINT NOT NULL, -- 0: the customer left
    PRIMARY KEY (conversation, at)
) WITHOUT ROWID;
CREATE INDEX waits_at ON waits (at);
