#include "sync/https.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sync/patience.h"

#define URL_BYTES      512
#define LIFETIME_S     300L /* a line that was switched over may leave a connection dead but open */
#define NAME_KEPT_S    60L
#define MOVE_BYTES     512 /* less in all that time is a drip, and no line to wait for */
#define CERT_NOT_YET   9L  /* OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID */
#define CERT_NO_LONGER 10L /* and X509_V_ERR_CERT_HAS_EXPIRED */

struct https {
    CURL *curl;
    struct curl_slist *headers;
    char *base_url, *ca_file, *cert_file, *key_file;
    uint32_t name_ms, connect_ms, still_ms, total_ms;
    struct patience patience;
    char *body;
    size_t n, cap, max;
    int64_t began_ms, moved_ms;              /* the request; and when it had moved on last ... */
    curl_off_t moved;                        /* ... so many bytes up and down */
    bool too_large, name_late, still, fresh; /* fresh: the next request trusts no old connection */
    atomic_bool stopped;
    char why[CURL_ERROR_SIZE];
};

const char *https_result_text(enum https_result result)
{
    static const char *const TEXTS[] = {
#define X(e, text) text,
        HTTPS_RESULT_LIST(X)
#undef X
    };
    return TEXTS[result];
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what libcurl calls ---- */

static size_t receive(char *p, size_t size, size_t count, void *user)
{
    struct https *h = user;
    size_t more = size * count;
    if (more > h->max - h->n) {
        h->too_large = true;
        return 0;
    }
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

/* Microseconds until the connection was there for the request; 0: it is not yet. */
static curl_off_t ready_us(const struct https *h)
{
    curl_off_t us = 0;
    curl_easy_getinfo(h->curl, CURLINFO_PRETRANSFER_TIME_T, &us);
    return us;
}

/* A connection of an earlier request needs no name: newer libraries count no look-up for it. */
static bool has_name(const struct https *h)
{
    curl_off_t looked_up_us = 0;
    curl_easy_getinfo(h->curl, CURLINFO_NAMELOOKUP_TIME_T, &looked_up_us);
    return looked_up_us != 0 || ready_us(h) != 0;
}

/* The library has no deadline of its own for the name. */
static bool name_is_late(const struct https *h)
{
    return !has_name(h) && now_ms() - h->began_ms > patience_ms(&h->patience, h->name_ms);
}

/* Connecting has a deadline of its own. */
static bool is_still(struct https *h, curl_off_t moved)
{
    curl_off_t ready_us = 0;
    curl_easy_getinfo(h->curl, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    if (ready_us == 0 || moved >= h->moved + MOVE_BYTES) {
        h->moved = moved;
        h->moved_ms = now_ms();
    }
    return now_ms() - h->moved_ms >= patience_ms(&h->patience, h->still_ms);
}

static int progress(void *user, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                    curl_off_t up)
{
    struct https *h = user;
    (void)down_all, (void)up_all;
    h->name_late = name_is_late(h);
    h->still = is_still(h, down + up);
    return h->name_late || h->still || atomic_load(&h->stopped);
}

/* ---- open and close ---- */

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static bool options_ok(const struct https_options *o)
{
    return o->base_url && strncmp(o->base_url, "https://", 8) == 0 && o->ca_file &&
           !o->cert_file == !o->key_file;
}

static void take_options(struct https *h, const struct https_options *o)
{
    h->base_url = copy(o->base_url);
    h->ca_file = copy(o->ca_file);
    h->cert_file = copy(o->cert_file);
    h->key_file = copy(o->key_file);
    h->name_ms = o->name_ms ? o->name_ms : HTTPS_NAME_MS;
    h->connect_ms = o->connect_ms ? o->connect_ms : HTTPS_CONNECT_MS;
    h->still_ms = o->still_ms ? o->still_ms : HTTPS_STILL_MS;
    h->total_ms = o->total_ms ? o->total_ms : HTTPS_TOTAL_MS;
    h->max = o->answer_bytes_max ? o->answer_bytes_max : LIMIT_CLOUD_BYTES;
}

static bool copies_ok(const struct https *h, const struct https_options *o)
{
    return h->base_url && h->ca_file && !h->cert_file == !o->cert_file &&
           !h->key_file == !o->key_file;
}

static bool headers_make(struct https *h)
{
    h->headers = curl_slist_append(NULL, "Content-Type: application/json");
    /* no round of "100 continue" before a large batch */
    return h->headers && curl_slist_append(h->headers, "Expect:");
}

enum ph_err https_open(struct https **out, const struct https_options *options)
{
    *out = NULL;
    if (!options_ok(options))
        return PH_ERR_CONFIG;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return PH_ERR_MEMORY;
    struct https *h = calloc(1, sizeof(*h));
    if (!h) {
        curl_global_cleanup();
        return PH_ERR_MEMORY;
    }
    take_options(h, options);
    h->curl = curl_easy_init();
    if (!copies_ok(h, options) || !headers_make(h) || !h->curl) {
        https_close(h);
        return PH_ERR_MEMORY;
    }
    *out = h;
    return PH_OK;
}

void https_close(struct https *h)
{
    if (!h)
        return;
    curl_slist_free_all(h->headers);
    curl_easy_cleanup(h->curl);
    curl_global_cleanup();
    free(h->base_url);
    free(h->ca_file);
    free(h->cert_file);
    free(h->key_file);
    free(h->body);
    free(h);
}

enum ph_err https_show(struct https *h, const char *cert_file, const char *key_file)
{
    char *cert = strdup(cert_file), *key = strdup(key_file);
    if (!cert || !key) {
        free(cert);
        free(key);
        return PH_ERR_MEMORY;
    }
    free(h->cert_file);
    free(h->key_file);
    h->cert_file = cert;
    h->key_file = key;
    h->fresh = true;
    return PH_OK;
}

void https_renew(struct https *h)
{
    h->fresh = true;
}

void https_stop(struct https *h)
{
    atomic_store(&h->stopped, true);
}

const char *https_why(const struct https *h)
{
    return h->why;
}

/* ---- one request ---- */

#define SET(option, value)                                                                         \
    do {                                                                                           \
        if (rc == CURLE_OK)                                                                        \
            rc = curl_easy_setopt(h->curl, option, value);                                         \
    } while (0)

static CURLcode set_bounds(struct https *h)
{
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* nobody waits for a resolver that hangs */
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)patience_ms(&h->patience, h->connect_ms));
    SET(CURLOPT_TIMEOUT_MS, (long)h->total_ms);
    SET(CURLOPT_MAXLIFETIME_CONN, LIFETIME_S);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)h->max);
    SET(CURLOPT_MAXCONNECTS, 1L); /* a new connection ends the old one, which it would go back to */
    SET(CURLOPT_FRESH_CONNECT, h->fresh ? 1L : 0L);
    SET(CURLOPT_DNS_CACHE_TIMEOUT, h->fresh ? 0L : NAME_KEPT_S);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, progress);
    SET(CURLOPT_XFERINFODATA, h);
    return rc;
}

static CURLcode set_trust(struct https *h)
{
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_CAINFO, h->ca_file);
    SET(CURLOPT_CAPATH, NULL);
    if (h->cert_file) {
        SET(CURLOPT_SSLCERT, h->cert_file);
        SET(CURLOPT_SSLKEY, h->key_file);
    }
    return rc;
}

static CURLcode set_request(struct https *h, const char *url, struct str json)
{
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_ERRORBUFFER, h->why);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_HTTPHEADER, h->headers);
    SET(CURLOPT_USERAGENT, "poshub/" PH_VERSION);
    SET(CURLOPT_WRITEFUNCTION, receive);
    SET(CURLOPT_WRITEDATA, h);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)json.n);
    SET(CURLOPT_POSTFIELDS, json.n ? json.p : "");
    return rc;
}
#undef SET

/* A certificate out of its dates is looked at by a box whose clock may be at 1970 as well. */
static enum https_result trust_failure(const struct https *h)
{
    long verdict = 0;
    curl_easy_getinfo(h->curl, CURLINFO_SSL_VERIFYRESULT, &verdict);
    return verdict == CERT_NOT_YET || verdict == CERT_NO_LONGER ? HTTPS_CLOCK : HTTPS_NO_TRUST;
}

/* The library has one code for all that is late: told apart by how far the request had come. */
static enum https_result late(const struct https *h)
{
    if (!has_name(h))
        return HTTPS_NO_NAME;
    return ready_us(h) == 0 ? HTTPS_NO_CONNECTION : HTTPS_TIMED_OUT;
}

/* A center that does not like our certificate says so in a TLS alert, which with TLS 1.3 comes when
 * the handshake is over: only the library's words tell it from a lost connection. */
static bool papers_refused(const struct https *h, CURLcode rc)
{
    return (rc == CURLE_RECV_ERROR || rc == CURLE_SEND_ERROR || rc == CURLE_SSL_CONNECT_ERROR) &&
           strstr(h->why, " alert ");
}

static enum https_result failure(const struct https *h, CURLcode rc)
{
    if (h->too_large || rc == CURLE_FILESIZE_EXCEEDED)
        return HTTPS_TOO_LARGE;
    if (h->name_late || rc == CURLE_COULDNT_RESOLVE_HOST)
        return HTTPS_NO_NAME;
    if (h->still)
        return HTTPS_TIMED_OUT;
    if (rc == CURLE_ABORTED_BY_CALLBACK)
        return HTTPS_STOPPED;
    if (rc == CURLE_OPERATION_TIMEDOUT)
        return late(h);
    if (rc == CURLE_COULDNT_CONNECT)
        return HTTPS_NO_CONNECTION;
    if (rc == CURLE_PEER_FAILED_VERIFICATION)
        return trust_failure(h);
    if (rc == CURLE_SSL_CACERT_BADFILE || rc == CURLE_SSL_CERTPROBLEM || papers_refused(h, rc))
        return HTTPS_NO_TRUST;
    return HTTPS_BROKEN;
}

static void fill_in(const struct https *h, struct https_answer *answer)
{
    curl_off_t retry_s = 0;
    memset(answer, 0, sizeof(*answer));
    curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(h->curl, CURLINFO_RETRY_AFTER, &retry_s);
    answer->retry_after_ms = retry_s > 0 ? (int64_t)retry_s * 1000 : -1;
    answer->body = (struct str){h->body ? h->body : "", h->n};
}

static CURLcode perform(struct https *h, const char *url, struct str json)
{
    curl_easy_reset(h->curl); /* forgets the options, keeps the connection */
    h->n = 0;
    h->why[0] = 0;
    h->too_large = h->name_late = h->still = false;
    h->began_ms = h->moved_ms = now_ms();
    h->moved = 0;
    CURLcode rc = set_bounds(h);
    if (rc == CURLE_OK)
        rc = set_trust(h);
    if (rc == CURLE_OK)
        rc = set_request(h, url, json);
    return rc == CURLE_OK ? curl_easy_perform(h->curl) : rc;
}

int64_t https_took_ms(const struct https *h)
{
    curl_off_t sent_us = 0, whole_us = 0;
    curl_easy_getinfo(h->curl, CURLINFO_PRETRANSFER_TIME_T, &sent_us);
    curl_easy_getinfo(h->curl, CURLINFO_TOTAL_TIME_T, &whole_us);
    return (whole_us - sent_us) / 1000;
}

static void say_why(struct https *h, CURLcode rc)
{
    if (h->name_late)
        snprintf(h->why, sizeof(h->why), "no name server answered within %lld ms",
                 (long long)patience_ms(&h->patience, h->name_ms));
    else if (h->still)
        snprintf(h->why, sizeof(h->why), "connected, and nothing moved for %lld ms",
                 (long long)(now_ms() - h->moved_ms));
    else if (!h->why[0])
        snprintf(h->why, sizeof(h->why), "%s", curl_easy_strerror(rc));
}

enum https_result https_post(struct https *h, const char *path, struct str json,
                             struct https_answer *answer)
{
    char url[URL_BYTES];
    int n = snprintf(url, sizeof(url), "%s%s", h->base_url, path);
    if (atomic_load(&h->stopped))
        return HTTPS_STOPPED;
    CURLcode rc = n < (int)sizeof(url) ? perform(h, url, json) : CURLE_URL_MALFORMAT;
    h->fresh = rc != CURLE_OK;
    if (rc == CURLE_OK) {
        fill_in(h, answer);
        patience_answered(&h->patience, h->still_ms, https_took_ms(h));
        return HTTPS_ANSWERED;
    }
    say_why(h, rc);
    if (h->name_late || h->still || rc == CURLE_OPERATION_TIMEDOUT)
        patience_lost(&h->patience);
    return failure(h, rc);
}
