/* A chore: stores whose hub has said nothing for 72 h while it holds selling rights (sync-protocol
 * 5.5). What it has not sold lies idle, so somebody has to be told: once for each silence, in the
 * log; GET /api/v1/poi/hub/stores tells it as long as it lasts.
 */
#ifndef TOOLS_PRODUCT_CENTER_SILENCE_H
#define TOOLS_PRODUCT_CENTER_SILENCE_H

#include "tools/product-center/store.h"

#define SILENCE_MS       (72LL * 3600 * 1000)
#define SILENCE_EVERY_MS (10LL * 60 * 1000)

/* For struct chore. */
bool silence_piece(struct call *c);
/* ,"silent":{"hours":73,"strict_rows":2} of a silent store that holds rights; else nothing. */
void silence_write(struct call *c, const struct store *s);

#endif
