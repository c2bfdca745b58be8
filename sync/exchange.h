/* What is said to the center and what it answered, as texts: composed for sync/https, read for
 * sync/uplink. Whatever an answer holds, reading it only says what could be understood.
 */
#ifndef SYNC_EXCHANGE_H
#define SYNC_EXCHANGE_H

#include "proto/cloud_case.h"
#include "proto/cloud_digest.h"
#include "proto/cloud_order.h"
#include "proto/cloud_row.h"
#include "sync/https.h"
#include "sync/uplink.h"

#define EXCHANGE_HELLO_PATH  "/api/v1/poi/hub/hello"
#define EXCHANGE_SYNC_PATH   "/api/v1/poi/stock/sync-from-pos"
#define EXCHANGE_FIND_PATH   "/api/v1/poi/stock/find-to-pos"
#define EXCHANGE_DIGEST_PATH "/api/v1/poi/stock/digest"

/* The hello of a store that stands at the journal's head. `tz` names its time zone, "": it does not
 * know. `buf` backs the text. */
struct str exchange_hello(const struct store_identity *store, struct str box_id, struct str tz,
                          const struct journal_head *head, char *buf, size_t n);

/* A pull; `epoch` is ours. */
struct str exchange_find(const struct store_identity *store, uint32_t epoch, uint64_t since_ver,
                         bool full, char *buf, size_t n);

/* An answer that was read; texts and arrays live until exchange_end. */
struct exchange {
    struct uplink_answer answer; /* points into this struct */
    struct cloud_error error;
    struct cloud_hello_reply hello;
    struct cloud_sync_reply sync;
    struct cloud_find_reply find;
    bool found; /* `find` is there, with no more rows than a pull may have */
    struct cloud_digest_reply digest;
    bool digested; /* `digest` is there */
    struct json *doc;
    struct arena arena;
    char why[JSON_WHY]; /* what made no sense, for the log; "" */
};
/* `http` counts only with HTTPS_ANSWERED. */
void exchange_read_hello(struct exchange *x, enum https_result line,
                         const struct https_answer *http);
void exchange_read_sync(struct exchange *x, enum https_result line,
                        const struct https_answer *http);
void exchange_read_digest(struct exchange *x, enum cloud_digest_want want, enum https_result line,
                          const struct https_answer *http);
/* Only the document, or the error with its row. */
void exchange_read_legacy(struct exchange *x, enum https_result line,
                          const struct https_answer *http);
/* The rows of an answer to a batch or a digest question, decoded. False: one of them makes no sense
 * (`why`), or they are more than a pull may have. *rows is NULL where there are none. */
bool exchange_rows(struct exchange *x, const struct cloud_row **rows, uint32_t *n);
/* A pulled page, decoded: rows for the books, and what its versions carry beside rows. Elements
 * that make no sense are left out and counted, those of kinds that nobody knows are stepped over:
 * neither stops a page. */
struct exchange_page {
    struct cloud_row *rows;
    uint32_t n_rows;
    struct cloud_order *orders;
    struct cloud_case *cases; /* of oversell */
    uint32_t n_orders, n_cases, n_bad;
};
void exchange_read_find(struct exchange *x, enum https_result line,
                        const struct https_answer *http);
/* Rows and orders have `over` in (since_ver, find.next_ver]. Only with x->found. False: out of
 * memory. */
bool exchange_page(struct exchange *x, uint64_t since_ver, struct exchange_page *out);
/* The center's clock, if it said one. */
struct hlc exchange_clock(const struct exchange *x);
void exchange_end(struct exchange *x);

#endif
