-- +goose Up
-- A locker changes its keys: the number of its present ones, the next ones that are known and not used yet, and the former ones for as
-- long as they are taken. Its present ones stand where they stood.
ALTER TABLE lockers ADD COLUMN keyset_number  bigint NOT NULL DEFAULT 0;
ALTER TABLE lockers ADD COLUMN keyset_name    bytea NOT NULL DEFAULT '';
ALTER TABLE lockers ADD COLUMN keyset_asked   bigint NOT NULL DEFAULT 0;
ALTER TABLE lockers ADD COLUMN keyset_changed bigint NOT NULL DEFAULT 0;
ALTER TABLE lockers ADD COLUMN next_name      bytea NOT NULL DEFAULT '';
ALTER TABLE lockers ADD COLUMN next_static    bytea NOT NULL DEFAULT '';
ALTER TABLE lockers ADD COLUMN next_receipt   bytea NOT NULL DEFAULT '';
ALTER TABLE lockers ADD COLUMN next_shared    bytea NOT NULL DEFAULT '';
ALTER TABLE lockers ADD COLUMN former_name    bytea NOT NULL DEFAULT '';
ALTER TABLE lockers ADD COLUMN former_static  bytea NOT NULL DEFAULT '';
ALTER TABLE lockers ADD COLUMN former_receipt bytea NOT NULL DEFAULT '';
ALTER TABLE lockers ADD COLUMN former_shared  bytea NOT NULL DEFAULT '';
ALTER TABLE lockers ADD COLUMN former_through bigint NOT NULL DEFAULT 0;
