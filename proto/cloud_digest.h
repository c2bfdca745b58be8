/* Question and answer of POST /api/v1/poi/stock/digest: do hub and center hold the same rows
 * (sync-protocol 4.8)?
 *   {"brandId","poiId","epoch":7,"applied_ver":88123,"acked_seq":1043,"hot":["2:1001"],
 *    "want":"root"|"list"|"rows"[,"after":"2:1001"][,"objects":["2:1007"]]}
 *   root  {"code":0,"hot":["2:1007"],"root":"c5ec05db50e1df89","server_hlc":[..]}
 *   list  {"code":0,"hot":[..],"pairs":[["2:1002","c5ec05db50e1df89"],..],"more":false,..}: at most
 *         LIMIT_PULL_ROWS of them by type and id, those after `after`
 *   rows  {"code":0,"rows":[..],..}: those named in `objects`, as a pull writes them
 * Both hot sets are left out of root and list: rows with events on their way up (sent) and rows
 * with changes on their way down (answered). So are rows that promise nothing (digest_counts).
 */
#ifndef PROTO_CLOUD_DIGEST_H
#define PROTO_CLOUD_DIGEST_H

#include "proto/digest.h"
#include "proto/wire.h"

#define OBJECT_TEXT 24 /* "2:9223372036854775807" and its NUL */
struct str object_text(struct object o, char out[OBJECT_TEXT]);
/* "1:<id>" or "2:<id>", else false and *out untouched. */
bool object_parse(struct str text, struct object *out);
int object_cmp(struct object a, struct object b); /* by type, then id */

enum cloud_digest_want { DIGEST_ROOT, DIGEST_LIST, DIGEST_ROWS };
struct cloud_digest {
    struct str brand_id, poi_id;
    uint32_t epoch;
    uint64_t applied_ver, acked_seq;
    enum cloud_digest_want want;
    struct object after;          /* LIST; id 0: from the beginning */
    const struct object *hot;     /* at most LIMIT_ITEMS; decode: sorted, each once, in the arena */
    const struct object *objects; /* ROWS; at most LIMIT_PULL_OBJECTS; decode: as `hot` */
    size_t n_hot, n_objects;
};
void cloud_digest_encode(struct jw *w, const struct cloud_digest *q);
/* CODE_OK, 1010 with the field's path, or 5000: the arena is full. */
enum code cloud_digest_decode(const struct json *v, struct arena *arena, struct cloud_digest *out,
                              char path[FIELD_PATH]);

/* One row and its digest; lists of them rise by object. */
struct digest_pair {
    struct object object;
    uint64_t digest;
};
void cloud_digest_put_hot(struct jw *w, const struct object *hot, size_t n);
void cloud_digest_put_root(struct jw *w, uint64_t root);
void cloud_digest_put_pair(struct jw *w, struct digest_pair pair);

struct cloud_digest_reply {
    const struct object *hot; /* in the arena, sorted, each once */
    const struct digest_pair *pairs;
    size_t n_hot, n_pairs;
    uint64_t root;
    bool more;
    const struct json *rows; /* NULL: none */
    struct hlc server_hlc;   /* l_ms 0: not said */
};
/* What was asked for must be there. A list that does not rise is refused. */
enum code cloud_digest_reply_decode(const struct json *v, enum cloud_digest_want want,
                                    struct arena *arena, struct cloud_digest_reply *out,
                                    char path[FIELD_PATH]);

#endif
