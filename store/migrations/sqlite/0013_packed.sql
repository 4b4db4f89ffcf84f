-- +goose Up

-- Hours in which promises ended, each packed into one value once it is over, for reports. Whatever changes a promise of
-- an hour takes its pack away in the same transaction, so a pack always says what the rows say.
CREATE TABLE promise_hours (
    hour    INTEGER PRIMARY KEY,       -- since 1970
    packing TEXT NOT NULL DEFAULT '',  -- who is packing it now; a change ends that too
    pack    BLOB
);
INSERT INTO promise_hours (hour) SELECT DISTINCT ended_at / 3600000 FROM promises;
CREATE INDEX promise_hours_open ON promise_hours (hour) WHERE pack IS NULL;

-- +goose StatementBegin
CREATE TRIGGER promises_made AFTER INSERT ON promises BEGIN
    INSERT INTO promise_hours (hour) VALUES (NEW.ended_at / 3600000)
    ON CONFLICT (hour) DO UPDATE SET pack = NULL, packing = '' WHERE pack IS NOT NULL OR packing <> '';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER promises_changed AFTER UPDATE ON promises BEGIN
    INSERT INTO promise_hours (hour) VALUES (OLD.ended_at / 3600000), (NEW.ended_at / 3600000)
    ON CONFLICT (hour) DO UPDATE SET pack = NULL, packing = '' WHERE pack IS NOT NULL OR packing <> '';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER promises_gone AFTER DELETE ON promises BEGIN
    INSERT INTO promise_hours (hour) VALUES (OLD.ended_at / 3600000)
    ON CONFLICT (hour) DO UPDATE SET pack = NULL, packing = '' WHERE pack IS NOT NULL OR packing <> '';
END;
-- +goose StatementEnd
