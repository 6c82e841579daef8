-- +goose Up
-- Codes by which new lockers may come. What is kept of a code is the public half of a key that follows from it.
CREATE TABLE enrolments (
  id         bytea  NOT NULL PRIMARY KEY,
  public     bytea  NOT NULL,
  challenge  bytea  NOT NULL,
  site       text   NOT NULL,
  name       text   NOT NULL,
  expires_at bigint NOT NULL,
  used_at    bigint NOT NULL,
  locker     text   NOT NULL
);
CREATE INDEX enrolments_expires ON enrolments (expires_at);
