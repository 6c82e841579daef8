-- +goose Up
-- PostgreSQL numbers its events anew from here on. With one writer there is nothing to do; but both engines' schemas have one
-- number, by which a copy of the one is known in the other.
SELECT 1;
