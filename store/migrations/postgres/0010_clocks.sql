-- +goose Up

-- Which version of its policy set a clock (0: the built-in one, or set before this was kept), and who let its promise
-- go, or wants to. waiver_state repeats what the document says, for the list of those that wait for a second person.
ALTER TABLE clocks ADD COLUMN policy_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clocks ADD COLUMN waiver TEXT NOT NULL DEFAULT '';
ALTER TABLE clocks ADD COLUMN waiver_state TEXT NOT NULL DEFAULT '';
CREATE INDEX clocks_waiver ON clocks (conversation) WHERE waiver_state = 'asked';

-- The contact's owner, as a copy: policies about promises ask for it.
ALTER TABLE conversations ADD COLUMN owner TEXT NOT NULL DEFAULT '';
UPDATE conversations SET owner = COALESCE((SELECT c.owner FROM contacts c WHERE c.id = conversations.contact), '')
WHERE status <> 'resolved';
