-- +goose Up
-- What the keys in each node's data directory must look like: a node with others would sign what no locker believes, and
-- read no contact.
CREATE TABLE fingerprints (
  of  text COLLATE "C" PRIMARY KEY,
  sum bytea NOT NULL
);
