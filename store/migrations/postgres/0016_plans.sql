-- +goose Up

-- Each node asks after every commit of another, and four times a second, whether settings changed since it read them.
CREATE INDEX events_settings ON events (seq) WHERE kind = 'setting_changed';

-- Whether a look at somebody's work stands in their day already is asked at each look.
CREATE INDEX events_looked ON events (agent, actor_id, at) WHERE kind = 'looked';

-- Subjects apart from messages, which are many times as many, and contacts apart from both.
CREATE INDEX search_docs_heads ON search_docs USING GIN (tokens) WHERE message = '';
CREATE INDEX search_docs_contacts ON search_docs USING GIN (tokens) WHERE contact <> '';

-- events_audited holds all that this one does.
DROP INDEX events_audit;
