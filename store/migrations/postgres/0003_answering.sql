-- +goose Up

-- Who goes first when a mailbox may send only so much: 0 answers people who wrote, 1 writes first, 2 is automatic.
ALTER TABLE outbox ADD COLUMN rank BIGINT NOT NULL DEFAULT 1;
CREATE INDEX outbox_rank ON outbox (rank, not_before);

-- A side conversation with a third party: the id of its first message; '' is what the customer sees.
ALTER TABLE messages ADD COLUMN side TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX messages_side ON messages (conversation, side) WHERE side <> '';

-- Addresses that mail came back from for good.
CREATE TABLE suppressions (
    address      TEXT COLLATE "C" PRIMARY KEY, -- lower case
    reason       TEXT COLLATE "C" NOT NULL,
    message      TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL
);
CREATE INDEX suppressions_at ON suppressions (at, address);

-- Automatic mails of ours by address, to bound them by the hour; old rows are swept.
CREATE TABLE greetings (
    address TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX greetings_address ON greetings (address, at);

-- Mails that wait for, or had, a second pair of eyes. What was frozen is the message itself.
CREATE TABLE reviews (
    message      TEXT COLLATE "C" PRIMARY KEY,
    conversation TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,
    asked_at     BIGINT NOT NULL,
    due_at       BIGINT NOT NULL, -- when its waiting is escalated; none: the far end of time
    doc          TEXT COLLATE "C" NOT NULL
);
CREATE INDEX reviews_waiting ON reviews (asked_at, message) WHERE state = 'waiting';
CREATE INDEX reviews_due ON reviews (due_at) WHERE state = 'waiting';
CREATE INDEX reviews_conversation ON reviews (conversation);
