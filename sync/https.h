/* One HTTPS connection to the center, one request at a time, blocking: for the plain thread that
 * owns it. The only doorman of libcurl in the hub.
 *
 * The happy path: https_open once, https_post as often as there is something to say; the connection
 * is kept between requests, for at most five minutes. HTTP/1.1, TLS 1.2 at least, the private CA
 * alone, no redirects, no proxies, no environment.
 *
 * What can fail is one enum: the first thing that stood in the way. After every failure the next
 * request makes a connection of its own, and looks the name up for it. A request on which nothing
 * moves for HTTPS_STILL_MS is given up: a connection may be up and lead nowhere. When a new one is
 * slow too, name, connection and answer are waited for longer (sync/patience). https_stop, from any
 * thread, ends the request under way within about a second and all later ones at once.
 */
#ifndef SYNC_HTTPS_H
#define SYNC_HTTPS_H

#include "proto/err.h"
#include "proto/limits.h"
#include "proto/types.h"

/*  X(enum, what it says to people) */
#define HTTPS_RESULT_LIST(X)                                                                       \
    X(HTTPS_ANSWERED, "the center answered")                                                       \
    X(HTTPS_NO_NAME, "the name of the center could not be looked up")                              \
    X(HTTPS_NO_CONNECTION, "the center could not be reached")                                      \
    X(HTTPS_CLOCK, "the center's certificate is out of its dates: this box's clock may be wrong")  \
    X(HTTPS_NO_TRUST, "the certificates do not match: the center's, or this box's")                \
    X(HTTPS_TIMED_OUT, "the center did not answer in time")                                        \
    X(HTTPS_TOO_LARGE, "the center's answer is larger than can be")                                \
    X(HTTPS_STOPPED, "the hub is stopping")                                                        \
    X(HTTPS_BROKEN, "the connection to the center broke")
enum https_result {
#define X(e, text) e,
    HTTPS_RESULT_LIST(X)
#undef X
};
const char *https_result_text(enum https_result result);

struct https_options {    /* texts are copied */
    const char *base_url; /* "https://center.example:8443"; nothing but https is spoken */
    const char *ca_file;  /* PEM; the only roots that count */
    const char *cert_file, *key_file; /* PEM; both NULL before enrolment */
    uint32_t name_ms;                 /* the name is looked up within this; 0: HTTPS_NAME_MS */
    uint32_t connect_ms;              /* name, TCP and TLS together; 0: HTTPS_CONNECT_MS */
    uint32_t still_ms;                /* nothing moves for so long; 0: HTTPS_STILL_MS */
    uint32_t total_ms;                /* the whole request; 0: HTTPS_TOTAL_MS */
    size_t answer_bytes_max;          /* of the body; 0: LIMIT_CLOUD_BYTES */
};
#define HTTPS_NAME_MS    4000
#define HTTPS_CONNECT_MS 5000
#define HTTPS_STILL_MS   6000
#define HTTPS_TOTAL_MS   30000

struct https;
/* PH_ERR_MEMORY, or PH_ERR_CONFIG for a base URL that is not https or only one of cert and key. On
 * failure *out is NULL. Whether the files can be read shows at the first request. */
enum ph_err https_open(struct https **out, const struct https_options *options);
void https_close(struct https *h); /* NULL is fine; no request may be under way */

/* Another certificate and key from the next request on, which makes a connection of its own; by the
 * thread that posts. PH_ERR_MEMORY: they are the old ones still. */
enum ph_err https_show(struct https *h, const char *cert_file, const char *key_file);

struct https_answer {
    long status;            /* 200, 409, ... */
    struct str body;        /* lives until the next request or https_close */
    int64_t retry_after_ms; /* of the header Retry-After, a span or a date; -1: there was none */
};
/* POST of a JSON text to base_url + path (which begins with a slash). *answer is filled in only
 * with HTTPS_ANSWERED, whatever the status. With anything from HTTPS_TIMED_OUT on the center may
 * have done what it was asked. */
enum https_result https_post(struct https *h, const char *path, struct str json,
                             struct https_answer *answer);
/* The library's own words for the last failure, for the log; "" after an answer. */
const char *https_why(const struct https *h);
/* How long the last answer took, from its request on the way until it was here. */
int64_t https_took_ms(const struct https *h);

/* The next request makes a connection of its own, and the old one ends; by the thread that posts. */
void https_renew(struct https *h);

/* From any thread; there is no way back. */
void https_stop(struct https *h);

#endif
