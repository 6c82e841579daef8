CREATE TABLE sites AS SELECT id, ST_MakePoint(lon, lat)::geography AS point, card, s, m, l FROM raw;
DROP TABLE raw;
ALTER TABLE sites ADD PRIMARY KEY (id);
CREATE INDEX sites_with_s ON sites USING gist (point) WHERE s;
CREATE INDEX sites_with_m ON sites USING gist (point) WHERE m;
CREATE INDEX sites_with_l ON sites USING gist (point) WHERE l;
