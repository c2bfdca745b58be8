/* The strict pre-scan of proto/json: what cJSON would let through or change is refused here
 * (pitfalls.md section 3). Duplicate keys are found after decoding, in json.c.
 */
#ifndef PROTO_JSON_SCAN_H
#define PROTO_JSON_SCAN_H

#include "proto/types.h"

/* What was wrong, as static text, and where; `wrong` is NULL when the text is fine. */
struct json_fault {
    const char *wrong;
    size_t at;
};
/* At most depth_max containers inside each other and tokens_max values in all. */
struct json_fault json_scan(struct str text, size_t depth_max, size_t tokens_max);

#endif
