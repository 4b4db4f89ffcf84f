-- +goose Up

-- Promises that ended, as they stood then: what reports are made of. A row is never changed, so a closed period stays
-- as it was, whatever becomes of the conversation later.
CREATE TABLE promises (
    conversation TEXT COLLATE "C" NOT NULL,
    target       TEXT COLLATE "C" NOT NULL,
    n            INTEGER NOT NULL,
    ended_at     BIGINT NOT NULL,
    outcome      TEXT COLLATE "C" NOT NULL,    -- met, late, cancelled
    medium       TEXT COLLATE "C" NOT NULL,
    inbox        TEXT COLLATE "C" NOT NULL,
    queue        TEXT COLLATE "C" NOT NULL,
    agent        TEXT COLLATE "C" NOT NULL,
    tier         TEXT COLLATE "C" NOT NULL,
    policy       TEXT COLLATE "C" NOT NULL,
    calendar_ms  BIGINT NOT NULL, -- from start to end, on the clock on the wall
    business_ms  BIGINT NOT NULL, -- of its own calendar, less the pauses
    PRIMARY KEY (conversation, target, n, ended_at)
);
CREATE INDEX promises_ended ON promises (ended_at);

INSERT INTO promises
SELECT k.conversation, k.target, k.n, CASE WHEN k.met_at > 0 THEN k.met_at ELSE k.cancelled_at END,
    CASE WHEN k.met_at = 0 THEN 'cancelled' WHEN k.breached_at > 0 THEN 'late' ELSE 'met' END,
    c.medium, c.inbox, k.queue, c.assignee, c.tier, k.policy,
    CASE WHEN k.met_at > 0 THEN k.met_at ELSE k.cancelled_at END - k.started_at, k.used
FROM clocks k JOIN conversations c ON c.id = k.conversation WHERE k.met_at > 0 OR k.cancelled_at > 0;
