-- +goose Up
-- What was taken back of grants, for as long as one of them could still be good; name is a grant's id or a phone's thumbprint.
CREATE TABLE revocations (
  locker   text COLLATE "C" NOT NULL REFERENCES lockers (id),
  name     bytea NOT NULL,
  at       bigint NOT NULL,
  until_at bigint NOT NULL,
  PRIMARY KEY (locker, name)
);
