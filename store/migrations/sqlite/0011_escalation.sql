-- +goose Up

-- Where the ladder of an announcement stands: steps taken, and when the next is looked at (0: it has ended).
ALTER TABLE clock_notices ADD COLUMN step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clock_notices ADD COLUMN step_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX clock_notices_step ON clock_notices (step_at) WHERE step_at > 0;

-- Who has a clock in hand, and since when.
ALTER TABLE clocks ADD COLUMN ack_by TEXT NOT NULL DEFAULT '';
ALTER TABLE clocks ADD COLUMN ack_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clocks ADD COLUMN ack_due INTEGER NOT NULL DEFAULT 0;

-- Notices to people of ours by mail. Those with one batch go out, or went out, as one mail.
CREATE TABLE mail_notices (
    id         TEXT PRIMARY KEY,    -- fact and address: derived twice it is the same
    address    TEXT NOT NULL,       -- lower case
    agent      TEXT NOT NULL,       -- '' an address that is nobody's
    conversation TEXT NOT NULL,
    at         INTEGER NOT NULL,
    batch      TEXT NOT NULL,       -- '' waits
    sent_at    INTEGER NOT NULL,    -- 0 not yet
    doc        TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX mail_notices_open ON mail_notices (address, at) WHERE sent_at = 0;
CREATE INDEX mail_notices_conversation ON mail_notices (conversation);
CREATE INDEX mail_notices_sent ON mail_notices (sent_at);

-- When an address last got a mail of notices, or was last tried, and how often in vain since.
CREATE TABLE mail_notice_turns (
    address TEXT PRIMARY KEY,
    at      INTEGER NOT NULL,
    failed  INTEGER NOT NULL
) WITHOUT ROWID;

-- How agents wish to be told.
CREATE TABLE notice_wishes (
    agent TEXT PRIMARY KEY,
    doc   TEXT NOT NULL
) WITHOUT ROWID;

-- What is to be told to other systems, and what became of it.
CREATE TABLE hook_deliveries (
    id           TEXT PRIMARY KEY,    -- webhook and fact
    webhook      TEXT NOT NULL,
    seq          INTEGER NOT NULL,    -- of the fact
    conversation TEXT NOT NULL,       -- order is kept within it; '' is about none
    kind         TEXT NOT NULL,
    state        TEXT NOT NULL,       -- waiting | delivered | failed
    attempts     INTEGER NOT NULL,
    status       INTEGER NOT NULL,    -- of the last answer; 0 none
    reason       TEXT NOT NULL,
    next_at      INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    ended_at     INTEGER NOT NULL,
    body         TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX hook_deliveries_waiting ON hook_deliveries (webhook, conversation, seq) WHERE state = 'waiting';
CREATE INDEX hook_deliveries_conversation ON hook_deliveries (conversation);
CREATE INDEX hook_deliveries_next ON hook_deliveries (next_at) WHERE state = 'waiting';
CREATE INDEX hook_deliveries_log ON hook_deliveries (webhook, seq);
CREATE INDEX hook_deliveries_ended ON hook_deliveries (ended_at) WHERE state <> 'waiting';

-- How a webhook is doing.
CREATE TABLE hook_states (
    webhook       TEXT PRIMARY KEY,
    failing_since INTEGER NOT NULL, -- the first failure since it last went well; 0: it goes well
    last_good     INTEGER NOT NULL,
    disabled_at   INTEGER NOT NULL,
    reason        TEXT NOT NULL
) WITHOUT ROWID;

-- How far those who follow the log have come.
CREATE TABLE listeners (
    name TEXT PRIMARY KEY,
    seq  INTEGER NOT NULL
) WITHOUT ROWID;
