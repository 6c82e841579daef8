-- +goose Up
-- A phone's key stands with its session. What it once signed in with was kept beside that, and read by nobody.
DROP TABLE phones;
