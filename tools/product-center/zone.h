/* A store's time zone as PostgreSQL knows it, for proto/due: the hub has the same zones from its
 * system, so both work out the same due times.
 */
#ifndef TOOLS_PRODUCT_CENTER_ZONE_H
#define TOOLS_PRODUCT_CENTER_ZONE_H

#include "proto/due.h"
#include "tools/product-center/store.h"

#define ZONE_NAME 64 /* bytes; the longest IANA name has 32 */

#define ZONE_KNOWN                                                                                 \
    64 /* one due time takes some ten instants, one on the day of a step thirty more */
struct store_zone {
    struct call *call;
    struct str name;
    struct {
        int64_t at_ms;
        int32_t offset_s;
    } known[ZONE_KNOWN]; /* a ring */
    size_t asked;
};
/* Both must live as long as the zone is asked: an instant of another zone than "UTC" is a query in
 * the call's transaction, once. The rows of a store are mostly due at the same times, so that those
 * who look at many use one for all. */
struct zone zone_of(struct store_zone *ctx, struct call *c, const struct store *s);
/* An IANA name that the database knows; offsets and abbreviations are none. */
bool zone_is_known(struct call *c, struct str name);
/* The store has that zone from now on: what is due at a time of day is looked at anew. Nothing
 * where it has it already. The name is known. */
void zone_set(struct call *c, struct store *s, struct str name);

#endif
