-- +goose Up

-- When a waiver that waits for a second person was asked for, in milliseconds, as its document says; 0 where none waits.
-- The list of those that wait begins with the oldest wish.
ALTER TABLE clocks ADD COLUMN waiver_asked BIGINT NOT NULL DEFAULT 0;
UPDATE clocks SET waiver_asked = COALESCE(CAST(EXTRACT(EPOCH FROM CAST(CAST(waiver AS jsonb) ->> 'at' AS timestamptz)) * 1000 AS BIGINT), 0)
WHERE waiver_state = 'asked';
CREATE INDEX clocks_asked ON clocks (waiver_asked, conversation, target, n) WHERE waiver_state = 'asked';
