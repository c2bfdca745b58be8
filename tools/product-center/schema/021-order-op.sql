-- What was asked of an online order: pay and refund ids with their requests and outcomes, so that
-- the same again answers as before. The requests of refunds also tell what of a line is refunded.
CREATE TABLE center_order_op (
    shard      int      NOT NULL,
    brand_id   text     NOT NULL,
    poi_id     text     NOT NULL,
    order_id   text     NOT NULL,
    kind       text     NOT NULL, -- "pay", "refund"
    op_id      text     NOT NULL,
    request    json     NOT NULL, -- canonical
    code       int      NOT NULL, -- 0, or the code of its refusal: refund is due
    amount_e4  bigint   NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, order_id, kind, op_id)
) PARTITION BY RANGE (shard);
SELECT center_cut('center_order_op');
