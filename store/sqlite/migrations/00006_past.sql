-- +goose Up
-- What has ended leaves the tables above for these (store/past has the form). They are in the same file, so that a
-- parcel is in one place or the other at every moment: two attached files would be two logs, and a power cut between
-- their commits could leave it in both, or in none.

CREATE TABLE past (
  n        INTEGER PRIMARY KEY, -- when it was moved, in microseconds; the next free number where that is taken
  id       TEXT NOT NULL UNIQUE,
  person   TEXT NOT NULL,       -- '' once they are forgotten, so that the index ends where memory does
  ended_at INTEGER NOT NULL,
  body     BLOB NOT NULL
) STRICT;
CREATE INDEX past_by_person ON past (person) WHERE person <> '';

-- By which numbers a parcel is found again: 64 bits of a hash of its order, and of its tracking number.
CREATE TABLE past_names (
  name INTEGER NOT NULL,
  past INTEGER NOT NULL,
  PRIMARY KEY (name, past)
) STRICT, WITHOUT ROWID;

-- Lockers' chains, a strand a row. Each ends with the receipt numbered through.
CREATE TABLE past_receipts (
  n       INTEGER PRIMARY KEY,
  locker  TEXT NOT NULL,
  through INTEGER NOT NULL,
  body    BLOB NOT NULL,
  UNIQUE (locker, through)
) STRICT;
ALTER TABLE lockers ADD COLUMN moved_through INTEGER NOT NULL DEFAULT 0;

-- Events leave their table too. Its newest never does, so a number is still given once.

-- How far the walks have come: events and notices each pass once, lockers in a round.
CREATE TABLE walks (
  one             INTEGER PRIMARY KEY CHECK (one = 1),
  events_through  INTEGER NOT NULL,
  notices_through INTEGER NOT NULL,
  locker          TEXT NOT NULL
) STRICT;
INSERT INTO walks VALUES (1, 0, 0, '');

CREATE INDEX parcels_that_ended ON parcels (ended_at) WHERE ended_at > 0;
CREATE INDEX parcels_that_never_came ON parcels (announced_at) WHERE state = 'recalled' AND dropped_off_at = 0 AND ended_at = 0;
CREATE INDEX holds_that_are_over ON holds (lapses_at) WHERE state IN ('released', 'lapsed') AND parcel = '';
