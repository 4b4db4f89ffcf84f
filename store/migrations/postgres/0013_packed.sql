-- +goose Up

-- Hours in which promises ended, each packed into one value once it is over, for reports. Whatever changes a promise of
-- an hour takes its pack away in the same transaction, so a pack always says what the rows say.
CREATE TABLE promise_hours (
    hour    BIGINT PRIMARY KEY,                    -- since 1970
    packing TEXT COLLATE "C" NOT NULL DEFAULT '',  -- who is packing it now; a change ends that too
    pack    BYTEA
);
ALTER TABLE promise_hours ALTER COLUMN pack SET STORAGE EXTERNAL; -- dense already
INSERT INTO promise_hours (hour) SELECT DISTINCT ended_at / 3600000 FROM promises;
CREATE INDEX promise_hours_open ON promise_hours (hour) WHERE pack IS NULL;

-- The conflict locks the hour's row even where nothing is to be changed: who begins to pack waits until this commit is
-- to be read.
-- +goose StatementBegin
CREATE FUNCTION promise_touched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO promise_hours AS h (hour) VALUES (OLD.ended_at / 3600000)
        ON CONFLICT (hour) DO UPDATE SET pack = NULL, packing = '' WHERE h.pack IS NOT NULL OR h.packing <> '';
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO promise_hours AS h (hour) VALUES (NEW.ended_at / 3600000)
        ON CONFLICT (hour) DO UPDATE SET pack = NULL, packing = '' WHERE h.pack IS NOT NULL OR h.packing <> '';
    END IF;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER promises_touched AFTER INSERT OR UPDATE OR DELETE ON promises FOR EACH ROW EXECUTE FUNCTION promise_touched();
