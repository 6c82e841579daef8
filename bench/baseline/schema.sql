CREATE TABLE compartments (
    id      bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    site    integer NOT NULL,
    size    text NOT NULL,
    state   text NOT NULL DEFAULT 'free' CHECK (state IN ('free', 'reserved', 'occupied'))
);
CREATE INDEX compartments_free ON compartments (site, size) WHERE state = 'free';

CREATE TABLE parcels (
    id           bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    reference    text NOT NULL UNIQUE,
    compartment  bigint NOT NULL REFERENCES compartments,
    code         text NOT NULL,
    state        text NOT NULL DEFAULT 'reserved' CHECK (state IN ('reserved', 'stored', 'picked_up')),
    reserved_at  timestamptz NOT NULL DEFAULT now(),
    stored_at    timestamptz,
    picked_up_at timestamptz
);
