/* One HTTP request over a Unix socket. The doorman of libcurl. */
#ifndef POSHUBCTL_HTTP_H
#define POSHUBCTL_HTTP_H

#include <signal.h>

#include "proto/types.h"

enum http_result {
    HTTP_ANSWERED,
    HTTP_NO_SOCKET,     /* there is none, or nobody listens */
    HTTP_NOT_PERMITTED, /* the socket is there, and not for us */
    HTTP_STOPPED,       /* by the flag of http_stop_on */
    HTTP_TIMED_OUT,     /* the request may have been carried out, or never got in */
    HTTP_BROKEN,        /* anything else; http_why tells */
};

struct http;
/* NULL: out of memory. The path is borrowed. */
struct http *http_open(const char *socket);
void http_close(struct http *h); /* NULL is fine */

/* A request ends within a second of *flag becoming true; NULL: it does not. Borrowed. */
void http_stop_on(struct http *h, const volatile sig_atomic_t *flag);

/* While a request waits for its answer, fn is called once a second, and not from another thread; it
 * may use another struct http. NULL: nothing is. */
void http_meanwhile(struct http *h, void (*fn)(void *ctx), void *ctx);

/* `path` begins with a slash. POST where body.p is not NULL, else GET. */
enum http_result http_ask(struct http *h, const char *path, struct str body, long timeout_s);
/* The same within milliseconds. */
enum http_result http_ask_ms(struct http *h, const char *path, struct str body, long timeout_ms);
/* The answers' time zone, which is otherwise the process's from then on, stays out: for a process
 * with threads. */
void http_keep_zone(struct http *h);
/* Of the last answer; the body lives until the next request. */
long http_status(const struct http *h);
struct str http_body(const struct http *h);
const char *http_why(const struct http *h);

#endif
