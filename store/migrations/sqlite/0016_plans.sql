-- +goose Up

-- events_audited holds all that this one does.
DROP INDEX events_audit;
