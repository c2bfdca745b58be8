-- Orders are listed by the time of their last change, and whoever follows the list must miss none. A
-- transaction's now() is from before it waits for the store's lock; under the lock clocks tell the
-- order of commits.
ALTER TABLE center_order ALTER updated_at SET DEFAULT clock_timestamp();
