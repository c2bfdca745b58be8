/* Bugs that the simulated cloud line plants around the real code, to see that it would find them.
 */
#ifndef SIM_LINE_PLANTS_H
#define SIM_LINE_PLANTS_H

#include "tests/sim/planted.h"

/*  X(enum, name, property that must be reported, what it does). A lock that does not add up is P5;
 * in builds that audit the books at every commit they see it first, and end: ASSERT. Two that
 * random schedules do not meet have theirs by hand, in tests/unit/test_proto_strict_scripts.c: an
 * offer without `from`, and rights taken before the center has judged a RESTORE or a MODE_ACK. */
#define PLANT_LIST(X)                                                                              \
    X(PLANT_NONE, "none", "", "nothing is planted")                                                \
    X(PLANT_LOST_REGISTER, "lost_register", "P1", "a row's closing does not reach the hub's row")  \
    X(PLANT_LOST_SALE, "lost_sale", "P2", "a sale is missing in the row's H")                      \
    X(PLANT_LOST_SALVAGE, "lost_salvage", "P2", "what a rolled back box sold is not salvaged")     \
    X(PLANT_BLIND_COUNT, "blind_count", "P2", "a count does not say what it had seen")             \
    X(PLANT_REPLY_BEFORE_COMMIT, "reply_before_commit", "P3", "replies leave before the commit")   \
    X(PLANT_DOUBLE_UNLOCK, "double_unlock", "P5|ASSERT", "a cancelled order is unlocked twice")    \
    X(PLANT_AT_RISK_CASE, "at_risk_case", "P7", "locked goods make a case as if sold")             \
    X(PLANT_ADDED_CASE, "added_case", "P7", "a case's units are added, not recomputed")            \
    X(PLANT_ACK_BACK, "ack_back", "P8", "the acknowledged position goes back")                     \
    X(PLANT_EPOCH_KEPT, "epoch_kept", "P8", "the center goes on with a box that was rolled back")  \
    X(PLANT_STUCK_POISON, "stuck_poison", "P9",                                                    \
      "an event that crashes the center is never given up")                                        \
    X(PLANT_DROPPED_DEDUPE, "dropped_dedupe", "P11", "remembered requests are forgotten")          \
    X(PLANT_PUSH_AGAIN, "push_again", "P11", "a repeated push is merged again")                    \
    X(PLANT_FORMER_PUSH, "former_push", "P2",                                                      \
      "pushes from before a failover of the center are merged")                                    \
    X(PLANT_CLOCK_EXPIRY, "clock_expiry", "P12", "the wall clock passes for the uptime clock")     \
    X(PLANT_TOTAL_UNCHECKED, "total_unchecked", "P6", "online asks the channel's limit alone")     \
    X(PLANT_NO_REBALANCE, "no_rebalance", "I5|ASSERT",                                             \
      "what is held back is more than what is left")                                               \
    X(PLANT_GRANT_UNSAVED, "grant_unsaved", "P6", "a right goes out that the center has not kept") \
    X(PLANT_RESTORE_AGAIN, "restore_again", "P12",                                                 \
      "a restore is forgotten when a clock goes back")                                             \
    X(PLANT_RESTORE_DROPPED, "restore_dropped", "RESTORE", "a due time passes for done")           \
    X(PLANT_COMMAND_KEPT, "command_kept", "P11",                                                   \
      "of commands whose events were put aside the center learns nothing")                         \
    X(PLANT_TWICE_GRANTED, "twice_granted", "P11", "the same want is granted again")               \
    X(PLANT_UNPRESUMED, "unpresumed", "P6", "a claim leaves the lost box's rights to the new one") \
    X(PLANT_LIMIT_ALONE, "limit_alone", "P6",                                                      \
      "a limit at the till gives rights before the center's")                                      \
    X(PLANT_USED_KEPT, "used_kept", "P10", "what channels used outlives the generation")
enum plant {
#define X(e, name, property, what) e,
    PLANT_LIST(X)
#undef X
        PLANT_COUNT
};
extern const struct planted PLANTS[PLANT_COUNT];

#endif
