-- +goose Up

-- Where the ladder of an announcement stands: steps taken, and when the next is looked at (0: it has ended).
ALTER TABLE clock_notices ADD COLUMN step BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clock_notices ADD COLUMN step_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX clock_notices_step ON clock_notices (step_at) WHERE step_at > 0;

-- Who has a clock in hand, and since when.
ALTER TABLE clocks ADD COLUMN ack_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE clocks ADD COLUMN ack_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clocks ADD COLUMN ack_due BIGINT NOT NULL DEFAULT 0;

-- Notices to people of ours by mail. Those with one batch go out, or went out, as one mail.
CREATE TABLE mail_notices (
    id         TEXT COLLATE "C" PRIMARY KEY,    -- fact and address: derived twice it is the same
    address    TEXT COLLATE "C" NOT NULL,       -- lower case
    agent      TEXT COLLATE "C" NOT NULL,       -- '' an address that is nobody's
    conversation TEXT COLLATE "C" NOT NULL,
    at         BIGINT NOT NULL,
    batch      TEXT COLLATE "C" NOT NULL,       -- '' waits
    sent_at    BIGINT NOT NULL,    -- 0 not yet
    doc        TEXT COLLATE "C" NOT NULL
);
CREATE INDEX mail_notices_open ON mail_notices (address, at) WHERE sent_at = 0;
CREATE INDEX mail_notices_conversation ON mail_notices (conversation);
CREATE INDEX mail_notices_sent ON mail_notices (sent_at);

-- When an address last got a mail of notices, or was last tried, and how often in vain since.
CREATE TABLE mail_notice_turns (
    address TEXT COLLATE "C" PRIMARY KEY,
    at      BIGINT NOT NULL,
    failed  BIGINT NOT NULL
);

-- How agents wish to be told.
CREATE TABLE notice_wishes (
    agent TEXT COLLATE "C" PRIMARY KEY,
    doc   TEXT COLLATE "C" NOT NULL
);

-- What is to be told to other systems, and what became of it.
CREATE TABLE hook_deliveries (
    id           TEXT COLLATE "C" PRIMARY KEY,    -- webhook and fact
    webhook      TEXT COLLATE "C" NOT NULL,
    seq          BIGINT NOT NULL,    -- of the fact
    conversation TEXT COLLATE "C" NOT NULL,       -- order is kept within it; '' is about none
    kind         TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,       -- waiting | delivered | failed
    attempts     BIGINT NOT NULL,
    status       BIGINT NOT NULL,    -- of the last answer; 0 none
    reason       TEXT COLLATE "C" NOT NULL,
    next_at      BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    body         TEXT COLLATE "C" NOT NULL
);
CREATE INDEX hook_deliveries_waiting ON hook_deliveries (webhook, conversation, seq) WHERE state = 'waiting';
CREATE INDEX hook_deliveries_conversation ON hook_deliveries (conversation);
CREATE INDEX hook_deliveries_next ON hook_deliveries (next_at) WHERE state = 'waiting';
CREATE INDEX hook_deliveries_log ON hook_deliveries (webhook, seq);
CREATE INDEX hook_deliveries_ended ON hook_deliveries (ended_at) WHERE state <> 'waiting';

-- How a webhook is doing.
CREATE TABLE hook_states (
    webhook       TEXT COLLATE "C" PRIMARY KEY,
    failing_since BIGINT NOT NULL, -- the first failure since it last went well; 0: it goes well
    last_good     BIGINT NOT NULL,
    disabled_at   BIGINT NOT NULL,
    reason        TEXT COLLATE "C" NOT NULL
);

-- How far those who follow the log have come.
CREATE TABLE listeners (
    name TEXT COLLATE "C" PRIMARY KEY,
    seq  BIGINT NOT NULL
);
