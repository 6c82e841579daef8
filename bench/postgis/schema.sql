CREATE EXTENSION IF NOT EXISTS postgis;
CREATE UNLOGGED TABLE raw (
  id   text    NOT NULL,
  lat  float8  NOT NULL,
  lon  float8  NOT NULL,
  card text    NOT NULL, -- JSON
  s    boolean NOT NULL, -- has room for a parcel of size S on the one day
  m    boolean NOT NULL,
  l    boolean NOT NULL
);
