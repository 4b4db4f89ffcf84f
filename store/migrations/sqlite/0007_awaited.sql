-- +goose Up

-- Places kept for mails that others name and nobody has yet: when each was made, since it is kept for a while only.
-- 0: no place, a mail's own id.
ALTER TABLE threads ADD COLUMN awaited_at INTEGER NOT NULL DEFAULT 0;
UPDATE threads SET awaited_at = COALESCE((SELECT m.at FROM messages m WHERE m.id = threads.message), 1) WHERE substr(message_id, 1, 1) = '?';
CREATE INDEX threads_awaited ON threads (awaited_at) WHERE awaited_at > 0;

-- Whose address was lifted from the suppression list is not for the log to keep: erasing them would not come by here.
UPDATE events SET body = '{"what":"suppression_lifted"}' WHERE subject_kind = 'setting' AND subject_id = 'suppressions' AND kind = 'looked';
