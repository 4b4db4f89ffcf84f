-- +goose Up

-- Each node asks after every commit of another, and four times a second, whether settings changed since it read them.
CREATE INDEX events_settings ON events (seq) WHERE kind = 'setting_changed';
