-- +goose Up

-- Whose day a fact belongs to: the agent it is about, else who did it. Facts written before have nobody here.
ALTER TABLE events ADD COLUMN agent TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX events_agent ON events (agent, at, seq) WHERE agent <> '';

-- The customer a promise was made to, and when the same promise ended again: a report of a period counts the ending
-- whose next one lies beyond it. Nothing else of a row ever changes.
ALTER TABLE promises ADD COLUMN contact TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE promises ADD COLUMN later BIGINT NOT NULL DEFAULT 253402300799999;
UPDATE promises SET contact = COALESCE((SELECT c.contact FROM conversations c WHERE c.id = promises.conversation), ''),
    later = COALESCE((SELECT MIN(q.ended_at) FROM promises q WHERE q.conversation = promises.conversation
        AND q.target = promises.target AND q.n = promises.n AND q.ended_at > promises.ended_at), 253402300799999);
CREATE INDEX promises_contact ON promises (contact, ended_at) WHERE contact <> '';

CREATE INDEX assignments_ended ON assignments (ended_at) WHERE ended_at IS NOT NULL;

-- Alerts of the board: one row from raising to clearing. One is open at most for a rule and what it looks at.
CREATE TABLE alerts (
    id         TEXT COLLATE "C" PRIMARY KEY,
    about      TEXT COLLATE "C" NOT NULL, -- rule and what it looks at
    raised_at  BIGINT NOT NULL,
    cleared_at BIGINT NOT NULL,           -- 0: open
    doc        TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX alerts_open ON alerts (about) WHERE cleared_at = 0;
CREATE INDEX alerts_about ON alerts (about, raised_at);
CREATE INDEX alerts_raised ON alerts (raised_at, id);

-- What was foreseen for an hour of a queue, and how it came out.
CREATE TABLE forecasts (
    hour     BIGINT NOT NULL,             -- when the hour began
    queue    TEXT COLLATE "C" NOT NULL,
    arrivals DOUBLE PRECISION NOT NULL,   -- foreseen
    late     DOUBLE PRECISION NOT NULL,   -- foreseen
    PRIMARY KEY (hour, queue)
);

-- What a supervisor thought of an agent's conversation, by a sheet of a few questions.
CREATE TABLE scores (
    conversation TEXT COLLATE "C" NOT NULL,
    agent        TEXT COLLATE "C" NOT NULL,
    reviewer     TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    doc          TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (conversation, agent, reviewer)
);
CREATE INDEX scores_agent ON scores (agent, at);
