-- Channel policies, restores, selling rights (sync-protocol 1.5-1.7, 5.5). Quantities in tenths.
--
-- offers: {n, hub_t, plan_t, from_ms} of each, one after the other. restored_ms: due time of the last
-- restore; shares_ms: when the reserves of the channels were last shared out, or released. due_at: when
-- the row is to be restored next; NULL: never.
ALTER TABLE poi_item_stock
    ADD mode_in_force smallint NOT NULL DEFAULT 0,
    ADD gen_before    text     NOT NULL DEFAULT '', -- gen_id of the generation before
    ADD restored_ms   bigint   NOT NULL DEFAULT 0,
    ADD released      boolean  NOT NULL DEFAULT false,
    ADD shares_ms     bigint   NOT NULL DEFAULT 0,
    ADD presumed_t    bigint   NOT NULL DEFAULT 0,
    ADD offers        bigint[] NOT NULL DEFAULT '{}',
    ADD offer_acked   bigint   NOT NULL DEFAULT 0,
    ADD last_req      text     NOT NULL DEFAULT '', -- the `want` of the hub that was answered last
    ADD due_at        timestamptz;
CREATE INDEX poi_item_stock_due ON poi_item_stock (due_at) WHERE due_at IS NOT NULL;
-- What was due before there were restores is not made up for.
UPDATE poi_item_stock SET restored_ms = (extract(epoch FROM now()) * 1000)::bigint,
    due_at = greatest(auto_restore_at, now()) WHERE auto_restore_type = 1
    AND auto_restore_at IS NOT NULL AND NOT del;

-- IANA name.
ALTER TABLE store ADD timezone text NOT NULL DEFAULT 'UTC';

-- What the hub is asked to do to a STRICT row, until it has done it. n: by the
-- clock of the store, rising.
CREATE TABLE stock_cmd (
    shard       int      NOT NULL,
    brand_id    text     NOT NULL,
    poi_id      text     NOT NULL,
    object_type smallint NOT NULL,
    object_id   bigint   NOT NULL,
    n           bigint   NOT NULL,
    op          text     NOT NULL, -- "SET", "ADJUST", "RECALL"
    q_t         bigint   NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, object_type, object_id, n)
) PARTITION BY RANGE (shard);
SELECT center_cut('stock_cmd');
