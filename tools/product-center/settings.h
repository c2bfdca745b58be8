/* What the command line decides for the endpoints. */
#ifndef TOOLS_PRODUCT_CENTER_SETTINGS_H
#define TOOLS_PRODUCT_CENTER_SETTINGS_H

#include "tools/product-center/papers.h"

struct faults;
struct admission;
struct settings {
    struct papers papers;
    bool need_token;        /* a claim must show an enrolment token */
    int offline_buffer_pct; /* of a LOOSE row's total, hidden while the store is offline */
    int64_t auto_refund_ms; /* after which an online order that is short is refunded; 0: never */
    struct admission *admission; /* of hellos */
    struct faults *faults;       /* NULL: none can be planted */
};

#endif
