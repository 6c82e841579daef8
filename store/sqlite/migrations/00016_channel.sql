-- +goose Up
-- From which channel a locker is to take versions of its agent; empty for the one of its own settings.
ALTER TABLE lockers ADD COLUMN update_channel TEXT NOT NULL DEFAULT '';
