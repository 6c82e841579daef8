-- +goose Up
-- What the keys in the data directory must look like: a node with others would sign what no locker believes, and read no
-- contact.
CREATE TABLE fingerprints (
  of  TEXT PRIMARY KEY,
  sum BLOB NOT NULL
) STRICT, WITHOUT ROWID;
