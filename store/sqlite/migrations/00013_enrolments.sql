-- +goose Up
-- Codes by which new lockers may come. What is kept of a code is the public half of a key that follows from it.
CREATE TABLE enrolments (
  id         BLOB    NOT NULL PRIMARY KEY,
  public     BLOB    NOT NULL,
  challenge  BLOB    NOT NULL,
  site       TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER NOT NULL,
  locker     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX enrolments_expires ON enrolments (expires_at);
