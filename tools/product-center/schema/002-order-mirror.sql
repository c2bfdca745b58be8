-- Orders as the center knows them: those of the store, from its hub's events, and its own online
-- ones. Quantities in tenths, money in ten-thousandths.

-- `at`: the hub's last event about the order. `over`: the version under which it goes down to the
-- hub; NULL: it is the hub's own.
CREATE TABLE center_order (
    shard         int      NOT NULL,
    brand_id      text     NOT NULL,
    poi_id        text     NOT NULL,
    order_id      text     NOT NULL,
    side          smallint NOT NULL CHECK (side IN (0, 1)), -- 0 online, 1 store
    origin        text     NOT NULL, -- "HUB", "CENTER"
    channel       text     NOT NULL,
    number        text     NOT NULL, -- what the guest is called by
    day           text     NOT NULL, -- business day, YYYYMMDD
    order_status  smallint NOT NULL CHECK (order_status BETWEEN 1 AND 8),
    kitchen       text     NOT NULL,
    served        boolean  NOT NULL,
    user_id       text     NOT NULL,
    note          text     NOT NULL,
    amount_e4     bigint   NOT NULL, -- due
    paid_e4       bigint   NOT NULL,
    refunded_e4   bigint   NOT NULL,
    refund_due_e4 bigint   NOT NULL, -- came too late, or for goods that are not there
    hlc_l         bigint   NOT NULL, -- placed
    hlc_c         bigint   NOT NULL,
    clock_suspect boolean  NOT NULL, -- that clock was
    salvaged      boolean  NOT NULL, -- from the journal of a fenced box
    epoch         bigint   NOT NULL,
    seq           bigint   NOT NULL,
    expires_ms    bigint   NOT NULL, -- 0: never
    paid_ms       bigint   NOT NULL, -- 0: not yet
    is_delete     boolean  NOT NULL DEFAULT false,
    body          json, -- as it was placed
    over          bigint,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, order_id)
) PARTITION BY RANGE (shard);
CREATE INDEX center_order_day ON center_order (shard, brand_id, poi_id, day) WHERE day <> '';
CREATE INDEX center_order_over ON center_order (shard, brand_id, poi_id, over)
    WHERE over IS NOT NULL;
CREATE INDEX center_order_expires ON center_order (expires_ms) WHERE expires_ms > 0 AND side = 0;

CREATE TABLE center_order_line (
    shard       int      NOT NULL,
    brand_id    text     NOT NULL,
    poi_id      text     NOT NULL,
    order_id    text     NOT NULL,
    line        int      NOT NULL,
    round       int      NOT NULL,
    object_type smallint NOT NULL,
    object_id   bigint   NOT NULL,
    name        text     NOT NULL,
    q_t         bigint   NOT NULL, -- ordered
    amount_e4   bigint   NOT NULL,
    state       smallint NOT NULL, -- enum reserved of mirror.h
    attempt     int      NOT NULL, -- rises when it is locked again
    restocked_t bigint   NOT NULL,
    voided_t    bigint   NOT NULL,
    served      boolean  NOT NULL,
    PRIMARY KEY (shard, brand_id, poi_id, order_id, line)
) PARTITION BY RANGE (shard);

-- What a line holds of one stock row now: locked, or deducted and not given back. `epoch, seq`: the
-- hub's event that deducted it; epoch 0: online, seq is the version of the row.
CREATE TABLE center_order_effect (
    shard       int      NOT NULL,
    brand_id    text     NOT NULL,
    poi_id      text     NOT NULL,
    order_id    text     NOT NULL,
    line        int      NOT NULL,
    object_type smallint NOT NULL,
    object_id   bigint   NOT NULL,
    q_t         bigint   NOT NULL,
    deducted    boolean  NOT NULL,
    gen_id      text     NOT NULL, -- the row's generation when it was locked
    epoch       bigint   NOT NULL,
    seq         bigint   NOT NULL,
    PRIMARY KEY (shard, brand_id, poi_id, order_id, line, object_type, object_id)
) PARTITION BY RANGE (shard);
CREATE INDEX center_order_effect_object ON center_order_effect
    (shard, brand_id, poi_id, object_type, object_id, deducted, epoch, seq) WHERE q_t > 0;

SELECT center_cut(name)
    FROM unnest(ARRAY['center_order', 'center_order_line', 'center_order_effect']) AS name;
