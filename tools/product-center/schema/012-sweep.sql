-- What sweeps look for. Rows of these tables come in the order of time: a block range index is small
-- and finds the old ones.
CREATE INDEX hub_event_age ON hub_event USING brin (created_at);
CREATE INDEX salvage_event_age ON salvage_event USING brin (created_at);
CREATE INDEX dead_letter_age ON dead_letter (created_at) WHERE closed;
CREATE INDEX poi_item_stock_tombstone ON poi_item_stock (updated_at) WHERE del;
