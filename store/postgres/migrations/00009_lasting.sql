-- +goose Up
-- Nothing: what SQLite counts by this step's number (lasting.go there) no other process of a PostgreSQL network could see.
-- The step is here because both engines give each the same number.
SELECT 1;
