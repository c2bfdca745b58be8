/* A hub and its center with an egg between them, for tests of the cloud line (cmocka). What goes
 * from one to the other goes when the test says so.
 */
#ifndef TESTS_CLOUD_LINE_H
#define TESTS_CLOUD_LINE_H

#include "tests/lib/shop.h"
#include "tests/lib/toy_center.h"

#define EGG   ((struct object){OBJECT_SKU, 1003})
#define SALAD ((struct object){OBJECT_SKU, 1004})

struct line {
    struct shop shop;
    struct toy_center center;
};
int line_open(void **state); /* *state: a struct line, until line_close */
int line_close(void **state);

void hears(struct line *l); /* the center all events */
void arrives(struct line *l, const struct cloud_row *row);
void sends(struct line *l, struct object object); /* the row as it is now arrives */
void heal(struct line *l, struct object object);  /* hears, then sends */
void set_egg(struct line *l, const char *qty);
enum code sell_egg(struct line *l, const char *order_id, int portions);
struct stock_row egg(struct line *l);
bool told_stock(const struct shop *s); /* by the last command */
/* Both sides hold the same row. */
void expect_same(struct line *l, struct object object);

#endif
