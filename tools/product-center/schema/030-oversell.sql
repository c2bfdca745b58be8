-- Oversell cases (sync-protocol 5.1-5.4), and what they are worked out from. Quantities in tenths.

-- What the setter of a row's base had seen: the hub's events up to (epoch, seq), the store's versions
-- up to ver. Goods deducted until then are not in the base. Counts only while the row has base_id.
CREATE TABLE base_cut (
    shard       int      NOT NULL,
    brand_id    text     NOT NULL,
    poi_id      text     NOT NULL,
    object_type smallint NOT NULL,
    object_id   bigint   NOT NULL,
    base_id     text     NOT NULL,
    epoch       bigint   NOT NULL,
    seq         bigint   NOT NULL,
    ver         bigint   NOT NULL,
    PRIMARY KEY (shard, brand_id, poi_id, object_type, object_id)
) PARTITION BY RANGE (shard);

-- `report` is what was pushed last; NULL: nothing yet, the case waits for what the hub still holds.
CREATE TABLE oversell_case (
    shard       int      NOT NULL,
    brand_id    text     NOT NULL,
    poi_id      text     NOT NULL,
    case_id     text     NOT NULL,
    object_type smallint NOT NULL,
    object_id   bigint   NOT NULL,
    gen_id      text     NOT NULL,
    state       smallint NOT NULL, -- enum case_state of proto/oversell.h
    opening     int      NOT NULL, -- how often it was opened
    since_ms    bigint   NOT NULL, -- waiting: the shortage was seen; open: opened, or acted on last
    due_ms      bigint   NOT NULL, -- when to look at it again without a cause; 0: never
    drained     boolean  NOT NULL, -- in this opening the hub had once told everything
    acted       boolean  NOT NULL, -- in this opening a claim was resolved
    ver         bigint   NOT NULL,
    report      json,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, case_id)
) PARTITION BY RANGE (shard);
CREATE INDEX oversell_case_object ON oversell_case
    (shard, brand_id, poi_id, object_type, object_id);
CREATE INDEX oversell_case_due ON oversell_case (due_ms) WHERE due_ms > 0;

CREATE TABLE oversell_resolution (
    shard       int      NOT NULL,
    brand_id    text     NOT NULL,
    poi_id      text     NOT NULL,
    case_id     text     NOT NULL,
    opening     int      NOT NULL,
    order_id    text     NOT NULL,
    line        int      NOT NULL,
    action      text     NOT NULL, -- "SUBSTITUTE", "REFUND", "COVER", "WAIVE"
    q_t         bigint   NOT NULL,
    object_type smallint NOT NULL, -- SUBSTITUTE: of the other row; else 0
    object_id   bigint   NOT NULL,
    operator    text     NOT NULL, -- "policy": nobody
    note        text     NOT NULL,
    wish        boolean  NOT NULL, -- only the store itself can do it
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, case_id, opening, order_id, line, action)
) PARTITION BY RANGE (shard);

SELECT center_cut(name) FROM unnest(ARRAY['base_cut', 'oversell_case', 'oversell_resolution']) AS name;
