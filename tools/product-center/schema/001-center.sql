-- The center's tables. Every key starts with shard = murmur3_32(poi) & 1023; every table is cut by
-- ranges of it into 16 parts of 64 shards. All rows of one store live in one shard.
--
-- The columns of the base API are there under their own names. What the protocol counts in tenths
-- (suffix _t) is the truth; plan_quantity and real_quantity are generated from it. A stamp is an
-- array {l_ms, c, origin}.

-- Cuts a table PARTITIONED BY RANGE (shard) into its parts.
CREATE OR REPLACE FUNCTION center_cut(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)',
                       name || '_' || lpad(part::text, 2, '0'), name, part * 64, part * 64 + 64);
    END LOOP;
END $$;

CREATE SEQUENCE IF NOT EXISTS poi_item_stock_id;
CREATE SEQUENCE IF NOT EXISTS poi_item_channel_stock_id;
CREATE SEQUENCE IF NOT EXISTS poi_item_stock_log_id;
CREATE SEQUENCE IF NOT EXISTS dead_letter_id;

-- One row a store: its lock, its position upstream (cur_epoch, acked_seq, tail) and downstream (ver).
CREATE TABLE IF NOT EXISTS store (
    shard           int    NOT NULL,
    brand_id        text   NOT NULL,
    poi_id          text   NOT NULL,
    cur_epoch       bigint NOT NULL DEFAULT 0,
    acked_seq       bigint NOT NULL DEFAULT 0,
    head_seq        bigint NOT NULL DEFAULT 0,
    tail            bytea,
    ver             bigint NOT NULL DEFAULT 0,
    applied_ver     bigint NOT NULL DEFAULT 0,
    tombstone_floor bigint NOT NULL DEFAULT 0,
    center_epoch    bigint NOT NULL DEFAULT 1,
    hlc_l_ms        bigint NOT NULL DEFAULT 0,
    hlc_c           bigint NOT NULL DEFAULT 0,
    box_id          text   NOT NULL DEFAULT '',
    seen_at         timestamptz NOT NULL DEFAULT now(),
    state           json, -- what the hub told last about itself
    push_due        timestamptz NOT NULL DEFAULT now(), -- while applied_ver < ver: push again then
    push_tries      int    NOT NULL DEFAULT 0,
    PRIMARY KEY (shard, brand_id, poi_id)
) PARTITION BY RANGE (shard);
-- Exactly the stores that lag, wherever their shard is.
CREATE INDEX IF NOT EXISTS store_lag ON store (push_due) WHERE applied_ver < ver AND cur_epoch > 0;

CREATE TABLE IF NOT EXISTS poi_item_stock (
    id                bigint   NOT NULL DEFAULT nextval('poi_item_stock_id'),
    shard             int      NOT NULL,
    brand_id          text     NOT NULL,
    poi_id            text     NOT NULL,
    object_type       smallint NOT NULL CHECK (object_type IN (1, 2)),
    object_id         bigint   NOT NULL CHECK (object_id > 0),
    stock_status      smallint NOT NULL CHECK (stock_status IN (1, 2)),
    stock_type        smallint NOT NULL CHECK (stock_type IN (1, 2)),
    plan_quantity     numeric(10,1) GENERATED ALWAYS AS (plan_t / 10.0) STORED,
    real_quantity     numeric(20,1) GENERATED ALWAYS AS
                      ((base_t + (h_t - base_h_t) + (c_t - base_c_t)) / 10.0) STORED,
    auto_restore_type smallint NOT NULL CHECK (auto_restore_type IN (1, 2)),
    auto_restore_at   timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL,
    over              bigint   NOT NULL, -- ver of the last change
    del               boolean  NOT NULL DEFAULT false,
    status_stamp      bigint[] NOT NULL,
    plan_t            bigint   NOT NULL CHECK (plan_t BETWEEN 0 AND 9999999999),
    step_t            bigint   NOT NULL,
    repeat            smallint NOT NULL,
    plan_stamp        bigint[] NOT NULL,
    mode              smallint NOT NULL,
    policy            smallint NOT NULL,
    rebalance_s       bigint   NOT NULL,
    release_at_ms     bigint   NOT NULL,
    ranking           smallint NOT NULL,
    policy_stamp      bigint[] NOT NULL,
    base_id           text     NOT NULL,
    base_t            bigint   NOT NULL,
    base_h_t          bigint   NOT NULL,
    base_c_t          bigint   NOT NULL,
    base_hf           boolean  NOT NULL,
    base_cf           boolean  NOT NULL,
    base_stamp        bigint[] NOT NULL,
    h_t               bigint   NOT NULL,
    lh_t              bigint   NOT NULL,
    xr_t              bigint   NOT NULL,
    h_epoch           bigint   NOT NULL,
    h_seq             bigint   NOT NULL,
    c_t               bigint   NOT NULL,
    lc_t              bigint   NOT NULL,
    gr_t              bigint   NOT NULL,
    c_ver             bigint   NOT NULL,
    gen               bigint   NOT NULL,
    gen_id            text     NOT NULL,
    legacy_sha        text NOT NULL DEFAULT '', -- SHA-256 in hex, of the base API body applied last
    PRIMARY KEY (shard, brand_id, poi_id, object_type, object_id)
) PARTITION BY RANGE (shard);
-- The condition, always true, keeps it from those who look for one row by its key: in a table without
-- statistics yet all indexes seem equally good, and this one would read the whole store. Who wants it
-- names the condition. The same in other tables.
CREATE INDEX IF NOT EXISTS poi_item_stock_over ON poi_item_stock (shard, brand_id, poi_id, over)
    WHERE over > 0;

CREATE TABLE IF NOT EXISTS poi_item_channel_stock (
    id           bigint   NOT NULL DEFAULT nextval('poi_item_channel_stock_id'),
    shard        int      NOT NULL,
    brand_id     text     NOT NULL,
    poi_id       text     NOT NULL,
    stock_id     bigint   NOT NULL,
    channel_code text     NOT NULL,
    stock_status smallint NOT NULL CHECK (stock_status IN (1, 2)),
    stock_type   smallint NOT NULL CHECK (stock_type IN (1, 2)),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    limit_t      bigint   NOT NULL,
    reserve_t    bigint   NOT NULL,
    used_t       bigint   NOT NULL,
    m_t          bigint   NOT NULL,
    weight       bigint   NOT NULL,
    deleted      boolean  NOT NULL,
    stamp        bigint[] NOT NULL,
    PRIMARY KEY (shard, brand_id, poi_id, stock_id, channel_code)
) PARTITION BY RANGE (shard);

CREATE TABLE IF NOT EXISTS poi_item_stock_log (
    id         bigint NOT NULL DEFAULT nextval('poi_item_stock_log_id'),
    shard      int    NOT NULL,
    brand_id   text   NOT NULL,
    poi_id     text   NOT NULL,
    stock_id   bigint NOT NULL,
    content    jsonb  NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, id)
) PARTITION BY RANGE (shard);

-- What the hubs reported, exactly once. body NULL: a local event, sent header only.
CREATE TABLE IF NOT EXISTS hub_event (
    shard      int    NOT NULL,
    brand_id   text   NOT NULL,
    poi_id     text   NOT NULL,
    epoch      bigint NOT NULL,
    seq        bigint NOT NULL,
    hlc_l_ms   bigint NOT NULL,
    hlc_c      bigint NOT NULL,
    cv         bigint NOT NULL,
    kind       text   NOT NULL,
    bh         bytea  NOT NULL,
    hash       bytea  NOT NULL,
    body       json,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, epoch, seq)
) PARTITION BY RANGE (shard);

-- Events that could not be applied, raw as they came. They are acknowledged and delay nothing.
CREATE TABLE IF NOT EXISTS dead_letter (
    id         bigint  NOT NULL DEFAULT nextval('dead_letter_id'),
    shard      int     NOT NULL,
    brand_id   text    NOT NULL,
    poi_id     text    NOT NULL,
    epoch      bigint  NOT NULL,
    seq        bigint  NOT NULL,
    reason     text    NOT NULL,
    raw        json    NOT NULL,
    closed     boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, epoch, seq)
) PARTITION BY RANGE (shard);

-- The right to claim a store. epoch 0: not spent yet; else the epoch that it opened, and by whom.
CREATE TABLE IF NOT EXISTS enrol_token (
    shard      int    NOT NULL,
    brand_id   text   NOT NULL,
    poi_id     text   NOT NULL,
    hash       bytea  NOT NULL, -- SHA-256
    box_id     text   NOT NULL DEFAULT '',
    epoch      bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, hash)
) PARTITION BY RANGE (shard);

-- Rows to push: one for each ver. echo: the hub's own change, of no news to it.
CREATE TABLE IF NOT EXISTS outbox (
    shard       int      NOT NULL,
    brand_id    text     NOT NULL,
    poi_id      text     NOT NULL,
    ver         bigint   NOT NULL,
    object_type smallint NOT NULL,
    object_id   bigint   NOT NULL,
    echo        boolean  NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, ver)
) PARTITION BY RANGE (shard);
CREATE INDEX IF NOT EXISTS outbox_age ON outbox (created_at, ver);

SELECT center_cut(name) FROM unnest(ARRAY['store', 'poi_item_stock', 'poi_item_channel_stock',
    'poi_item_stock_log', 'hub_event', 'dead_letter', 'enrol_token', 'outbox']) AS name;
