-- +goose Up
-- What each locker measured of itself on each day, as it said (JSON), and for how long its line was missed.
CREATE TABLE figures (
  locker      TEXT    NOT NULL,
  day         INTEGER NOT NULL,
  through_s   INTEGER NOT NULL,
  told_at     INTEGER NOT NULL,
  line_down_s INTEGER NOT NULL,
  said        BLOB    NOT NULL,
  PRIMARY KEY (locker, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX figures_by_day ON figures (day);
