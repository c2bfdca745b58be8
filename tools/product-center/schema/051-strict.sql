-- Orders that a manager let take more of a row than the store had selling rights for.
CREATE TABLE order_override (
    shard       int      NOT NULL,
    brand_id    text     NOT NULL,
    poi_id      text     NOT NULL,
    order_id    text     NOT NULL,
    object_type smallint NOT NULL,
    object_id   bigint   NOT NULL,
    over_t      bigint   NOT NULL,
    operator    text     NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, order_id, object_type, object_id)
) PARTITION BY RANGE (shard);
SELECT center_cut('order_override');
-- The silence that was told last: seen_at of that time.
ALTER TABLE store ADD silence_told timestamptz;
-- What a lost box may have sold is not there either.
ALTER TABLE poi_item_stock DROP real_quantity;
ALTER TABLE poi_item_stock ADD real_quantity numeric(20,1) GENERATED ALWAYS AS
    ((base_t + (h_t - base_h_t) + (c_t - base_c_t) - presumed_t) / 10.0) STORED;
