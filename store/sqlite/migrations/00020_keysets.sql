-- +goose Up
-- A locker changes its keys: the number of its present ones, the next ones that are known and not used yet, and the former ones for as
-- long as they are taken. Its present ones stand where they stood.
ALTER TABLE lockers ADD COLUMN keyset_number  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lockers ADD COLUMN keyset_name    BLOB NOT NULL DEFAULT x'';
ALTER TABLE lockers ADD COLUMN keyset_asked   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lockers ADD COLUMN keyset_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lockers ADD COLUMN next_name      BLOB NOT NULL DEFAULT x'';
ALTER TABLE lockers ADD COLUMN next_static    BLOB NOT NULL DEFAULT x'';
ALTER TABLE lockers ADD COLUMN next_receipt   BLOB NOT NULL DEFAULT x'';
ALTER TABLE lockers ADD COLUMN next_shared    BLOB NOT NULL DEFAULT x'';
ALTER TABLE lockers ADD COLUMN former_name    BLOB NOT NULL DEFAULT x'';
ALTER TABLE lockers ADD COLUMN former_static  BLOB NOT NULL DEFAULT x'';
ALTER TABLE lockers ADD COLUMN former_receipt BLOB NOT NULL DEFAULT x'';
ALTER TABLE lockers ADD COLUMN former_shared  BLOB NOT NULL DEFAULT x'';
ALTER TABLE lockers ADD COLUMN former_through INTEGER NOT NULL DEFAULT 0;
