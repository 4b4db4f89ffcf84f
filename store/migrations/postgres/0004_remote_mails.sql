-- +goose Up

-- Where mails still lie that were too large to be kept whole: what an agent asks for is fetched from there.
CREATE TABLE remote_mails (
    message  TEXT COLLATE "C" PRIMARY KEY,
    inbox    TEXT COLLATE "C" NOT NULL,
    mailbox  TEXT COLLATE "C" NOT NULL,
    validity BIGINT NOT NULL,
    uid      BIGINT NOT NULL
);
