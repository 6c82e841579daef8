-- +goose Up
-- Of a commit, the pages cost that it writes to the log. A receipt has some 400 bytes, so that a page of receipts in the order
-- of lockers was written for nearly each of them; now they lie in the order in which they came, and a small index has
-- their names. Nobody asks at which sites there is something collected, so those are not in the index that answers.
CREATE TABLE receipts_as_they_came (
  locker      TEXT NOT NULL REFERENCES lockers,
  seq         INTEGER NOT NULL,
  boot        INTEGER NOT NULL,
  kind        INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  quality     INTEGER NOT NULL,
  grant_id    BLOB NOT NULL,
  ref         BLOB, -- null where no parcel was involved
  compartment INTEGER NOT NULL,
  generation  INTEGER NOT NULL,
  phone       BLOB NOT NULL,
  prev        BLOB NOT NULL,
  raw         BLOB NOT NULL,
  PRIMARY KEY (locker, seq)
) STRICT;
INSERT INTO receipts_as_they_came SELECT locker, seq, boot, kind, at, quality, grant_id, ref, compartment, generation, phone, prev, raw
  FROM receipts ORDER BY locker, seq;
DROP TABLE receipts;
ALTER TABLE receipts_as_they_came RENAME TO receipts;
CREATE INDEX receipts_by_parcel ON receipts (ref) WHERE ref IS NOT NULL;

DROP INDEX parcels_by_state_at_site;
CREATE INDEX parcels_not_collected ON parcels (state, site) WHERE state <> 'collected';
