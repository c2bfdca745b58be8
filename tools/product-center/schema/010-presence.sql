-- When the store's hub was heard of last: NULL before the first time. Others' writes do not count.
ALTER TABLE store ALTER seen_at DROP NOT NULL, ALTER seen_at DROP DEFAULT;
-- How often a hub's view of a row was another than the row (objects[] of a batch), and the last.
ALTER TABLE store ADD view_mismatches bigint NOT NULL DEFAULT 0, ADD view_mismatch json;
