/* When which guests come: from a file of orders, or by chance at a mean rate.
 *
 * File: CSV with a heading, columns order_id,date,time,object_id,qty,channel; rows of one order
 * stand together, orders in the order of time. Store time runs `speed` times as fast as ours; the
 * nights between days are skipped.
 */
#ifndef STORESIM_PLAN_H
#define STORESIM_PLAN_H

#include "tools/storesim/order.h"

struct arrival {
    int64_t at_ms; /* store time since the first guest */
    enum role role;
    size_t first, n; /* its lines */
};
struct plan_line {
    int64_t object_id, qty_t;
};
struct plan {
    struct sim *sim;
    /* from a file */
    struct arrival *arrivals;
    struct plan_line *lines;
    size_t n_arrivals, n_lines, next;
    int64_t opens_ms; /* time of day of the first guest */
    /* by chance */
    double rate; /* guests a second; 0: from a file */
    int64_t seconds;
    struct alarm bell;
    bool done;
};
/* day "": all days of the file. False with one line in why (JSON_WHY bytes). */
bool plan_read(struct plan *p, const char *path, const char *day, char *why);
/* Lets the guests come from now on. */
void plan_start(struct plan *p, struct sim *sim);
void plan_stop(struct plan *p);
double plan_progress(const struct plan *p); /* 0..1 */
void plan_finish(struct plan *p);

#endif
