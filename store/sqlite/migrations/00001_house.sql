-- +goose Up
-- Times are microseconds since 1970 in UTC, 0 for none. Days are days since 1970-01-01. Flags are 0 or 1. Text that does
-- not apply is ''. Rowids named n rise with time and page through lists; ids are what the rest of the house speaks of.

CREATE TABLE sites (
  id           TEXT PRIMARY KEY,
  version      INTEGER NOT NULL,
  name         TEXT NOT NULL,
  alias        TEXT NOT NULL,
  host         TEXT NOT NULL,
  kind         TEXT NOT NULL,
  street       TEXT NOT NULL,
  city         TEXT NOT NULL,
  region       TEXT NOT NULL,
  postal       TEXT NOT NULL,
  country      TEXT NOT NULL,
  lat          REAL NOT NULL,
  lon          REAL NOT NULL,
  zone         TEXT NOT NULL,
  hours        TEXT NOT NULL, -- JSON
  safety       TEXT NOT NULL,
  guarded      INTEGER NOT NULL,
  step_free    INTEGER NOT NULL,
  art_title    TEXT NOT NULL,
  art_artist   TEXT NOT NULL,
  art_picture  TEXT NOT NULL,
  holding_days INTEGER NOT NULL,
  closed       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sites_by_version ON sites (version);

CREATE TABLE lockers (
  id              TEXT PRIMARY KEY,
  site            TEXT NOT NULL REFERENCES sites,
  name            TEXT NOT NULL,
  static_key      BLOB NOT NULL,
  receipt_key     BLOB NOT NULL,
  advert_key      BLOB NOT NULL,
  heard_at        INTEGER NOT NULL DEFAULT 0,
  fault           TEXT NOT NULL DEFAULT '',
  applied_through INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX lockers_by_site ON lockers (site);

CREATE TABLE compartments (
  locker         TEXT NOT NULL REFERENCES lockers,
  number         INTEGER NOT NULL,
  size           TEXT NOT NULL,
  rank           INTEGER NOT NULL,
  position_col   INTEGER NOT NULL,
  position_row   INTEGER NOT NULL,
  floor_mm       INTEGER NOT NULL,
  board          INTEGER NOT NULL,
  channel        INTEGER NOT NULL,
  out_of_service INTEGER NOT NULL,
  door           TEXT NOT NULL DEFAULT '',
  door_at        INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (locker, number)
) STRICT, WITHOUT ROWID;

-- How many compartments in service a site has of each rank: counted where they change, since every hold asks.
CREATE TABLE room_capacity (
  site         TEXT NOT NULL REFERENCES sites,
  rank         INTEGER NOT NULL,
  compartments INTEGER NOT NULL CHECK (compartments >= 0),
  PRIMARY KEY (site, rank)
) STRICT, WITHOUT ROWID;

-- How many are spoken for. Room that is freed twice would go below nothing, and is refused.
CREATE TABLE room_load (
  site TEXT NOT NULL REFERENCES sites,
  day  INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  kept INTEGER NOT NULL CHECK (kept >= 0),
  PRIMARY KEY (site, day, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (
  n         INTEGER PRIMARY KEY,
  id        TEXT NOT NULL UNIQUE,
  shop      TEXT NOT NULL,
  reference TEXT NOT NULL,
  site      TEXT NOT NULL REFERENCES sites,
  length_mm INTEGER NOT NULL,
  width_mm  INTEGER NOT NULL,
  height_mm INTEGER NOT NULL,
  weight_g  INTEGER NOT NULL,
  size      TEXT NOT NULL,
  rank      INTEGER NOT NULL,
  from_day  INTEGER NOT NULL,
  until_day INTEGER NOT NULL,
  state     TEXT NOT NULL,
  lapses_at INTEGER NOT NULL,
  placed_at INTEGER NOT NULL,
  parcel    TEXT NOT NULL,
  UNIQUE (reference, shop)
) STRICT;
CREATE INDEX holds_that_lapse ON holds (lapses_at, site) WHERE state IN ('placed', 'confirmed');
CREATE INDEX holds_that_end ON holds (until_day) WHERE state = 'converted';

CREATE TABLE parcels (
  n              INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  ref            BLOB NOT NULL UNIQUE,
  shop           TEXT NOT NULL,
  reference      TEXT NOT NULL,
  tracking       TEXT NOT NULL,
  person         TEXT NOT NULL,
  site           TEXT NOT NULL REFERENCES sites,
  hold           TEXT NOT NULL,
  length_mm      INTEGER NOT NULL,
  width_mm       INTEGER NOT NULL,
  height_mm      INTEGER NOT NULL,
  weight_g       INTEGER NOT NULL,
  size           TEXT NOT NULL,
  rank           INTEGER NOT NULL,
  state          TEXT NOT NULL,
  locker         TEXT NOT NULL,
  compartment    INTEGER NOT NULL,
  generation     INTEGER NOT NULL,
  announced_at   INTEGER NOT NULL,
  dropped_off_at INTEGER NOT NULL,
  collect_by     INTEGER NOT NULL,
  ended_at       INTEGER NOT NULL,
  UNIQUE (reference, shop)
) STRICT;
CREATE INDEX parcels_by_tracking ON parcels (tracking);
CREATE INDEX parcels_by_person ON parcels (person);
CREATE INDEX parcels_by_shop ON parcels (shop);
CREATE INDEX parcels_by_site ON parcels (site);
CREATE INDEX parcels_by_state ON parcels (state);
CREATE INDEX parcels_by_state_at_site ON parcels (state, site);
CREATE INDEX parcels_in_lockers ON parcels (locker, state) WHERE ended_at = 0 AND locker <> '';
CREATE INDEX parcels_that_fall_due ON parcels (collect_by) WHERE ended_at = 0 AND collect_by > 0;

CREATE TABLE receipts (
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
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_by_parcel ON receipts (ref) WHERE ref IS NOT NULL;

-- Nothing is ever taken out of here, so a plain rowid rises for good, without a second table that counts.
CREATE TABLE events (
  seq         INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL,
  at          INTEGER NOT NULL,
  shop        TEXT NOT NULL,
  hold        TEXT NOT NULL,
  parcel      TEXT NOT NULL,
  site        TEXT NOT NULL,
  locker      TEXT NOT NULL,
  compartment INTEGER NOT NULL,
  note        TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_parcel ON events (parcel) WHERE parcel <> '';

-- How far the events were heard: one row, instead of a flag on each that is set and then cleared.
CREATE TABLE outbox (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  heard_through INTEGER NOT NULL
) STRICT;
INSERT INTO outbox VALUES (1, 0);

CREATE TABLE notices (
  id         INTEGER PRIMARY KEY,
  event      INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  person     TEXT NOT NULL,
  parcel     TEXT NOT NULL,
  at         INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  next_at    INTEGER NOT NULL,
  done_at    INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  UNIQUE (event, kind)
) STRICT;
CREATE INDEX notices_due ON notices (next_at) WHERE next_at > 0;
CREATE INDEX notices_by_parcel ON notices (parcel);

CREATE TABLE webhooks (
  shop   TEXT PRIMARY KEY,
  url    TEXT NOT NULL,
  secret BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
  n          INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  event      INTEGER NOT NULL,
  shop       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  parcel     TEXT NOT NULL,
  at         INTEGER NOT NULL,
  body       BLOB NOT NULL,
  attempts   INTEGER NOT NULL,
  next_at    INTEGER NOT NULL,
  done_at    INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  UNIQUE (event, shop)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (shop, next_at) WHERE next_at > 0;
CREATE INDEX deliveries_by_shop ON deliveries (shop);

CREATE TABLE tries (
  n        INTEGER PRIMARY KEY,
  delivery TEXT NOT NULL REFERENCES deliveries (id),
  at       INTEGER NOT NULL,
  status   INTEGER NOT NULL,
  error    TEXT NOT NULL,
  took_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX tries_by_delivery ON tries (delivery);

CREATE TABLE shops    (id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE couriers (id TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
  id         TEXT PRIMARY KEY,
  scope      TEXT NOT NULL,
  shop       TEXT NOT NULL,
  courier    TEXT NOT NULL,
  label      TEXT NOT NULL,
  hash       BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
  hash       BLOB PRIMARY KEY,
  person     TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_person ON links (person);

CREATE TABLE sessions (
  hash       BLOB PRIMARY KEY,
  person     TEXT NOT NULL,
  phone_key  BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_person ON sessions (person);

CREATE TABLE phones (
  person TEXT NOT NULL,
  key    BLOB NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (person, key)
) STRICT, WITHOUT ROWID;

-- The only table with people in it, sealed. Without its row in person_keys, a contact can't be read by anybody.
CREATE TABLE persons (
  id      TEXT PRIMARY KEY,
  contact BLOB NOT NULL,
  mail    BLOB NOT NULL, -- HMAC of the address
  at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX persons_by_mail ON persons (mail);

CREATE TABLE person_keys (
  id      TEXT PRIMARY KEY,
  wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;
