-- +goose Up

-- The one row that orders everything: locked by each commit, so numbers are without gaps and visible in order.
CREATE TABLE feed (
    id      INTEGER PRIMARY KEY,
    last    INTEGER NOT NULL, -- seq of the newest fact
    number  INTEGER NOT NULL, -- number of the newest conversation
    doc     INTEGER NOT NULL  -- number of the newest search document
);
INSERT INTO feed (id, last, number, doc) VALUES (1, 0, 1000, 0);

CREATE TABLE conversations (
    id            TEXT PRIMARY KEY,
    number        INTEGER NOT NULL UNIQUE,
    inbox         TEXT NOT NULL,
    medium        TEXT NOT NULL,
    contact       TEXT NOT NULL,
    subject       TEXT NOT NULL,
    status        TEXT NOT NULL,
    priority      TEXT NOT NULL,
    queue         TEXT NOT NULL,
    skills        TEXT NOT NULL,
    tags          TEXT NOT NULL,
    locale        TEXT NOT NULL,
    assignee      TEXT NOT NULL,
    last_agent    TEXT NOT NULL,
    last_agent_at INTEGER NOT NULL,
    prefer        TEXT NOT NULL,
    queued_at     INTEGER NOT NULL,
    snooze_until  INTEGER NOT NULL,
    resolved_at   INTEGER NOT NULL,
    merged_into   TEXT NOT NULL,
    previous      TEXT NOT NULL,
    contact_name  TEXT NOT NULL,
    tier          TEXT NOT NULL,
    people        TEXT NOT NULL,
    messages      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    last_by       TEXT NOT NULL,
    snippet       TEXT NOT NULL,
    visitor_read  INTEGER NOT NULL,
    due_at        INTEGER NOT NULL, -- none: the far end of time, so that one index sorts it last
    due_target    TEXT NOT NULL,
    version       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    -- Copies that a page needs, so that it reads one row.
    clocks        TEXT NOT NULL DEFAULT '', -- the last two of each target, see card.go
    mentioned     TEXT NOT NULL DEFAULT ''  -- agents named in notes, each between line ends
);
CREATE UNIQUE INDEX conversations_open_chat ON conversations (inbox, contact) WHERE medium = 'chat' AND status <> 'resolved';
CREATE INDEX conversations_queue_due ON conversations (queue, status, due_at, id);
CREATE INDEX conversations_queue_last ON conversations (queue, status, last_at, id);
CREATE INDEX conversations_free_due ON conversations (queue, status, due_at, id) WHERE assignee = '';
CREATE INDEX conversations_free_last ON conversations (queue, status, last_at, id) WHERE assignee = '';
CREATE INDEX conversations_mine_due ON conversations (assignee, status, due_at, id) WHERE assignee <> '';
CREATE INDEX conversations_mine_last ON conversations (assignee, status, last_at, id) WHERE assignee <> '';
CREATE INDEX conversations_all_due ON conversations (status, due_at, id);
CREATE INDEX conversations_all_last ON conversations (status, last_at, id);
CREATE INDEX conversations_contact ON conversations (contact, last_at, id);
CREATE INDEX conversations_unresolved ON conversations (id) WHERE status <> 'resolved';
CREATE INDEX conversations_snooze ON conversations (snooze_until) WHERE status = 'snoozed';

CREATE TABLE assignments (
    conversation TEXT NOT NULL,
    agent        TEXT NOT NULL,
    offer        TEXT,
    started_at   INTEGER NOT NULL,
    ended_at     INTEGER
);
CREATE UNIQUE INDEX assignments_open ON assignments (conversation) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX assignments_offer ON assignments (offer) WHERE offer IS NOT NULL;
CREATE INDEX assignments_agent ON assignments (agent, ended_at);

CREATE TABLE messages (
    id           TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    number       INTEGER NOT NULL,
    inbox        TEXT NOT NULL,
    direction    TEXT NOT NULL,
    at           INTEGER NOT NULL,
    delivery     TEXT NOT NULL,
    failure      TEXT NOT NULL,
    not_before   INTEGER NOT NULL,
    call         TEXT NOT NULL,
    raw          TEXT NOT NULL,
    doc          TEXT NOT NULL
);
CREATE UNIQUE INDEX messages_number ON messages (conversation, number);
CREATE INDEX messages_raw ON messages (raw) WHERE raw <> '';

CREATE TABLE attachments (
    message      TEXT NOT NULL,
    n            INTEGER NOT NULL,
    blob         TEXT NOT NULL,
    name         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size         INTEGER NOT NULL,
    PRIMARY KEY (message, n)
) WITHOUT ROWID;
CREATE INDEX attachments_blob ON attachments (blob);

CREATE TABLE contacts (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    company    TEXT NOT NULL,
    locale     TEXT NOT NULL,
    tier       TEXT NOT NULL,
    owner      TEXT NOT NULL,
    note       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX contacts_name ON contacts (name, id);

CREATE TABLE identities (
    kind    TEXT NOT NULL,
    value   TEXT NOT NULL,
    contact TEXT NOT NULL,
    n       INTEGER NOT NULL, -- the order the contact got them in
    PRIMARY KEY (kind, value)
) WITHOUT ROWID;
CREATE INDEX identities_contact ON identities (contact, n);

-- What came from outside under its source's id. Without conversation and message: a tombstone.
CREATE TABLE seen (
    scope        TEXT NOT NULL,
    external     TEXT NOT NULL,
    hash         TEXT NOT NULL,
    conversation TEXT NOT NULL,
    message      TEXT NOT NULL,
    number       INTEGER NOT NULL,
    at           INTEGER NOT NULL DEFAULT 0, -- of an agent's idempotency key, which expires; else 0
    PRIMARY KEY (scope, external)
) WITHOUT ROWID;
CREATE INDEX seen_conversation ON seen (conversation) WHERE conversation <> '';
CREATE INDEX seen_at ON seen (at) WHERE at > 0;

CREATE TABLE threads (
    inbox        TEXT NOT NULL,
    message_id   TEXT NOT NULL,
    conversation TEXT NOT NULL,
    message      TEXT NOT NULL,
    PRIMARY KEY (inbox, message_id)
) WITHOUT ROWID;

CREATE TABLE events (
    seq          INTEGER PRIMARY KEY,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    actor_role   TEXT NOT NULL,
    at           INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    version      INTEGER NOT NULL,
    body         TEXT NOT NULL
);
CREATE INDEX events_audit ON events (seq) WHERE subject_kind IN ('setting', 'inbox') OR kind IN ('looked', 'presence_changed');
CREATE INDEX events_subject ON events (subject_kind, subject_id, seq);

CREATE TABLE clocks (
    conversation TEXT NOT NULL,
    target       TEXT NOT NULL,
    n            INTEGER NOT NULL,
    policy       TEXT NOT NULL,
    calendar     TEXT NOT NULL,
    budget       INTEGER NOT NULL, -- ms
    used         INTEGER NOT NULL, -- ms
    due_version  INTEGER NOT NULL,
    warnings     TEXT NOT NULL,
    started      TEXT NOT NULL,
    met_by       TEXT NOT NULL,
    marked       SMALLINT NOT NULL,
    started_at   INTEGER NOT NULL,
    paused_at    INTEGER NOT NULL,
    resumed_at   INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    met_at       INTEGER NOT NULL,
    cancelled_at INTEGER NOT NULL,
    breached_at  INTEGER NOT NULL,
    queue        TEXT NOT NULL,    -- of the conversation when last saved, for service levels
    running      SMALLINT NOT NULL,
    next_at      INTEGER NOT NULL,  -- when a warning or the breach is to be announced next; none: the far end of time
    PRIMARY KEY (conversation, target, n)
) WITHOUT ROWID;
CREATE INDEX clocks_next ON clocks (next_at) WHERE running = 1;
CREATE INDEX clocks_due ON clocks (due_at, conversation) WHERE running = 1;
CREATE INDEX clocks_met ON clocks (target, met_at) WHERE met_at > 0;
CREATE INDEX clocks_breached ON clocks (target, breached_at) WHERE breached_at > 0;

CREATE TABLE clock_notices (
    conversation TEXT NOT NULL,
    target       TEXT NOT NULL,
    n            INTEGER NOT NULL,
    due_version  INTEGER NOT NULL,
    level        INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, target, n, due_version, level)
) WITHOUT ROWID;

CREATE TABLE settings (
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    version    INTEGER NOT NULL,
    doc        TEXT NOT NULL,
    deleted    SMALLINT NOT NULL,
    email      TEXT NOT NULL, -- of an agent: signs in with it
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX settings_email ON settings (email) WHERE email <> '';

CREATE TABLE presence (
    agent    TEXT PRIMARY KEY,
    state    TEXT NOT NULL,
    reason   TEXT NOT NULL,
    since    INTEGER NOT NULL,
    until_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE mentions (
    agent        TEXT NOT NULL,
    conversation TEXT NOT NULL,
    message      TEXT NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (agent, conversation)
) WITHOUT ROWID;

CREATE TABLE outbox (
    message     TEXT PRIMARY KEY,
    inbox       TEXT NOT NULL,
    not_before  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    first_tried INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    node        TEXT NOT NULL,
    started_at  INTEGER NOT NULL -- the bytes went out under this claim: only a person claims it again
) WITHOUT ROWID;
CREATE INDEX outbox_ready ON outbox (not_before);

CREATE TABLE blobs (
    hash       TEXT PRIMARY KEY, -- hex SHA-256 of the content
    size       INTEGER NOT NULL,
    touched_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX blobs_touched ON blobs (touched_at);
CREATE TABLE blob_chunks (
    hash TEXT NOT NULL,
    n    INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (hash, n)
);

CREATE TABLE drafts (
    agent        TEXT NOT NULL,
    conversation TEXT NOT NULL,
    doc          TEXT NOT NULL,
    version      INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    PRIMARY KEY (agent, conversation)
) WITHOUT ROWID;

-- Files an agent sent in and has not attached yet; they keep their blobs from the collector of orphans for a while.
CREATE TABLE uploads (
    agent        TEXT NOT NULL,
    blob         TEXT NOT NULL,
    name         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size         INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (agent, blob)
) WITHOUT ROWID;
CREATE INDEX uploads_blob ON uploads (blob);

CREATE TABLE marks (
    agent        TEXT NOT NULL,
    conversation TEXT NOT NULL,
    number       INTEGER NOT NULL, -- the last message read
    at           INTEGER NOT NULL,
    PRIMARY KEY (agent, conversation)
) WITHOUT ROWID;

CREATE TABLE preferences (
    agent TEXT PRIMARY KEY,
    doc   TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE cursors (
    inbox        TEXT NOT NULL,
    mailbox      TEXT NOT NULL,
    validity     INTEGER NOT NULL,
    uid          INTEGER NOT NULL,
    connected_at INTEGER NOT NULL,
    PRIMARY KEY (inbox, mailbox)
) WITHOUT ROWID;

-- How often a mail was read without success.
CREATE TABLE readings (
    inbox    TEXT NOT NULL,
    mailbox  TEXT NOT NULL,
    validity INTEGER NOT NULL,
    uid      INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (inbox, mailbox, validity, uid)
) WITHOUT ROWID;

CREATE TABLE channel_status (
    inbox     TEXT PRIMARY KEY,
    up        SMALLINT NOT NULL,
    cause     TEXT NOT NULL,
    last_good INTEGER NOT NULL,
    since     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE quarantine (
    id         TEXT PRIMARY KEY,
    inbox      TEXT NOT NULL,
    source     TEXT NOT NULL,
    cause      TEXT NOT NULL,
    blob       TEXT NOT NULL,
    size       INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    retried_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX quarantine_source ON quarantine (inbox, source);
CREATE INDEX quarantine_at ON quarantine (at, id);
CREATE INDEX quarantine_blob ON quarantine (blob);

CREATE TABLE nodes (
    id      TEXT PRIMARY KEY,
    seen_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE sockets (
    node  TEXT NOT NULL,
    agent TEXT NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (node, agent)
) WITHOUT ROWID;

CREATE TABLE secrets (
    owner TEXT NOT NULL, -- inbox:<id>, webhook:<id>, …
    name  TEXT NOT NULL,
    box   BLOB NOT NULL, -- nonce and AES-256-GCM ciphertext; owner and name are authenticated with it
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (owner, name)
) WITHOUT ROWID;

CREATE TABLE credentials (
    agent      TEXT PRIMARY KEY,
    hash       TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    agent      TEXT NOT NULL,
    address    TEXT NOT NULL,
    client     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    idle_until INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_agent ON sessions (agent, created_at);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- Attempts to sign in, one row each: what is counted is an address or an account.
CREATE TABLE attempts (
    name TEXT NOT NULL,
    at   INTEGER NOT NULL
);
CREATE INDEX attempts_name ON attempts (name, at);
CREATE INDEX attempts_at ON attempts (at);

CREATE TABLE positions (
    name TEXT PRIMARY KEY, -- a listener of the feed
    seq  INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

-- One document per message, conversation head and contact. The text itself is kept as tokens only.
CREATE TABLE search_docs (
    doc          INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL,
    message      TEXT NOT NULL,
    contact      TEXT NOT NULL,
    number       INTEGER NOT NULL,
    at           INTEGER NOT NULL
);
CREATE INDEX search_docs_message ON search_docs (message) WHERE message <> '';
CREATE INDEX search_docs_conversation ON search_docs (conversation) WHERE message = '';
CREATE INDEX search_docs_contact ON search_docs (contact) WHERE contact <> '';
CREATE VIRTUAL TABLE search USING fts5 (tokens, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0', detail = full);
