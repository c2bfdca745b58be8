/* Bugs that the simulator plants around the real code, to see that it would find them. */
#ifndef SIM_PLANTS_H
#define SIM_PLANTS_H

#include "tests/sim/planted.h"

/*  X(enum, name, property that must be reported, what it does). A lock that does not add up is I1;
   in builds that audit the books at every commit they see it first, and end: ASSERT. */
#define PLANT_LIST(X)                                                                              \
    X(PLANT_NONE, "none", "", "nothing is planted")                                                \
    X(PLANT_DROPPED_DEDUPE, "dropped_dedupe", "P11", "remembered requests are forgotten")          \
    X(PLANT_REPLY_BEFORE_COMMIT, "reply_before_commit", "P3", "replies leave before the commit")   \
    X(PLANT_LOST_DELTA, "lost_delta", "P2", "a sale is missing in the row's H")                    \
    X(PLANT_SKIPPED_EXPIRY, "skipped_expiry", "EXPIRY", "a due timer is dropped")                  \
    X(PLANT_DOUBLE_RESTOCK, "double_restock", "P2", "a refund restocks twice")                     \
    X(PLANT_CLOCK_EXPIRY, "clock_expiry", "P12", "the wall clock passes for the uptime clock")     \
    X(PLANT_FORGOTTEN_TICKET, "forgotten_ticket", "TICKET", "a ticket is not written")             \
    X(PLANT_HALF_ORDER, "half_order", "P4", "one line of an order is not reserved")                \
    X(PLANT_DOUBLE_COUNT, "double_count", "P2", "a sold line is counted twice")                    \
    X(PLANT_LOST_ORDER, "lost_order", "P3", "an order leaves the store")                           \
    X(PLANT_EDITED_JOURNAL, "edited_journal", "CHAIN", "a body is changed in place")               \
    X(PLANT_OVERSOLD, "oversold", "I3", "a row's lock grows without stock behind it")              \
    X(PLANT_DOUBLE_UNLOCK, "double_unlock", "I1|ASSERT", "a cancelled order is unlocked twice")    \
    X(PLANT_NEGATIVE_LOCK, "negative_lock", "ASSERT",                                              \
      "a lock below zero: the books refuse to run")                                                \
    X(PLANT_CLOCK_BACK, "clock_back", "P8", "the journal's clock follows the wall clock back")     \
    X(PLANT_SHORT_CHANGE, "short_change", "REPLY", "a payment is a cent short in the books")       \
    X(PLANT_LOST_CENTER_DELTA, "lost_center_delta", "P2",                                          \
      "a sale of the center is not taken over")                                                    \
    X(PLANT_UNSAID_ROWS, "unsaid_rows", "P1", "rows of events set aside are not said again")       \
    X(PLANT_COOKED_TWICE, "cooked_twice", "P11|TICKET",                                            \
      "a repeated online order is taken for new")                                                  \
    X(PLANT_NO_REBALANCE, "no_rebalance", "I5|ASSERT", "a forced rebalance is dropped")            \
    X(PLANT_RESTORED_TWICE, "restored_twice", "P12", "a restore that was done is done again")      \
    X(PLANT_USED_KEPT, "used_kept", "P10|ASSERT", "what channels used outlives the restore")       \
    X(PLANT_TOTAL_UNCHECKED, "total_unchecked", "I2|I3",                                           \
      "a channel with a limit asks for nothing else")                                              \
    X(PLANT_RESERVE_SOLD, "reserve_sold", "P10", "a channel sells what is held for others")
enum plant {
#define X(e, name, property, what) e,
    PLANT_LIST(X)
#undef X
        PLANT_COUNT
};
extern const struct planted PLANTS[PLANT_COUNT];

#endif
