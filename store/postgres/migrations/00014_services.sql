-- +goose Up
-- Openings for service, and the register: what a network's people should be able to see, in a chain of hashes. The one row of
-- register_head is what a transaction holds while it enters something.
CREATE TABLE services (
  ref         bytea   NOT NULL PRIMARY KEY,
  locker      text    NOT NULL,
  compartment bigint NOT NULL,
  reason      text    NOT NULL,
  phone_key   bytea   NOT NULL,
  asked_by    text    NOT NULL,
  asked_at    bigint NOT NULL,
  approved_by text    NOT NULL,
  approved_at bigint NOT NULL,
  opened_at   bigint NOT NULL
);

CREATE TABLE register (
  n           bigint NOT NULL PRIMARY KEY,
  at          bigint NOT NULL,
  kind        text    NOT NULL,
  site        text    NOT NULL,
  locker      text    NOT NULL,
  compartment bigint NOT NULL,
  reason      text    NOT NULL,
  ref         text    NOT NULL,
  prev        bytea   NOT NULL
);

CREATE TABLE register_head (
  one  bigint NOT NULL PRIMARY KEY CHECK (one = 1),
  n    bigint NOT NULL,
  hash bytea   NOT NULL
);
INSERT INTO register_head VALUES (1, 0, decode(repeat('00', 32), 'hex'));
