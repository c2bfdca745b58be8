/* The tables, made in steps: each file of schema/ is one, by its name. A database remembers which
 * it has seen (table schema_version) and gets the others, in the order of their names, whichever
 * version of the program made it. A step that was released is never edited: a change is a new file.
 *
 * A new table is PARTITION BY RANGE (shard), its key begins with shard, brand_id, poi_id, and
 * SELECT center_cut('name') gives it its parts.
 */
#ifndef TOOLS_PRODUCT_CENTER_SCHEMA_H
#define TOOLS_PRODUCT_CENTER_SCHEMA_H

#include "tools/product-center/db.h"

struct schema_step {
    const char *name, *sql; /* NULL: the end */
};
/* The files, inside the program; made by the build. */
extern const struct schema_step SCHEMA_STEPS[];

/* All that are missing or none, under one lock, so that processes may start together. False:
 * db_why says what failed, *step which (NULL: none of them). */
bool schema_apply(struct db_conn *c, const char **step);

#endif
