-- +goose Up
-- An event's number says which transaction said it: the transaction's own (an xid, of which no two are alike and none goes
-- back) and which of its events it is. Those of transactions below the oldest open one can be shown, and nothing can appear
-- before them any more.
--
-- Numbers out of a sequence could not be trusted so far: a transaction that began earlier may draw a later number and commit
-- first, and a mark passes what the other has yet to show.
--
-- event_base is added to each number: rows that came from another server may be numbered higher than this one's
-- transactions are (lockhouse migrate looks).
CREATE SEQUENCE event_base;

-- +goose StatementBegin
CREATE FUNCTION event_number() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  said bigint := coalesce(nullif(current_setting('lockhouse.said', true), ''), '0')::bigint + 1;
BEGIN
  IF said > 65535 THEN
    RAISE EXCEPTION 'a transaction can say 65535 events';
  END IF;
  PERFORM set_config('lockhouse.said', said::text, true); -- until the transaction ends
  RETURN (SELECT last_value FROM event_base) + (pg_current_xact_id()::text::bigint << 16) + said;
END $$;
-- +goose StatementEnd

ALTER TABLE events ALTER COLUMN seq DROP IDENTITY, ALTER COLUMN seq SET DEFAULT event_number(), DROP COLUMN xact;
