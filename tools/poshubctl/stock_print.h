/* A stock row for people, and its cells in a table. */
#ifndef POSHUBCTL_STOCK_PRINT_H
#define POSHUBCTL_STOCK_PRINT_H

#include "tools/poshubctl/hub.h"

hub_print stock_print; /* of a reply with "stock" */
/* The rows of stock.list. */
void stock_collect(struct grid *g, const struct json *reply);
/* The rows of one object's channels, and their titles. */
extern const char *const STOCK_CHANNEL_TITLES[];
void stock_collect_channels(struct grid *g, const struct json *row);
const char *stock_object_text(const struct json *row, char *buf, size_t n);
/* The policy, and when what is held back becomes anybody's. */
void stock_print_policy(const struct ctl *ctl, const struct json *row);

#endif
