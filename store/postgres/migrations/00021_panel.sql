-- +goose Up
-- What lockers have for people without a smartphone, as they say themselves, and what all lockers of a site have.
ALTER TABLE lockers ADD COLUMN panel text NOT NULL DEFAULT '';
ALTER TABLE lockers ADD COLUMN panel_mm bigint NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN panel text NOT NULL DEFAULT '';
ALTER TABLE sites ADD COLUMN panel_mm bigint NOT NULL DEFAULT 0;
