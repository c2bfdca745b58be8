-- What the center decides for a store's hub (proto/cloud_settings.h): the text as it goes down.
CREATE TABLE setting (
    shard      int    NOT NULL,
    brand_id   text   NOT NULL,
    poi_id     text   NOT NULL,
    rev        bigint NOT NULL,
    data       json   NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id)
) PARTITION BY RANGE (shard);
SELECT center_cut('setting');
-- The hub has yet to be told, with the answer to its next batch; a hello tells it in any case.
ALTER TABLE store ADD setting_due bool NOT NULL DEFAULT false;
