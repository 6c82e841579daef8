-- +goose Up
-- Lockers end: asked for, and done; some are in others' hands.
ALTER TABLE lockers ADD COLUMN retire_asked_at bigint NOT NULL DEFAULT 0;
ALTER TABLE lockers ADD COLUMN retire_done_at bigint NOT NULL DEFAULT 0;
ALTER TABLE lockers ADD COLUMN stolen smallint NOT NULL DEFAULT 0;
CREATE INDEX lockers_retiring ON lockers (id) WHERE retire_asked_at > 0 AND retire_done_at = 0;
