-- +goose Up

-- Who goes first when a mailbox may send only so much: 0 answers people who wrote, 1 writes first, 2 is automatic.
ALTER TABLE outbox ADD COLUMN rank INTEGER NOT NULL DEFAULT 1;
CREATE INDEX outbox_rank ON outbox (rank, not_before);

-- A side conversation with a third party: the id of its first message; '' is what the customer sees.
ALTER TABLE messages ADD COLUMN side TEXT NOT NULL DEFAULT '';
CREATE INDEX messages_side ON messages (conversation, side) WHERE side <> '';

-- Addresses that mail came back from for good.
CREATE TABLE suppressions (
    address      TEXT PRIMARY KEY, -- lower case
    reason       TEXT NOT NULL,
    message      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    at           INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX suppressions_at ON suppressions (at, address);

-- Automatic mails of ours by address, to bound them by the hour; old rows are swept.
CREATE TABLE greetings (
    address TEXT NOT NULL,
    at      INTEGER NOT NULL
);
CREATE INDEX greetings_address ON greetings (address, at);

-- Mails that wait for, or had, a second pair of eyes. What was frozen is the message itself.
CREATE TABLE reviews (
    message      TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    state        TEXT NOT NULL,
    asked_at     INTEGER NOT NULL,
    due_at       INTEGER NOT NULL, -- when its waiting is escalated; none: the far end of time
    doc          TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX reviews_waiting ON reviews (asked_at, message) WHERE state = 'waiting';
CREATE INDEX reviews_due ON reviews (due_at) WHERE state = 'waiting';
CREATE INDEX reviews_conversation ON reviews (conversation);
