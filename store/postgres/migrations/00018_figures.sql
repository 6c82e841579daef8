-- +goose Up
-- What each locker measured of itself on each day, as it said (JSON), and for how long its line was missed.
CREATE TABLE figures (
  locker      text    NOT NULL,
  day         integer NOT NULL,
  through_s   integer NOT NULL,
  told_at     bigint  NOT NULL,
  line_down_s integer NOT NULL,
  said        bytea   NOT NULL,
  PRIMARY KEY (locker, day)
);
CREATE INDEX figures_by_day ON figures (day);
