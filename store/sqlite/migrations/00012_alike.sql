-- +goose Up
-- Nothing: SQLite writes and numbers events one by one. The step is here because both engines give each the same number.
SELECT 1;
