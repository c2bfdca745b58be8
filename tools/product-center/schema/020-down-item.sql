-- What goes down to the hubs beside stock rows: paid online orders, oversell cases. One row each,
-- as its hub has to know it now; `kind` is enum cloud_item_kind of proto/cloud_batch.h.
CREATE TABLE down_item (
    shard      int      NOT NULL,
    brand_id   text     NOT NULL,
    poi_id     text     NOT NULL,
    kind       smallint NOT NULL,
    ref        text     NOT NULL, -- order_id, case id
    over       bigint   NOT NULL, -- ver of the last change
    data       json     NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, kind, ref)
) PARTITION BY RANGE (shard);
CREATE UNIQUE INDEX down_item_over ON down_item (shard, brand_id, poi_id, over);
SELECT center_cut('down_item');

-- kind 0: a stock row, named by its object; else the down_item of that ver.
ALTER TABLE outbox ADD kind smallint NOT NULL DEFAULT 0;
