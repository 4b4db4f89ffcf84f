-- +goose Up

-- What customers who started to wait were told, and what came.
CREATE TABLE waits (
    conversation TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL, -- when the wait began
    queue        TEXT COLLATE "C" NOT NULL,
    medium       TEXT COLLATE "C" NOT NULL,
    position     INTEGER NOT NULL,
    low_ms       BIGINT NOT NULL,
    high_ms      BIGINT NOT NULL,
    shown        SMALLINT NOT NULL, -- 0: too often wrong to be shown
    took_ms      BIGINT NOT NULL,
    taken        SMALLINT NOT NULL, -- 0: the customer left
    PRIMARY KEY (conversation, at)
);
CREATE INDEX waits_at ON waits (at);
