-- +goose Up
-- Events are written many at a time, and numbered many at a time: event_numbers(n) takes n numbers for the transaction and
-- gives the one before the first. What they are made of, 00010 says.
-- +goose StatementBegin
CREATE FUNCTION event_numbers(n integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  said bigint := coalesce(nullif(current_setting('lockhouse.said', true), ''), '0')::bigint;
BEGIN
  IF said + n > 65535 THEN
    RAISE EXCEPTION 'a transaction can say 65535 events';
  END IF;
  PERFORM set_config('lockhouse.said', (said + n)::text, true); -- until the transaction ends
  RETURN (SELECT last_value FROM event_base) + (pg_current_xact_id()::text::bigint << 16) + said;
END $$;
-- +goose StatementEnd
ALTER TABLE events ALTER COLUMN seq DROP DEFAULT;
DROP FUNCTION event_number();

-- A plan that is made while a table is small may take any index that seems to do, and is kept: an order was looked for among
-- all parcels of its shop, and what is to be put in at a site among all that had ever come to it. Indexes for lists are on
-- expressions that those lists alone ask for, so nothing else can take them.
DROP INDEX parcels_by_shop, parcels_by_state, parcels_by_site, parcels_by_state_at_site;
CREATE INDEX parcels_by_shop ON parcels ((shop || ''), n);
CREATE INDEX parcels_by_state ON parcels ((state || ''), n);
CREATE INDEX parcels_by_site_and_state ON parcels (site, state, n);
