#include "tools/product-center/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/product-center/gunzip.h"

#define CONNECTIONS 4096
#define IDLE_S      120
#define BACKLOG     1024
#define BODY_FIRST  4096
#define PRIORITIES  "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct http {
    struct MHD_Daemon *daemon;
    struct http_hooks hooks;
    unsigned port;
};
struct incoming {
    char *body;
    size_t n, cap;
    bool too_long;
};

/* ---- what a request says ---- */

struct str http_query(const struct http_request *r, const char *name)
{
    return str_of(MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name));
}

struct str http_header(const struct http_request *r, const char *name)
{
    return str_of(MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name));
}

bool http_peer(const struct http_request *r, struct cert_names *out)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info != NULL && info->tls_session != NULL && cert_peer(info->tls_session, out);
}

/* ---- one request ---- */

static void incoming_free(void *ctx, struct MHD_Connection *connection, void **state,
                          enum MHD_RequestTerminationCode why)
{
    struct incoming *in = *state;
    (void)ctx, (void)connection, (void)why;
    if (in == NULL)
        return;
    free(in->body);
    free(in);
    *state = NULL;
}

static bool incoming_take(struct incoming *in, const char *data, size_t n)
{
    if (in->too_long || n > HTTP_BODY_MAX - in->n) {
        in->too_long = true;
        in->n = 0;
        return true;
    }
    if (n > in->cap - in->n) {
        size_t cap = in->cap == 0 ? BODY_FIRST : in->cap;
        while (cap - in->n < n)
            cap *= 2;
        char *body = realloc(in->body, cap);
        if (body == NULL)
            return false;
        in->body = body;
        in->cap = cap;
    }
    memcpy(in->body + in->n, data, n);
    in->n += n;
    return true;
}

static enum http_body incoming_unpack(struct incoming *in, struct str encoding)
{
    static const enum http_body HOW[] = {[GUNZIP_DONE] = HTTP_BODY_WHOLE,
                                         [GUNZIP_TOO_LONG] = HTTP_BODY_TOO_LONG,
                                         [GUNZIP_BROKEN] = HTTP_BODY_BROKEN,
                                         [GUNZIP_NO_MEMORY] = HTTP_BODY_TOO_LONG};
    char *text;
    if (in->too_long)
        return HTTP_BODY_TOO_LONG;
    if (encoding.n == 0 || str_eq(encoding, STR("identity")))
        return HTTP_BODY_WHOLE;
    if (!str_eq(encoding, STR("gzip")))
        return HTTP_BODY_UNKNOWN;
    struct str packed = {in->n > 0 ? in->body : "", in->n};
    enum gunzip end = gunzip(packed, HTTP_BODY_MAX, &text, &in->n);
    free(in->body);
    in->body = text;
    return HOW[end];
}

static enum MHD_Result reply_send(struct MHD_Connection *connection, const struct http_reply *reply)
{
    char seconds[16];
    struct MHD_Response *response =
        reply->text != NULL
            ? MHD_create_response_from_buffer(reply->n, reply->text, MHD_RESPMEM_MUST_FREE)
            : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        free(reply->text);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    if (reply->retry_after_s > 0) {
        snprintf(seconds, sizeof(seconds), "%u", reply->retry_after_s);
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    if (reply->status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    unsigned status = reply->text != NULL ? reply->status : MHD_HTTP_INTERNAL_SERVER_ERROR;
    enum MHD_Result done = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return done;
}

static enum MHD_Result on_access(void *ctx, struct MHD_Connection *connection, const char *path,
                                 const char *method, const char *version, const char *data,
                                 size_t *n, void **state)
{
    struct http *h = ctx;
    struct incoming *in = *state;
    (void)version;
    if (in == NULL) {
        *state = calloc(1, sizeof(*in));
        return *state != NULL ? MHD_YES : MHD_NO;
    }
    if (*n > 0) {
        bool ok = incoming_take(in, data, *n);
        *n = 0;
        return ok ? MHD_YES : MHD_NO;
    }
    struct http_request request = {
        .method = str_of(method), .path = str_of(path), .connection = connection};
    request.how = incoming_unpack(in, http_header(&request, "Content-Encoding"));
    if (request.how == HTTP_BODY_WHOLE && in->n > 0)
        request.body = (struct str){in->body, in->n};
    else
        request.body = STR("");
    struct http_reply reply = {0};
    h->hooks.request(h->hooks.ctx, &request, &reply);
    if (reply.drop) {
        free(reply.text);
        return MHD_NO;
    }
    return reply_send(connection, &reply);
}

/* ---- the socket ---- */

static bool address_parse(const char *text, struct sockaddr_in *out)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof(host))
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (colon[1] == 0 || *end != 0 || port > 65535)
        return false;
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return inet_pton(AF_INET, host, &out->sin_addr) == 1;
}

static int listen_on(const char *address, unsigned *port, char *why)
{
    struct sockaddr_in a;
    socklen_t n = sizeof(a);
    int yes = 1;
    if (!address_parse(address, &a)) {
        snprintf(why, 160, "%.100s: want an address as 127.0.0.1:8443", address);
        return -1;
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
        bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, BACKLOG) == 0 &&
        getsockname(fd, (struct sockaddr *)&a, &n) == 0) {
        *port = ntohs(a.sin_port);
        return fd;
    }
    snprintf(why, 160, "%.100s: %s", address, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static struct MHD_Daemon *daemon_start(struct http *h, int fd, unsigned threads,
                                       const struct http_tls *tls)
{
    unsigned secure = tls->cert != NULL ? MHD_USE_TLS : 0;
    struct MHD_OptionItem papers[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, tls->cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, tls->key},
        {MHD_OPTION_HTTPS_MEM_TRUST, 0, tls->client_ca},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (char *)(uintptr_t)PRIORITIES},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none = {MHD_OPTION_END, 0, NULL};
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | secure, 0, NULL, NULL, on_access, h,
                            MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, threads,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
                            MHD_OPTION_NOTIFY_COMPLETED, incoming_free, NULL, MHD_OPTION_ARRAY,
                            secure ? papers : &none, MHD_OPTION_END);
}

struct http *http_open(const char *address, unsigned threads, const struct http_tls *tls,
                       const struct http_hooks *hooks, char *why)
{
    struct http *h = calloc(1, sizeof(*h));
    int fd = h != NULL ? listen_on(address, &h->port, why) : -1;
    if (fd < 0) {
        free(h);
        return NULL;
    }
    h->hooks = *hooks;
    h->daemon = daemon_start(h, fd, threads, tls);
    if (h->daemon == NULL) {
        snprintf(why, 160, "%.100s: the HTTP server does not start", address);
        close(fd);
        free(h);
        return NULL;
    }
    return h;
}

unsigned http_port(const struct http *h)
{
    return h->port;
}

void http_close(struct http *h)
{
    if (h == NULL)
        return;
    MHD_stop_daemon(h->daemon);
    free(h);
}
