-- +goose Up
-- What the operators' page shows: which agent a locker runs, who said no to an opening for service, and lists of both and of codes.
ALTER TABLE lockers ADD COLUMN agent_version text NOT NULL DEFAULT '';
ALTER TABLE services ADD COLUMN declined_by text NOT NULL DEFAULT '';
ALTER TABLE services ADD COLUMN declined_at bigint NOT NULL DEFAULT 0;
CREATE INDEX services_asked ON services (asked_at, ref);
CREATE INDEX enrolments_site ON enrolments (site, expires_at, id);
