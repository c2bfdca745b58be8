/* The job that every side of the bench does, and what a side is.
 *
 * The job: CALLERS callers, each with one order outstanding. An order takes two lines out of
 * limited stock, and must leave on the disk, before it is answered: both stock rows, the order, the
 * answer under the caller's request id (so that a repeat finds it), and one journal entry.
 */
#ifndef BENCH_BOOKS_SIDE_H
#define BENCH_BOOKS_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALLERS   50
#define SKUS      100
#define SKU_FIRST 1001         /* ids SKU_FIRST .. SKU_FIRST + SKUS - 1 */
#define STOCK_T   9000000000LL /* tenths of each: limited, and enough for any run */
#define LINES     2
#define ID_TEXT   24

struct bench_line {
    uint32_t sku; /* index, 0 .. SKUS-1 */
    int64_t qty_t;
};
struct bench_order {
    uint32_t caller;
    char device[ID_TEXT], req_id[ID_TEXT], order_id[ID_TEXT];
    struct bench_line lines[LINES]; /* of different SKUs */
};

/* Where the orders of one side come from, and what was taken by those that were acknowledged. */
struct source {
    uint64_t random, counters[CALLERS];
    uint64_t acknowledged;
    int64_t sold_t[SKUS];
};
void source_init(struct source *s);
void source_next(struct source *s, uint32_t caller, struct bench_order *out);
void source_acknowledge(struct source *s, const struct bench_order *o);

/* The order as text, for the sides that keep text: about as long as the books' own record. Returns
 * the length; `out` has ORDER_TEXT bytes. */
#define ORDER_TEXT 1024
size_t order_text(const struct bench_order *o, char *out);
size_t event_text(const struct bench_order *o, char *out);

/* A side ends the program with a message when something fails: there is nothing to go on with. */
struct side {
    const char *name;
    void *(*open)(const char *dir); /* an empty folder of its own */
    /* Keeps all callers busy for so long, then waits for the last answers. Returns the seconds
     * that the orders took. */
    double (*run)(void *side, struct source *source, double seconds);
    int64_t (*left_t)(void *side, uint32_t sku); /* of the stock, as stored, after all orders */
    void (*close)(void *side);
};
extern const struct side BOOKS_SIDE, REDIS_SIDE, SQLITE_SIDE;
extern const struct side WEIGHTED_SIDE; /* the books on rows that share by weight */

double now_s(void); /* monotonic */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
