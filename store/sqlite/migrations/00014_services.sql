-- +goose Up
-- Openings for service, and the register: what a network's people should be able to see, in a chain of hashes. The one row of
-- register_head is what a transaction holds while it enters something.
CREATE TABLE services (
  ref         BLOB    NOT NULL PRIMARY KEY,
  locker      TEXT    NOT NULL,
  compartment INTEGER NOT NULL,
  reason      TEXT    NOT NULL,
  phone_key   BLOB    NOT NULL,
  asked_by    TEXT    NOT NULL,
  asked_at    INTEGER NOT NULL,
  approved_by TEXT    NOT NULL,
  approved_at INTEGER NOT NULL,
  opened_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE register (
  n           INTEGER NOT NULL PRIMARY KEY,
  at          INTEGER NOT NULL,
  kind        TEXT    NOT NULL,
  site        TEXT    NOT NULL,
  locker      TEXT    NOT NULL,
  compartment INTEGER NOT NULL,
  reason      TEXT    NOT NULL,
  ref         TEXT    NOT NULL,
  prev        BLOB    NOT NULL
) STRICT;

CREATE TABLE register_head (
  one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  n    INTEGER NOT NULL,
  hash BLOB    NOT NULL
) STRICT;
INSERT INTO register_head VALUES (1, 0, zeroblob(32));
