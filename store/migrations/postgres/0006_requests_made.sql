-- +goose Up

-- Erasing takes the words out of what agents were answered about it.
CREATE INDEX requests_made ON requests (made);
