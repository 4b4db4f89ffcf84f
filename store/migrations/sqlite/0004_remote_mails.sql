-- +goose Up

-- Where mails still lie that were too large to be kept whole: what an agent asks for is fetched from there.
CREATE TABLE remote_mails (
    message  TEXT PRIMARY KEY,
    inbox    TEXT NOT NULL,
    mailbox  TEXT NOT NULL,
    validity INTEGER NOT NULL,
    uid      INTEGER NOT NULL
) WITHOUT ROWID;
