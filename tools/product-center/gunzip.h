/* Bodies that come compressed (sync-protocol 3.4). The only doorman of zlib. */
#ifndef TOOLS_PRODUCT_CENTER_GUNZIP_H
#define TOOLS_PRODUCT_CENTER_GUNZIP_H

#include "proto/types.h"

enum gunzip { GUNZIP_DONE, GUNZIP_TOO_LONG, GUNZIP_BROKEN, GUNZIP_NO_MEMORY };
/* One gzip text and nothing after it. DONE: *text is from malloc, `n` bytes. TOO_LONG: it would
 * have more than `most` bytes; not more than that is ever taken. */
enum gunzip gunzip(struct str packed, size_t most, char **text, size_t *n);

#endif
