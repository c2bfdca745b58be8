-- What a case is worked out from when its generation is over: what its row was, and what its base had
-- seen (base_cut). Quantities in tenths.
ALTER TABLE oversell_case
    ADD base_t    bigint  NOT NULL DEFAULT 0,
    ADD supply_t  bigint  NOT NULL DEFAULT 0,     -- base and receipts since
    ADD strict    boolean NOT NULL DEFAULT false,
    ADD cut_epoch bigint  NOT NULL DEFAULT 0,
    ADD cut_seq   bigint  NOT NULL DEFAULT 0,
    ADD cut_ver   bigint  NOT NULL DEFAULT 0;
UPDATE oversell_case SET base_t = (report->>'supply_t')::bigint, supply_t = (report->>'supply_t')::bigint
    WHERE report IS NOT NULL;
