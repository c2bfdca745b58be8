/* libmicrohttpd keeps its sockets in an epoll set of its own; the loop watches that one descriptor
 * and calls MHD_run when it stirs, or when MHD_get_timeout says so.
 */
#include "edge/control.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECTIONS      32 /* a technician, a scraper, a few scripts */
#define CONNECTION_BYTES 16384
#define IDLE_S           60
#define BACKLOG          64 /* whoever is turned away at the door stands here for a moment */
#define BODY_FIRST       4096

struct control_call {
    struct control *control;
    struct MHD_Connection *connection;
    struct control_call *next;
    struct MHD_Response *response;
    unsigned status;
    char *body;
    size_t n, cap, max;
    bool too_long, asked, suspended;
};

/* Everybody may knock, so places are kept for those who may do something: the rest of CONNECTIONS
 * is for whoever may change. By what the peer may. */
static const unsigned PLACES[] = {[PEER_NONE] = 4, [PEER_READ] = 12, [PEER_CHANGE] = CONNECTIONS};

struct control {
    struct MHD_Daemon *daemon;
    struct control_hooks hooks;
    unsigned taken[sizeof(PLACES) / sizeof(PLACES[0])];
    struct control_call *calls;
    uv_poll_t poll;
    uv_timer_t timer;
    char path[128];
    int handles;
    bool closing;
};

static void on_timer(uv_timer_t *timer);

/* ---- who comes in ---- */

static int socket_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info != NULL ? info->connect_fd : -1;
}

/* Who finds no place is hung up on; the library then closes as it does after any peer. */
static void on_connection(void *ctx, struct MHD_Connection *connection, void **kept,
                          enum MHD_ConnectionNotificationCode what)
{
    struct control *c = ctx;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*kept != NULL)
            (*(unsigned *)*kept)--;
        return;
    }
    int fd = socket_of(connection);
    enum peer_right right = c->hooks.right(c->hooks.ctx, fd);
    *kept = &c->taken[right];
    if (++c->taken[right] > PLACES[right])
        shutdown(fd, SHUT_RDWR);
}

/* ---- one call ---- */

static struct control_call *call_new(struct control *c, struct MHD_Connection *connection,
                                     const char *path)
{
    struct control_call *call = calloc(1, sizeof(*call));
    if (call == NULL)
        return NULL;
    call->control = c;
    call->connection = connection;
    call->max = c->hooks.body_max(c->hooks.ctx, str_of(path));
    call->next = c->calls;
    c->calls = call;
    return call;
}

static void call_free(void *ctx, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode why)
{
    struct control *c = ctx;
    struct control_call *call = *state;
    (void)connection, (void)why;
    if (call == NULL)
        return;
    struct control_call **at = &c->calls;
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    if (call->response != NULL)
        MHD_destroy_response(call->response);
    free(call->body);
    free(call);
    *state = NULL;
}

static bool call_take(struct control_call *call, const char *data, size_t n)
{
    if (call->too_long || n > call->max - call->n) {
        call->too_long = true;
        return true;
    }
    if (n > call->cap - call->n) {
        size_t cap = call->cap == 0 ? BODY_FIRST : call->cap;
        while (cap - call->n < n)
            cap *= 2;
        char *body = realloc(call->body, cap);
        if (body == NULL)
            return false;
        call->body = body;
        call->cap = cap;
    }
    memcpy(call->body + call->n, data, n);
    call->n += n;
    return true;
}

static void call_ask(struct control_call *call, const char *method, const char *path)
{
    struct control *c = call->control;
    call->asked = true;
    if (call->too_long) {
        control_answer(call, MHD_HTTP_CONTENT_TOO_LARGE, "text/plain", STR("body too long\n"));
        return;
    }
    c->hooks.request(c->hooks.ctx, call, str_of(method), str_of(path),
                     (struct str){call->body != NULL ? call->body : "", call->n});
}

static enum MHD_Result on_access(void *ctx, struct MHD_Connection *connection, const char *path,
                                 const char *method, const char *version, const char *data,
                                 size_t *n, void **state)
{
    struct control *c = ctx;
    struct control_call *call = *state;
    (void)version;
    if (call == NULL) {
        *state = call_new(c, connection, path);
        return *state != NULL ? MHD_YES : MHD_NO;
    }
    if (*n > 0) {
        bool ok = call_take(call, data, *n);
        *n = 0;
        return ok ? MHD_YES : MHD_NO;
    }
    if (!call->asked)
        call_ask(call, method, path);
    if (call->response != NULL)
        return MHD_queue_response(connection, call->status, call->response);
    call->suspended = true;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

int control_fd(const struct control_call *call)
{
    return socket_of(call->connection);
}

bool control_gone(const struct control_call *call)
{
    struct pollfd peer = {.fd = control_fd(call)};
    return poll(&peer, 1, 0) > 0;
}

void control_answer(struct control_call *call, unsigned status, const char *type, struct str text)
{
    struct control *c = call->control;
    if (call->response != NULL)
        return;
    /* The library takes a void pointer but copies. */
    call->response =
        MHD_create_response_from_buffer(text.n, (void *)(uintptr_t)text.p, MHD_RESPMEM_MUST_COPY);
    call->status = status;
    if (call->response != NULL)
        MHD_add_response_header(call->response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (call->response != NULL && c->hooks.zone != NULL && c->hooks.zone[0] != 0)
        MHD_add_response_header(call->response, CONTROL_ZONE, c->hooks.zone);
    if (!call->suspended)
        return;
    call->suspended = false;
    MHD_resume_connection(call->connection);
    if (!c->closing)
        uv_timer_start(&c->timer, on_timer, 0, 0);
}

/* ---- the loop's side ---- */

static void run(struct control *c);

static void on_timer(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    run(poll->data);
}

static void run(struct control *c)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    MHD_run(c->daemon);
    if (MHD_get_timeout(c->daemon, &wait_ms) == MHD_YES)
        uv_timer_start(&c->timer, on_timer, wait_ms, 0);
    else
        uv_timer_stop(&c->timer);
}

static int listen_on(const char *path, char *why)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(a.sun_path)) {
        snprintf(why, 160, "%.100s: path too long for a socket", path);
        return -1;
    }
    memcpy(a.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    unlink(path);
    mode_t old = umask(0111);
    bool ok =
        fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, BACKLOG) == 0;
    umask(old);
    if (ok)
        return fd;
    snprintf(why, 160, "%.100s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static struct MHD_Daemon *daemon_start(struct control *c, int fd)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_access, c,
                            MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned)IDLE_S, MHD_OPTION_NOTIFY_CONNECTION, on_connection, c,
                            MHD_OPTION_NOTIFY_COMPLETED, call_free, c, MHD_OPTION_END);
}

struct control *control_open(uv_loop_t *loop, const char *path, const struct control_hooks *hooks,
                             char *why)
{
    struct control *c = calloc(1, sizeof(*c));
    int fd = listen_on(path, why);
    if (c == NULL || fd < 0) {
        free(c);
        return NULL;
    }
    c->hooks = *hooks;
    snprintf(c->path, sizeof(c->path), "%s", path);
    c->daemon = daemon_start(c, fd);
    if (c->daemon == NULL) {
        snprintf(why, 160, "%.100s: the HTTP server does not start", path);
        close(fd);
        free(c);
        return NULL;
    }
    int epoll = MHD_get_daemon_info(c->daemon, MHD_DAEMON_INFO_EPOLL_FD)->listen_fd;
    uv_timer_init(loop, &c->timer);
    uv_poll_init(loop, &c->poll, epoll);
    c->timer.data = c->poll.data = c;
    c->handles = 2;
    uv_poll_start(&c->poll, UV_READABLE, on_poll);
    return c;
}

static void handle_closed(uv_handle_t *handle)
{
    struct control *c = handle->data;
    if (--c->handles > 0)
        return;
    MHD_stop_daemon(c->daemon);
    free(c);
}

void control_close(struct control *c)
{
    if (c == NULL)
        return;
    c->closing = true;
    for (struct control_call *call = c->calls; call != NULL; call = call->next)
        control_answer(call, MHD_HTTP_SERVICE_UNAVAILABLE, "text/plain", STR("shutting down\n"));
    MHD_run(c->daemon);
    uv_poll_stop(&c->poll);
    uv_close((uv_handle_t *)&c->poll, handle_closed);
    uv_close((uv_handle_t *)&c->timer, handle_closed);
    unlink(c->path);
}
