-- +goose Up

-- The one row that orders everything: locked by each commit, so numbers are without gaps and visible in order.
CREATE TABLE feed (
    id      BIGINT PRIMARY KEY,
    last    BIGINT NOT NULL, -- seq of the newest fact
    number  BIGINT NOT NULL, -- number of the newest conversation
    doc     BIGINT NOT NULL  -- number of the newest search document
);
INSERT INTO feed (id, last, number, doc) VALUES (1, 0, 1000, 0);

CREATE TABLE conversations (
    id            TEXT COLLATE "C" PRIMARY KEY,
    number        BIGINT NOT NULL UNIQUE,
    inbox         TEXT COLLATE "C" NOT NULL,
    medium        TEXT COLLATE "C" NOT NULL,
    contact       TEXT COLLATE "C" NOT NULL,
    subject       TEXT COLLATE "C" NOT NULL,
    status        TEXT COLLATE "C" NOT NULL,
    priority      TEXT COLLATE "C" NOT NULL,
    queue         TEXT COLLATE "C" NOT NULL,
    skills        TEXT COLLATE "C" NOT NULL,
    tags          TEXT COLLATE "C" NOT NULL,
    locale        TEXT COLLATE "C" NOT NULL,
    assignee      TEXT COLLATE "C" NOT NULL,
    last_agent    TEXT COLLATE "C" NOT NULL,
    last_agent_at BIGINT NOT NULL,
    prefer        TEXT COLLATE "C" NOT NULL,
    queued_at     BIGINT NOT NULL,
    snooze_until  BIGINT NOT NULL,
    resolved_at   BIGINT NOT NULL,
    merged_into   TEXT COLLATE "C" NOT NULL,
    previous      TEXT COLLATE "C" NOT NULL,
    contact_name  TEXT COLLATE "C" NOT NULL,
    tier          TEXT COLLATE "C" NOT NULL,
    people        TEXT COLLATE "C" NOT NULL,
    messages      BIGINT NOT NULL,
    last_at       BIGINT NOT NULL,
    last_by       TEXT COLLATE "C" NOT NULL,
    snippet       TEXT COLLATE "C" NOT NULL,
    visitor_read  BIGINT NOT NULL,
    due_at        BIGINT NOT NULL, -- none: the far end of time, so that one index sorts it last
    due_target    TEXT COLLATE "C" NOT NULL,
    version       BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    -- Copies that a page needs, so that it reads one row.
    clocks        TEXT COLLATE "C" NOT NULL DEFAULT '', -- the last two of each target, see card.go
    mentioned     TEXT COLLATE "C" NOT NULL DEFAULT ''  -- agents named in notes, each between line ends
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
    conversation TEXT COLLATE "C" NOT NULL,
    agent        TEXT COLLATE "C" NOT NULL,
    offer        TEXT COLLATE "C",
    started_at   BIGINT NOT NULL,
    ended_at     BIGINT
);
CREATE UNIQUE INDEX assignments_open ON assignments (conversation) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX assignments_offer ON assignments (offer) WHERE offer IS NOT NULL;
CREATE INDEX assignments_agent ON assignments (agent, ended_at);

CREATE TABLE messages (
    id           TEXT COLLATE "C" PRIMARY KEY,
    conversation TEXT COLLATE "C" NOT NULL,
    number       BIGINT NOT NULL,
    inbox        TEXT COLLATE "C" NOT NULL,
    direction    TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    delivery     TEXT COLLATE "C" NOT NULL,
    failure      TEXT COLLATE "C" NOT NULL,
    not_before   BIGINT NOT NULL,
    call         TEXT COLLATE "C" NOT NULL,
    raw          TEXT COLLATE "C" NOT NULL,
    doc          TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX messages_number ON messages (conversation, number);
CREATE INDEX messages_raw ON messages (raw) WHERE raw <> '';

CREATE TABLE attachments (
    message      TEXT COLLATE "C" NOT NULL,
    n            BIGINT NOT NULL,
    blob         TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    content_type TEXT COLLATE "C" NOT NULL,
    size         BIGINT NOT NULL,
    PRIMARY KEY (message, n)
);
CREATE INDEX attachments_blob ON attachments (blob);

CREATE TABLE contacts (
    id         TEXT COLLATE "C" PRIMARY KEY,
    name       TEXT COLLATE "C" NOT NULL,
    company    TEXT COLLATE "C" NOT NULL,
    locale     TEXT COLLATE "C" NOT NULL,
    tier       TEXT COLLATE "C" NOT NULL,
    owner      TEXT COLLATE "C" NOT NULL,
    note       TEXT COLLATE "C" NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX contacts_name ON contacts (name, id);

CREATE TABLE identities (
    kind    TEXT COLLATE "C" NOT NULL,
    value   TEXT COLLATE "C" NOT NULL,
    contact TEXT COLLATE "C" NOT NULL,
    n       BIGINT NOT NULL, -- the order the contact got them in
    PRIMARY KEY (kind, value)
);
CREATE INDEX identities_contact ON identities (contact, n);

-- What came from outside under its source's id. Without conversation and message: a tombstone.
CREATE TABLE seen (
    scope        TEXT COLLATE "C" NOT NULL,
    external     TEXT COLLATE "C" NOT NULL,
    hash         TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    message      TEXT COLLATE "C" NOT NULL,
    number       BIGINT NOT NULL,
    at           BIGINT NOT NULL DEFAULT 0, -- of an agent's idempotency key, which expires; else 0
    PRIMARY KEY (scope, external)
);
CREATE INDEX seen_conversation ON seen (conversation) WHERE conversation <> '';
CREATE INDEX seen_at ON seen (at) WHERE at > 0;

CREATE TABLE threads (
    inbox        TEXT COLLATE "C" NOT NULL,
    message_id   TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    message      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (inbox, message_id)
);

CREATE TABLE events (
    seq          BIGINT PRIMARY KEY,
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject_id   TEXT COLLATE "C" NOT NULL,
    actor_kind   TEXT COLLATE "C" NOT NULL,
    actor_id     TEXT COLLATE "C" NOT NULL,
    actor_role   TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL,
    body         TEXT COLLATE "C" NOT NULL
);
CREATE INDEX events_audit ON events (seq) WHERE subject_kind IN ('setting', 'inbox') OR kind IN ('looked', 'presence_changed');
CREATE INDEX events_subject ON events (subject_kind, subject_id, seq);

CREATE TABLE clocks (
    conversation TEXT COLLATE "C" NOT NULL,
    target       TEXT COLLATE "C" NOT NULL,
    n            BIGINT NOT NULL,
    policy       TEXT COLLATE "C" NOT NULL,
    calendar     TEXT COLLATE "C" NOT NULL,
    budget       BIGINT NOT NULL, -- ms
    used         BIGINT NOT NULL, -- ms
    due_version  BIGINT NOT NULL,
    warnings     TEXT COLLATE "C" NOT NULL,
    started      TEXT COLLATE "C" NOT NULL,
    met_by       TEXT COLLATE "C" NOT NULL,
    marked       SMALLINT NOT NULL,
    started_at   BIGINT NOT NULL,
    paused_at    BIGINT NOT NULL,
    resumed_at   BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    met_at       BIGINT NOT NULL,
    cancelled_at BIGINT NOT NULL,
    breached_at  BIGINT NOT NULL,
    queue        TEXT COLLATE "C" NOT NULL,    -- of the conversation when last saved, for service levels
    running      SMALLINT NOT NULL,
    next_at      BIGINT NOT NULL,  -- when a warning or the breach is to be announced next; none: the far end of time
    PRIMARY KEY (conversation, target, n)
);
CREATE INDEX clocks_next ON clocks (next_at) WHERE running = 1;
CREATE INDEX clocks_due ON clocks (due_at, conversation) WHERE running = 1;
CREATE INDEX clocks_met ON clocks (target, met_at) WHERE met_at > 0;
CREATE INDEX clocks_breached ON clocks (target, breached_at) WHERE breached_at > 0;

CREATE TABLE clock_notices (
    conversation TEXT COLLATE "C" NOT NULL,
    target       TEXT COLLATE "C" NOT NULL,
    n            BIGINT NOT NULL,
    due_version  BIGINT NOT NULL,
    level        BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (conversation, target, n, due_version, level)
);

CREATE TABLE settings (
    kind       TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    version    BIGINT NOT NULL,
    doc        TEXT COLLATE "C" NOT NULL,
    deleted    SMALLINT NOT NULL,
    email      TEXT COLLATE "C" NOT NULL, -- of an agent: signs in with it
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE UNIQUE INDEX settings_email ON settings (email) WHERE email <> '';

CREATE TABLE presence (
    agent    TEXT COLLATE "C" PRIMARY KEY,
    state    TEXT COLLATE "C" NOT NULL,
    reason   TEXT COLLATE "C" NOT NULL,
    since    BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);

CREATE TABLE mentions (
    agent        TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    message      TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (agent, conversation)
);

CREATE TABLE outbox (
    message     TEXT COLLATE "C" PRIMARY KEY,
    inbox       TEXT COLLATE "C" NOT NULL,
    not_before  BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    first_tried BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    node        TEXT COLLATE "C" NOT NULL,
    started_at  BIGINT NOT NULL -- the bytes went out under this claim: only a person claims it again
);
CREATE INDEX outbox_ready ON outbox (not_before);

CREATE TABLE blobs (
    hash       TEXT COLLATE "C" PRIMARY KEY, -- hex SHA-256 of the content
    size       BIGINT NOT NULL,
    touched_at BIGINT NOT NULL
);
CREATE INDEX blobs_touched ON blobs (touched_at);
CREATE TABLE blob_chunks (
    hash TEXT COLLATE "C" NOT NULL,
    n    BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (hash, n)
);

CREATE TABLE drafts (
    agent        TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    doc          TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (agent, conversation)
);

-- Files an agent sent in and has not attached yet; they keep their blobs from the collector of orphans for a while.
CREATE TABLE uploads (
    agent        TEXT COLLATE "C" NOT NULL,
    blob         TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    content_type TEXT COLLATE "C" NOT NULL,
    size         BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (agent, blob)
);
CREATE INDEX uploads_blob ON uploads (blob);

CREATE TABLE marks (
    agent        TEXT COLLATE "C" NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    number       BIGINT NOT NULL, -- the last message read
    at           BIGINT NOT NULL,
    PRIMARY KEY (agent, conversation)
);

CREATE TABLE preferences (
    agent TEXT COLLATE "C" PRIMARY KEY,
    doc   TEXT COLLATE "C" NOT NULL
);

CREATE TABLE cursors (
    inbox        TEXT COLLATE "C" NOT NULL,
    mailbox      TEXT COLLATE "C" NOT NULL,
    validity     BIGINT NOT NULL,
    uid          BIGINT NOT NULL,
    connected_at BIGINT NOT NULL,
    PRIMARY KEY (inbox, mailbox)
);

-- How often a mail was read without success.
CREATE TABLE readings (
    inbox    TEXT COLLATE "C" NOT NULL,
    mailbox  TEXT COLLATE "C" NOT NULL,
    validity BIGINT NOT NULL,
    uid      BIGINT NOT NULL,
    count    BIGINT NOT NULL,
    PRIMARY KEY (inbox, mailbox, validity, uid)
);

CREATE TABLE channel_status (
    inbox     TEXT COLLATE "C" PRIMARY KEY,
    up        SMALLINT NOT NULL,
    cause     TEXT COLLATE "C" NOT NULL,
    last_good BIGINT NOT NULL,
    since     BIGINT NOT NULL
);

CREATE TABLE quarantine (
    id         TEXT COLLATE "C" PRIMARY KEY,
    inbox      TEXT COLLATE "C" NOT NULL,
    source     TEXT COLLATE "C" NOT NULL,
    cause      TEXT COLLATE "C" NOT NULL,
    blob       TEXT COLLATE "C" NOT NULL,
    size       BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    retried_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX quarantine_source ON quarantine (inbox, source);
CREATE INDEX quarantine_at ON quarantine (at, id);
CREATE INDEX quarantine_blob ON quarantine (blob);

CREATE TABLE nodes (
    id      TEXT COLLATE "C" PRIMARY KEY,
    seen_at BIGINT NOT NULL
);

CREATE TABLE sockets (
    node  TEXT COLLATE "C" NOT NULL,
    agent TEXT COLLATE "C" NOT NULL,
    n     BIGINT NOT NULL,
    PRIMARY KEY (node, agent)
);

CREATE TABLE secrets (
    owner TEXT COLLATE "C" NOT NULL, -- inbox:<id>, webhook:<id>, …
    name  TEXT COLLATE "C" NOT NULL,
    box   BYTEA NOT NULL, -- nonce and AES-256-GCM ciphertext; owner and name are authenticated with it
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (owner, name)
);

CREATE TABLE credentials (
    agent      TEXT COLLATE "C" PRIMARY KEY,
    hash       TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id         TEXT COLLATE "C" PRIMARY KEY,
    token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    agent      TEXT COLLATE "C" NOT NULL,
    address    TEXT COLLATE "C" NOT NULL,
    client     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    idle_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_agent ON sessions (agent, created_at);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- Attempts to sign in, one row each: what is counted is an address or an account.
CREATE TABLE attempts (
    name TEXT COLLATE "C" NOT NULL,
    at   BIGINT NOT NULL
);
CREATE INDEX attempts_name ON attempts (name, at);
CREATE INDEX attempts_at ON attempts (at);

CREATE TABLE positions (
    name TEXT COLLATE "C" PRIMARY KEY, -- a listener of the feed
    seq  BIGINT NOT NULL
);

CREATE TABLE counters (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value BIGINT NOT NULL
);

-- One document per message, conversation head and contact. The text itself is kept as tokens only.
CREATE TABLE search_docs (
    doc          BIGINT PRIMARY KEY,
    conversation TEXT COLLATE "C" NOT NULL,
    message      TEXT COLLATE "C" NOT NULL,
    contact      TEXT COLLATE "C" NOT NULL,
    number       BIGINT NOT NULL,
    at           BIGINT NOT NULL
);
CREATE INDEX search_docs_message ON search_docs (message) WHERE message <> '';
CREATE INDEX search_docs_conversation ON search_docs (conversation) WHERE message = '';
CREATE INDEX search_docs_contact ON search_docs (contact) WHERE contact <> '';
ALTER TABLE search_docs ADD COLUMN tokens TSVECTOR NOT NULL;
CREATE INDEX search_docs_tokens ON search_docs USING GIN (tokens);
ALTER TABLE conversations SET (fillfactor = 80);
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.02);
