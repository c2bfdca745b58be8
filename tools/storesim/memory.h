/* Memory of a test program: it has enough, or it ends with a message. */
#ifndef STORESIM_MEMORY_H
#define STORESIM_MEMORY_H

#include "proto/types.h"

void *memory_new(size_t n); /* zeroed */
void *memory_grow(void *p, size_t n);
char *memory_text(struct str v); /* a NUL-terminated copy */

#endif
