-- +goose Up
-- Who does what one node alone may do at a time.
CREATE TABLE leases (
  name   TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  term   INTEGER NOT NULL,
  beat   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
