/* One stock row on the cloud line: the shape of base-api.md, and with it the extension `x` of
 * sync-protocol 4.4. The same shape is a data object of find-to-pos, the legacy body of
 * sync-from-pos, an element of `objects` and `rows`, and the data of a push.
 *
 * Decoding never alters a quantity: what is no multiple of 0.1 within the legal range is 1007.
 * Members that nobody knows are stepped over.
 */
#ifndef PROTO_CLOUD_ROW_H
#define PROTO_CLOUD_ROW_H

#include "proto/row.h"
#include "proto/wire.h"

struct cloud_cmd {     /* executed once by its id */
    struct str id, op; /* "c-9", "SET" */
    int64_t v_t;
};
struct cloud_row {
    /* Without `x` the row has: object, status, type, plan, auto restore, the channels, and base_t =
     * the real_quantity (base_id "I", no counters): what an absolute write means. With `x` also
     * base, counters, stamps, policy, the mode wanted, generation, and of the offers the newest.
     * Never: name, at, short_alerted, gen, channel m_t, the mode in force, which are each side's
     * own. c_ver is `over`. Texts are borrowed from the document. */
    struct stock_row row;
    bool has_x;              /* encode: write the extension */
    uint64_t over;           /* version of the row's last change; 0: not given, not written */
    struct str updated_at;   /* opaque token, echoed byte by byte; empty: not given, not written */
    int64_t updated_at_ms;   /* decode only: its instant; 0 without one */
    int16_t offset_min;      /* of the store's time zone, for auto_restore_at; decode: as found */
    bool has_plan, has_real; /* decode: plan_quantity, real_quantity were there (an unlimited row
                              * may leave them out); encode writes both, always */
    int64_t real_t;          /* decode: real_quantity as sent; encode writes stock_real(&row) */
    bool has_channels;       /* decode: channel_stocks was there; rows it lists are absolute */
    bool deleted;            /* tombstone */
    struct cloud_cmd cmds[LIMIT_CMDS];
    uint16_t n_cmds;
};

/* One value, an object. `brand_id` and `poi_id` not empty: the legacy body names its store. */
void cloud_row_encode(struct jw *w, const struct cloud_row *r, struct str brand_id,
                      struct str poi_id);
/* CODE_OK, or 1010 or 1007 with the field's path. 1010 without object_id, stock_status or
 * stock_type; for a limited row without `x` also without the two quantities. A real_quantity below
 * zero is refused where the body names its store: an absolute write, not a view of an oversold row.
 * Codes of channels are not checked against a list; one that comes twice is refused. */
enum code cloud_row_decode(const struct json *v, struct cloud_row *out, char path[FIELD_PATH]);

#endif
