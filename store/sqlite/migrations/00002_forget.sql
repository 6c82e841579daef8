-- +goose Up
-- What time brings to an end is found without walking through all that has not ended.
CREATE INDEX persons_by_age ON persons (at);
CREATE INDEX links_that_end ON links (expires_at);
CREATE INDEX sessions_that_end ON sessions (expires_at);
