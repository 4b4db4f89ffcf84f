-- +goose Up

-- What is left of an erased conversation. Nothing in it was said by a customer.
CREATE TABLE tombstones (
    id        TEXT COLLATE "C" PRIMARY KEY,
    number    BIGINT NOT NULL UNIQUE,
    inbox     TEXT COLLATE "C" NOT NULL,
    erased_by TEXT COLLATE "C" NOT NULL,
    reason    TEXT COLLATE "C" NOT NULL,
    erased_at BIGINT NOT NULL
);

-- The audit list shows erasures too.
CREATE INDEX events_audited ON events (seq) WHERE subject_kind IN ('setting', 'inbox') OR kind IN ('looked', 'presence_changed', 'erased', 'contact_erased');

-- Erasing looks these up by conversation.
CREATE INDEX drafts_conversation ON drafts (conversation);
CREATE INDEX marks_conversation ON marks (conversation);
CREATE INDEX mentions_conversation ON mentions (conversation);

-- What a key of an agent's request made, so that the same request again answers the same (24 h).
CREATE TABLE requests (
    agent   TEXT COLLATE "C" NOT NULL,
    route   TEXT COLLATE "C" NOT NULL,
    key     TEXT COLLATE "C" NOT NULL,
    hash    TEXT COLLATE "C" NOT NULL,    -- of the request's address and body
    made    TEXT COLLATE "C" NOT NULL,    -- what it made, kind:id
    status  BIGINT NOT NULL, -- of the answer; 0: not written down yet, or the process died before
    answer  TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (agent, route, key)
);
CREATE INDEX requests_at ON requests (at);
