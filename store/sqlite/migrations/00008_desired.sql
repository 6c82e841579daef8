-- +goose Up
-- How a locker is to be has a version, and so has what it says it keeps to.
ALTER TABLE lockers ADD COLUMN desired_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lockers ADD COLUMN actual_version INTEGER NOT NULL DEFAULT 0;
