-- +goose Up

-- The place in line that a customer kept when they asked to be answered otherwise. Empty: by its own promises.
ALTER TABLE conversations ADD COLUMN kept TEXT NOT NULL DEFAULT '';
