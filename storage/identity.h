/* Whose store this is, in the store itself: a backup that was carried away must still say it. */
#ifndef STORAGE_IDENTITY_H
#define STORAGE_IDENTITY_H

#include "storage/journal.h"

#define IDENTITY_TEXT 64 /* bytes of either id with its NUL */

struct identity_text {
    char brand_id[IDENTITY_TEXT], poi_id[IDENTITY_TEXT]; /* "": not said */
};
/* Says it, unless the store says the same already. */
void identity_keep(struct txn *txn, const struct store_identity *id);
/* False: a store of before it was kept; *out is then empty. */
bool identity_load(struct txn *txn, struct identity_text *out);

#endif
