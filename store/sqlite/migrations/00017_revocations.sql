-- +goose Up
-- What was taken back of grants, for as long as one of them could still be good; name is a grant's id or a phone's thumbprint.
CREATE TABLE revocations (
  locker   TEXT NOT NULL REFERENCES lockers (id),
  name     BLOB NOT NULL,
  at       INTEGER NOT NULL,
  until_at INTEGER NOT NULL,
  PRIMARY KEY (locker, name)
) STRICT, WITHOUT ROWID;
