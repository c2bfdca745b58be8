/* Table stock_cmd: what the hub is asked to do to a STRICT row (sync-protocol 4.4, 5.5). A command
 * rides in every row that goes down until an event with its id comes back; the hub carries it out
 * once, by its number. Where that event was put aside, the next one of the row says up to which
 * number it has come (cmd_done, beside the H that has their sums).
 *
 * Numbers rise with the store's clock, so they go on rising after a failover that lost versions.
 */
#ifndef TOOLS_PRODUCT_CENTER_STOCK_CMD_H
#define TOOLS_PRODUCT_CENTER_STOCK_CMD_H

#include "proto/cloud_row.h"
#include "tools/product-center/store.h"

/*  X(enum, wire name) */
#define CMD_OP_LIST(X)                                                                             \
    X(CMD_SET, "SET")       /* real shall be q_t: a count */                                       \
    X(CMD_ADJUST, "ADJUST") /* by q_t */                                                           \
    X(CMD_RECALL, "RECALL") /* give back up to q_t of the rights */
enum cmd_op {
#define X(e, name) e,
    CMD_OP_LIST(X)
#undef X
};

/* The commands that wait in one row, oldest first. */
struct cmds_of {
    struct object object;
    struct cloud_cmd cmds[LIMIT_CMDS];
    uint16_t n;
};
/* Fills in those of the named objects. Ids live in the arena, names of ops are static. */
void cmds_load(struct call *c, struct cmds_of *of, size_t n);

/* One more for that row, which is among `cmds` afterwards; its id, or "" when LIMIT_CMDS wait. The
 * store is under its lock, its clock moves; the caller saves it. */
struct str cmd_add(struct call *c, struct store *s, struct cmds_of *of, enum cmd_op op,
                   int64_t q_t);
/* The number in "c-9"; 0: none of ours. */
int64_t cmd_number(struct str id);
/* The hub has done the command of that number, and with it those before it: what an event in
 * between would have said was lost. They wait no more, and are not among `of` any more. False: none
 * of them waited. */
bool cmds_done(struct call *c, struct cmds_of *of, int64_t n);

#endif
