-- The epochs that ended: how far each got here before another was opened.
CREATE TABLE hub_epoch (
    shard     int    NOT NULL,
    brand_id  text   NOT NULL,
    poi_id    text   NOT NULL,
    epoch     bigint NOT NULL,
    box_id    text   NOT NULL,
    acked_seq bigint NOT NULL,
    tail      bytea  NOT NULL, -- chain hash of acked_seq
    ended_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, epoch)
) PARTITION BY RANGE (shard);
SELECT center_cut('hub_epoch');

-- What a fenced box still had to tell. The hash is part of the key: a box that was rolled back has
-- other events under the same numbers. reason: why one was no good; it had no effect.
CREATE TABLE salvage_event (
    shard      int    NOT NULL,
    brand_id   text   NOT NULL,
    poi_id     text   NOT NULL,
    epoch      bigint NOT NULL,
    seq        bigint NOT NULL,
    hash       bytea  NOT NULL,
    box_id     text   NOT NULL,
    kind       text   NOT NULL,
    raw        json   NOT NULL,
    reason     text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shard, brand_id, poi_id, epoch, seq, hash)
) PARTITION BY RANGE (shard);
SELECT center_cut('salvage_event');
