-- +goose Up
-- What has ended leaves the tables above for these (store/past has the form). Both are cut by the month in which rows were
-- moved; months are made ahead by who moves, and one that is over is dropped in one step. What no month was made for goes
-- into the rest, and is deleted row by row.

CREATE TABLE past (
  n        bigint PRIMARY KEY,             -- when it was moved, in microseconds; the next free number where that is taken
  id       text COLLATE "C" NOT NULL,
  person   text COLLATE "C" NOT NULL,      -- '' once they are forgotten, so that the index ends where memory does
  ended_at bigint NOT NULL,
  body     bytea NOT NULL
) PARTITION BY RANGE (n);
CREATE INDEX past_by_id ON past (id);
CREATE INDEX past_by_person ON past (person) WHERE person <> '';
CREATE TABLE past_rest PARTITION OF past DEFAULT;

-- By which numbers a parcel is found again: 64 bits of a hash of its order, and of its tracking number. It is one table for
-- all months: a hold that is placed looks here whether its reference is new. A name may lead to what was dropped.
CREATE TABLE past_names (
  name bigint NOT NULL,
  past bigint NOT NULL,
  PRIMARY KEY (name, past)
);

-- Lockers' chains, a strand a row. Each ends with the receipt numbered through.
CREATE TABLE past_receipts (
  n       bigint PRIMARY KEY,
  locker  text COLLATE "C" NOT NULL,
  through bigint NOT NULL,
  body    bytea NOT NULL
) PARTITION BY RANGE (n);
CREATE INDEX past_receipts_by_locker ON past_receipts (locker, through);
CREATE TABLE past_receipts_rest PARTITION OF past_receipts DEFAULT;
ALTER TABLE lockers ADD COLUMN moved_through bigint NOT NULL DEFAULT 0;

-- How far the walks have come: events and notices each pass once, lockers in a round. Who moves locks the row, so that one
-- moves at a time.
CREATE TABLE walks (
  one             integer PRIMARY KEY CHECK (one = 1),
  events_through  bigint NOT NULL,
  notices_through bigint NOT NULL,
  locker          text COLLATE "C" NOT NULL
);
INSERT INTO walks VALUES (1, 0, 0, '');

CREATE INDEX parcels_that_ended ON parcels (ended_at) WHERE ended_at > 0;
CREATE INDEX parcels_that_never_came ON parcels (announced_at) WHERE state = 'recalled' AND dropped_off_at = 0 AND ended_at = 0;
CREATE INDEX holds_that_are_over ON holds (lapses_at) WHERE state IN ('released', 'lapsed') AND parcel = '';
