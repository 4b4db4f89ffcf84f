-- +goose Up

-- What the routing policy of its queue says of a conversation: made when it is queued, so that a rebuild gives what the
-- facts gave. Empty: the queue's own settings.
ALTER TABLE conversations ADD COLUMN plan TEXT NOT NULL DEFAULT '';
