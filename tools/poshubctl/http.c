#include "tools/poshubctl/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define URL_MAX    256
#define DOOR_MS    5                   /* between two knocks */
#define ANSWER_MAX (64u * 1024 * 1024) /* far above every page of the hub */

struct http {
    CURL *curl;
    struct curl_slist *headers;
    const char *socket;
    const volatile sig_atomic_t *stop; /* NULL: nothing stops a request */
    void (*meanwhile)(void *ctx);
    void *ctx;
    char *body;
    size_t n, cap;
    long status;
    bool keep_zone;
    char why[CURL_ERROR_SIZE];
};

static size_t receive(char *p, size_t size, size_t count, void *user)
{
    struct http *h = user;
    size_t more = size * count;
    if (h->n + more > ANSWER_MAX)
        return 0;
    if (h->n + more > h->cap) {
        size_t cap = 2 * (h->n + more);
        char *grown = realloc(h->body, cap);
        if (!grown)
            return 0;
        h->body = grown;
        h->cap = cap;
    }
    memcpy(h->body + h->n, p, more);
    h->n += more;
    return more;
}

#define ZONE_HEADER "Poshub-Timezone: "

/* Times are printed as the store's clocks show them, whatever zone the box or its user has. */
static size_t take_header(char *p, size_t size, size_t count, void *user)
{
    size_t n = size * count, name = strlen(ZONE_HEADER);
    char zone[64] = "";
    const struct http *h = user;
    if (h->keep_zone || n <= name || strncasecmp(p, ZONE_HEADER, name) != 0)
        return n;
    snprintf(zone, sizeof zone, "%.*s", (int)(n - name), p + name);
    zone[strcspn(zone, "\r\n")] = 0;
    setenv("TZ", zone, 1);
    tzset();
    return n;
}

struct http *http_open(const char *socket)
{
    struct http *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->socket = socket;
    h->curl = curl_easy_init();
    h->headers = curl_slist_append(h->headers, "Content-Type: application/json");
    /* no round of "100 continue" before a long menu */
    if (h->headers && !curl_slist_append(h->headers, "Expect:")) {
        http_close(h);
        return NULL;
    }
    if (!h->curl || !h->headers) {
        http_close(h);
        return NULL;
    }
    return h;
}

void http_close(struct http *h)
{
    if (!h)
        return;
    curl_slist_free_all(h->headers);
    curl_easy_cleanup(h->curl);
    free(h->body);
    free(h);
}

void http_stop_on(struct http *h, const volatile sig_atomic_t *flag)
{
    h->stop = flag;
}

void http_meanwhile(struct http *h, void (*fn)(void *ctx), void *ctx)
{
    h->meanwhile = fn;
    h->ctx = ctx;
}

/* The library asks once a second at least. */
static int is_stopped(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct http *h = user;
    (void)a, (void)b, (void)c, (void)d;
    if (h->meanwhile)
        h->meanwhile(h->ctx);
    return h->stop && *h->stop ? 1 : 0;
}

static CURLcode prepare(struct http *h, const char *url, struct str body, long timeout_ms)
{
    CURL *c = h->curl;
    CURLcode rc = CURLE_OK;
    curl_easy_reset(c);
#define SET(option, value)                                                                         \
    do {                                                                                           \
        if (rc == CURLE_OK)                                                                        \
            rc = curl_easy_setopt(c, option, value);                                               \
    } while (0)
    SET(CURLOPT_UNIX_SOCKET_PATH, h->socket);
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TIMEOUT_MS, timeout_ms);
    SET(CURLOPT_ERRORBUFFER, h->why);
    SET(CURLOPT_WRITEFUNCTION, receive);
    SET(CURLOPT_WRITEDATA, h);
    SET(CURLOPT_HTTPHEADER, h->headers);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, h);
    if (h->stop || h->meanwhile) {
        SET(CURLOPT_NOPROGRESS, 0L);
        SET(CURLOPT_XFERINFOFUNCTION, is_stopped);
        SET(CURLOPT_XFERINFODATA, h);
    }
    if (body.p) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
        SET(CURLOPT_POSTFIELDS, body.p);
    }
#undef SET
    return rc;
}

static enum http_result connect_failure(const struct http *h)
{
    long why = 0;
    curl_easy_getinfo(h->curl, CURLINFO_OS_ERRNO, &why);
    if (why == EAGAIN || why == 0)
        return HTTP_TIMED_OUT;
    return why == EACCES || why == EPERM ? HTTP_NOT_PERMITTED : HTTP_NO_SOCKET;
}

/* The hub is there, and too many stand before us at its door: a Unix socket then says EAGAIN
 * without any waiting, of which the library keeps no number. */
static CURLcode perform(struct http *h, long timeout_ms)
{
    static const struct timespec PAUSE = {.tv_nsec = DOOR_MS * 1000000L};
    CURLcode rc = curl_easy_perform(h->curl);
    for (long waited_ms = 0; rc == CURLE_COULDNT_CONNECT && connect_failure(h) == HTTP_TIMED_OUT &&
                             waited_ms < timeout_ms && (h->stop == NULL || !*h->stop);
         waited_ms += DOOR_MS) {
        nanosleep(&PAUSE, NULL);
        rc = curl_easy_perform(h->curl);
    }
    return rc;
}

void http_keep_zone(struct http *h)
{
    h->keep_zone = true;
}

enum http_result http_ask(struct http *h, const char *path, struct str body, long timeout_s)
{
    return http_ask_ms(h, path, body, timeout_s * 1000);
}

enum http_result http_ask_ms(struct http *h, const char *path, struct str body, long timeout_ms)
{
    char url[URL_MAX];
    h->n = 0;
    h->why[0] = 0;
    snprintf(url, sizeof url, "http://poshub%s", path);
    CURLcode rc = prepare(h, url, body, timeout_ms);
    if (rc == CURLE_OK)
        rc = perform(h, timeout_ms);
    if (rc == CURLE_COULDNT_CONNECT)
        return connect_failure(h);
    if (rc == CURLE_ABORTED_BY_CALLBACK)
        return HTTP_STOPPED;
    if (rc == CURLE_OPERATION_TIMEDOUT)
        return HTTP_TIMED_OUT;
    if (rc != CURLE_OK) {
        if (!h->why[0])
            snprintf(h->why, sizeof h->why, "%s", curl_easy_strerror(rc));
        return HTTP_BROKEN;
    }
    curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &h->status);
    return HTTP_ANSWERED;
}

long http_status(const struct http *h)
{
    return h->status;
}

struct str http_body(const struct http *h)
{
    return (struct str){h->body ? h->body : "", h->n};
}

const char *http_why(const struct http *h)
{
    return h->why;
}
