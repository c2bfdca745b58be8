/* HTTP or HTTPS for the center: a few threads that each serve many connections. The only doorman of
 * libmicrohttpd. Knows requests and sizes, nothing of endpoints.
 *
 * The request function runs on one of those threads and may block (it waits for the database); it
 * answers before it returns. What it never hears of is answered by the library, in HTML: what is no
 * HTTP, and a head of more than 32 KiB.
 */
#ifndef TOOLS_PRODUCT_CENTER_HTTP_H
#define TOOLS_PRODUCT_CENTER_HTTP_H

#include "tools/product-center/certs.h"

#define HTTP_BODY_MAX ((size_t)2 << 20) /* a batch of 256 KiB with its objects, and room */
#define HTTP_REPLY_MAX                                                                             \
    ((size_t)4 << 20) /* a page of 500 rows with all their channels, and room                      \
                       */

/* How the body came. In all cases but the first it is empty here. */
enum http_body {
    HTTP_BODY_WHOLE,
    HTTP_BODY_TOO_LONG, /* more than HTTP_BODY_MAX, as sent or unpacked */
    HTTP_BODY_BROKEN,   /* not the gzip it says it is */
    HTTP_BODY_UNKNOWN,  /* Content-Encoding is neither gzip nor identity */
};
struct http;
struct http_request {
    struct str method, path, body;
    enum http_body how;
    void *connection;
};
/* The value of ?name=, "" where it is missing. Lives as long as the request. */
struct str http_query(const struct http_request *r, const char *name);
/* The same of a header. */
struct str http_header(const struct http_request *r, const char *name);
/* Who is at the other end, as its certificate says; checked anew each time. False: it has shown
 * none that is good, or this is plain HTTP. */
bool http_peer(const struct http_request *r, struct cert_names *out);

struct http_reply {
    unsigned status;
    char *text; /* from malloc; http takes it over. NULL: out of memory, answered with 500 */
    size_t n;
    unsigned retry_after_s; /* 0: no such header */
    bool drop;              /* cut the line instead of answering */
};
struct http_hooks {
    void *ctx;
    void (*request)(void *ctx, const struct http_request *request, struct http_reply *reply);
};

/* PEM texts. Clients may show a certificate; http_peer tells whether one of these authorities gave
 * it. */
struct http_tls {
    char *cert, *key, *client_ca; /* cert NULL: plain HTTP */
};
/* Listens on `address`, "127.0.0.1:PORT"; port 0 takes a free one. NULL: `why` (160 bytes). */
struct http *http_open(const char *address, unsigned threads, const struct http_tls *tls,
                       const struct http_hooks *hooks, char *why);
unsigned http_port(const struct http *h);
/* Waits for the requests that run. NULL is fine. */
void http_close(struct http *h);

#endif
