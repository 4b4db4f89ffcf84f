-- +goose Up

-- What processes hold: few rows of an outbox that may be long. A new one looks for what a dead one left.
CREATE INDEX outbox_claimed ON outbox (lease_until) WHERE lease_until > 0;
