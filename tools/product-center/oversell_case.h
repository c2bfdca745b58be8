/* Tables oversell_case and oversell_resolution: the cases of one store, and what was done about
 * them. Quantities in tenths.
 */
#ifndef TOOLS_PRODUCT_CENTER_OVERSELL_CASE_H
#define TOOLS_PRODUCT_CENTER_OVERSELL_CASE_H

#include "tools/product-center/base_cut.h"
#include "tools/product-center/claims.h"

/* What the case's row is worked out from after its generation. */
struct case_basis {
    int64_t base_t, supply_t; /* supply: base and receipts since */
    bool strict;
    struct base_cut cut;
};
struct oversell_case {
    struct str id;
    struct object object;
    struct str gen_id;
    enum case_state state;
    uint32_t opening; /* 0: it was never opened */
    int64_t since_ms; /* waiting: the shortage was seen; open: opened, or staff acted last */
    int64_t due_ms;   /* when to look at it again without a cause; 0: never */
    bool drained, acted;
    uint64_t ver;
    struct case_basis basis;
    struct str report; /* as pushed last; "": never */
};
struct oversell_cases {
    struct oversell_case *at;
    size_t n;
};
bool oversell_case_is_open(const struct oversell_case *k); /* PROVISIONAL or OPEN, and pushed */

/* Those of the rows, those that are open or wait, and room for `n` more. In the arena; texts in the
 * transaction. */
struct oversell_cases oversell_cases_load(struct call *c, const struct stock_row *const *rows,
                                          size_t n);
/* The stores whose cases wait for nothing but the time, and it has come. In the arena. */
struct store_key *oversell_cases_due(struct call *c, size_t limit, size_t *n);
/* At most 200, latest first, with their reports. `state`: only those in it; -1: all. `id`: only
 * this; "": all. Cases that wait are none yet. */
struct oversell_cases oversell_cases_list(struct call *c, int state, struct str id);
void oversell_case_save(struct call *c, const struct oversell_case *k);
/* So much more of the case's own generation was found: nobody's stock of today. */
void oversell_case_found(struct call *c, const struct oversell_case *k, int64_t q_t);
/* Something was done about it, now: only that is written. */
void oversell_case_acted(struct call *c, const struct oversell_case *k);
/* Those of the store that are due still are looked at again in an hour. */
void oversell_cases_put_off(struct call *c);
/* It waited, and there was no shortage in the end. */
void oversell_case_forget(struct call *c, const struct oversell_case *k);

/*  X(enum, wire name) */
#define RESOLVE_LIST(X)                                                                            \
    X(RESOLVE_SUBSTITUTE, "SUBSTITUTE") /* another row gives what this one has not */              \
    X(RESOLVE_REFUND, "REFUND")                                                                    \
    X(RESOLVE_COVER, "COVER") /* the goods were found */                                           \
    X(RESOLVE_WAIVE, "WAIVE") /* accepted as it is, with a note */
enum resolve_action {
#define X(e, name) e,
    RESOLVE_LIST(X)
#undef X
};
const char *resolve_name(enum resolve_action v);
bool resolve_parse(struct str name, enum resolve_action *out);

/* Of one claim in one opening of a case, each action at most once. */
struct resolution {
    struct str order_id;
    uint32_t line;
    enum resolve_action action;
    int64_t q_t;
    struct object other; /* SUBSTITUTE: what is sold instead; id 0: none */
    struct str operator_id, note;
    bool wish; /* only the store itself can do it */
};
/* Of this opening of the case. same: of that quantity (`r` may leave it open) and that object. */
bool resolution_is_there(struct call *c, const struct oversell_case *k, const struct resolution *r,
                         bool *same);
void resolution_add(struct call *c, const struct oversell_case *k, const struct resolution *r);
/* An array of them with their times, for people. */
void resolutions_write(struct call *c, const struct oversell_case *k);

#endif
