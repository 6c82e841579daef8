-- +goose Up
-- A number that rises with every change of what lasts: sites, lockers, compartments, webhooks. What is remembered of them
-- is right as long as the number is the same (lasting.go). Triggers raise it, so that nothing can change past it; what
-- a locker says of itself from hour to hour is not named in them.
CREATE TABLE lasting (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL
) STRICT;
INSERT INTO lasting VALUES (1, 1);

-- +goose StatementBegin
CREATE TRIGGER sites_insert AFTER INSERT ON sites BEGIN UPDATE lasting SET version = version + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sites_update AFTER UPDATE ON sites BEGIN UPDATE lasting SET version = version + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sites_delete AFTER DELETE ON sites BEGIN UPDATE lasting SET version = version + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER lockers_insert AFTER INSERT ON lockers BEGIN UPDATE lasting SET version = version + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER lockers_update AFTER UPDATE OF id, site, name, static_key, receipt_key, advert_key ON lockers
BEGIN UPDATE lasting SET version = version + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER lockers_delete AFTER DELETE ON lockers BEGIN UPDATE lasting SET version = version + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER compartments_insert AFTER INSERT ON compartments BEGIN UPDATE lasting SET version = version + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER compartments_update
AFTER UPDATE OF locker, number, size, rank, position_col, position_row, floor_mm, board, channel, out_of_service ON compartments
BEGIN UPDATE lasting SET version = version + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER compartments_delete AFTER DELETE ON compartments BEGIN UPDATE lasting SET version = version + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER webhooks_insert AFTER INSERT ON webhooks BEGIN UPDATE lasting SET version = version + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER webhooks_update AFTER UPDATE ON webhooks BEGIN UPDATE lasting SET version = version + 1; END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER webhooks_delete AFTER DELETE ON webhooks BEGIN UPDATE lasting SET version = version + 1; END;
-- +goose StatementEnd
