-- +goose Up

-- What is left of an erased conversation. Nothing in it was said by a customer.
CREATE TABLE tombstones (
    id        TEXT PRIMARY KEY,
    number    INTEGER NOT NULL UNIQUE,
    inbox     TEXT NOT NULL,
    erased_by TEXT NOT NULL,
    reason    TEXT NOT NULL,
    erased_at INTEGER NOT NULL
) WITHOUT ROWID;

-- The audit list shows erasures too.
CREATE INDEX events_audited ON events (seq) WHERE subject_kind IN ('setting', 'inbox') OR kind IN ('looked', 'presence_changed', 'erased', 'contact_erased');

-- Erasing looks these up by conversation.
CREATE INDEX drafts_conversation ON drafts (conversation);
CREATE INDEX marks_conversation ON marks (conversation);
CREATE INDEX mentions_conversation ON mentions (conversation);

-- What a key of an agent's request made, so that the same request again answers the same (24 h).
CREATE TABLE requests (
    agent   TEXT NOT NULL,
    route   TEXT NOT NULL,
    key     TEXT NOT NULL,
    hash    TEXT NOT NULL,    -- of the request's address and body
    made    TEXT NOT NULL,    -- what it made, kind:id
    status  INTEGER NOT NULL, -- of the answer; 0: not written down yet, or the process died before
    answer  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (agent, route, key)
) WITHOUT ROWID;
CREATE INDEX requests_at ON requests (at);
