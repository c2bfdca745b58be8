#include "tools/poshubctl/hub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/code.h"
#include "proto/limits.h"
#include "tools/poshubctl/reply.h"
#include "tools/poshubctl/http.h"

#define PATH_MAX_BYTES 128
#define HTTP_OK        200
#define HTTP_FORBIDDEN 403

/* ---- what went wrong ---- */

static enum ctl_exit tell_no_socket(const struct ctl *ctl)
{
    fprintf(stderr,
            "poshubctl: the hub is not running: nobody listens on %s\n"
            "next: systemctl status poshub ; journalctl -u poshub -n 50\n"
            "      another socket: --socket PATH or POSHUB_SOCKET\n",
            ctl->socket);
    return CTL_NO_HUB;
}

static enum ctl_exit tell_not_permitted(const struct ctl *ctl)
{
    fprintf(stderr,
            "poshubctl: you may not open %s\n"
            "next: ls -l %s ; be in the socket's group, or use sudo\n",
            ctl->socket, ctl->socket);
    return CTL_NOT_PERMITTED;
}

static enum ctl_exit tell_timeout(long timeout_s)
{
    fprintf(stderr,
            "poshubctl: no answer within %ld s; a change may have been carried out all the same\n"
            "next: poshubctl status ; look before you repeat ; --timeout SECONDS waits longer\n",
            timeout_s);
    return CTL_TIMED_OUT;
}

static enum ctl_exit tell_transport(const struct ctl *ctl, enum http_result result, long timeout_s)
{
    switch (result) {
    case HTTP_ANSWERED:
        return CTL_OK;
    case HTTP_NO_SOCKET:
        return tell_no_socket(ctl);
    case HTTP_NOT_PERMITTED:
        return tell_not_permitted(ctl);
    case HTTP_STOPPED:
        fprintf(stderr, "poshubctl: interrupted\n");
        return CTL_FAILED;
    case HTTP_TIMED_OUT:
        return tell_timeout(timeout_s);
    case HTTP_BROKEN:
        break;
    }
    fprintf(stderr, "poshubctl: the talk with the hub broke: %s\n", http_why(ctl->http));
    return CTL_FAILED;
}

static void tell_line(const struct json *line)
{
    fprintf(stderr, "  line %s  object %s  %s", TEXT_AT(line, "line"), TEXT_AT(line, "object_id"),
            TEXT_AT(line, "code"));
    static const char *const MEMBERS[] = {"need", "avail", "limit_by"};
    for (size_t i = 0; i < sizeof MEMBERS / sizeof MEMBERS[0]; i++) {
        const char *text = TEXT_AT(line, MEMBERS[i]);
        if (*text)
            fprintf(stderr, "  %s %s", MEMBERS[i], text);
    }
    fputc('\n', stderr);
}

static enum ctl_exit exit_of(int64_t code)
{
    if (code == CODE_OK)
        return CTL_OK;
    if (code == CODE_ORDER_NOT_FOUND || code == CODE_TICKET_NOT_FOUND ||
        code == CODE_UNKNOWN_OBJECT)
        return CTL_NOT_FOUND;
    if (code == CODE_NOT_AUTHORIZED)
        return CTL_NOT_PERMITTED;
    if (code == CODE_TIMED_OUT)
        return CTL_TIMED_OUT;
    return code == CODE_INTERNAL ? CTL_FAILED : CTL_REFUSED;
}

/* A sentence, and not the path of a field or the name of a query's part. */
static bool is_said(const char *detail)
{
    return strchr(detail, ' ') != NULL;
}

/* The code's words, and the detail where it says more. What is unknown the detail alone names: 1012
 * stands for devices too; and what cannot be done it says itself: 1010 is more than bad form. */
static void tell_why(const struct json *reply, enum code code)
{
    const char *text = code_text(code), *detail = TEXT_AT(reply, "detail");
    bool more = *detail && strcmp(detail, text) != 0;
    bool alone = more && (code == CODE_UNKNOWN_OBJECT || code == CODE_TIMED_OUT ||
                          (code == CODE_BAD_REQUEST && is_said(detail)));
    fprintf(stderr, "poshubctl: refused: %s (%s %s)\n", alone ? detail : text,
            TEXT_AT(reply, "code"), TEXT_AT(reply, "name"));
    if (more && !alone)
        fprintf(stderr, "  %s\n", detail);
}

static enum ctl_exit tell_verdict(const struct json *reply)
{
    int64_t code = reply_int(reply, "code");
    if (code == CODE_OK)
        return CTL_OK;
    tell_why(reply, (enum code)code);
    const struct json *lines = reply_at(reply, "lines");
    for (const struct json *l = lines ? json_first(lines) : NULL; l; l = json_next(l))
        tell_line(l);
    int64_t retry_ms = reply_int(reply, "retry_after_ms");
    if (retry_ms > 0)
        fprintf(stderr, "next: try again in %s\n", SPAN(retry_ms));
    return exit_of(code);
}

/* What stands in a reply that is no verdict: its detail, or its first line of plain text. */
static const char *plain_words(const struct ctl *ctl, const struct json *reply,
                               char buf[REPLY_TEXT])
{
    struct str text = http_body(ctl->http);
    const char *end = memchr(text.p, '\n', text.n);
    if (reply)
        return reply_value(reply_at(reply, "detail"), buf);
    return reply_safe((struct str){text.p, end ? (size_t)(end - text.p) : text.n}, buf);
}

static enum ctl_exit tell_status(const struct ctl *ctl, const char *path, const struct json *reply)
{
    long status = http_status(ctl->http);
    char words[REPLY_TEXT];
    if (status == HTTP_OK)
        return CTL_OK;
    if (status == HTTP_FORBIDDEN) {
        fprintf(stderr, "poshubctl: %s\n", plain_words(ctl, reply, words));
        return CTL_NOT_PERMITTED;
    }
    if (status == 404)
        fprintf(stderr,
                "poshubctl: this hub does not know %s; are the versions the same?\n"
                "next: poshubctl version\n",
                path);
    else
        fprintf(stderr, "poshubctl: the hub answered HTTP %ld: %s\n", status,
                plain_words(ctl, reply, words));
    return CTL_FAILED;
}

/* ---- asking ---- */

static void print_json(struct str text)
{
    while (text.n && strchr(" \r\n", text.p[text.n - 1]))
        text.n--;
    for (size_t i = 0; i < text.n; i++)
        putchar(text.p[i] == '\n' || text.p[i] == '\r' ? ' ' : text.p[i]);
    putchar('\n');
    fflush(stdout);
}

static enum ctl_exit ask(struct ctl *ctl, const char *path, struct str body, struct json **out)
{
    char why[JSON_WHY] = "";
    *out = NULL;
    enum http_result result = http_ask(ctl->http, path, body, ctl->timeout_s);
    if (result != HTTP_ANSWERED)
        return tell_transport(ctl, result, ctl->timeout_s);
    struct str text = http_body(ctl->http);
    *out = json_parse(text.p, text.n, &JSON_IMPORT, why);
    if (*out && ctl->json)
        print_json(text);
    enum ctl_exit rc = tell_status(ctl, path, *out);
    if (rc == CTL_OK && !*out) {
        fprintf(stderr, "poshubctl: the hub's answer is not JSON: %s\n", why);
        rc = CTL_FAILED;
    }
    if (rc == CTL_OK)
        rc = tell_verdict(*out);
    if (rc != CTL_OK) {
        json_free(*out);
        *out = NULL;
    }
    return rc;
}

enum ctl_exit hub_get(struct ctl *ctl, const char *path, struct json **out)
{
    return ask(ctl, path, (struct str){0}, out);
}

enum ctl_exit hub_call(struct ctl *ctl, const char *verb, struct str body, struct json **out)
{
    char path[PATH_MAX_BYTES];
    snprintf(path, sizeof path, "/v1/%s", verb);
    return ask(ctl, path, body, out);
}

struct json *hub_peek(struct ctl *ctl, const char *path)
{
    enum http_result result = http_ask(ctl->http, path, (struct str){0}, ctl->timeout_s);
    ctl->forbidden = result == HTTP_NOT_PERMITTED ||
                     (result == HTTP_ANSWERED && http_status(ctl->http) == HTTP_FORBIDDEN);
    if (result != HTTP_ANSWERED || http_status(ctl->http) != HTTP_OK)
        return NULL;
    struct str text = http_body(ctl->http);
    return json_parse(text.p, text.n, &JSON_IMPORT, NULL);
}

enum ctl_exit hub_tell_forbidden(const struct ctl *ctl)
{
    char words[REPLY_TEXT] = "";
    if (http_body(ctl->http).n == 0)
        return tell_not_permitted(ctl);
    fprintf(stderr, "poshubctl: %s\n", plain_words(ctl, NULL, words));
    return CTL_NOT_PERMITTED;
}

void hub_print_peeked(const struct ctl *ctl)
{
    if (ctl->json)
        print_json(http_body(ctl->http));
}

enum ctl_exit hub_tell(struct ctl *ctl, const char *verb)
{
    struct json *reply;
    struct ctl quiet = *ctl;
    quiet.json = false;
    enum ctl_exit rc = hub_call(&quiet, verb, STR("{}"), &reply);
    json_free(reply);
    return rc;
}

enum ctl_exit hub_show(struct ctl *ctl, const char *verb, struct str body, hub_print *print)
{
    struct json *reply;
    enum ctl_exit rc = hub_call(ctl, verb, body, &reply);
    if (rc == CTL_OK && !ctl->json)
        print(ctl, reply);
    json_free(reply);
    return rc;
}

/* ---- pages ---- */

bool hub_page_members(struct jw *w, const struct args *args, const char *cursor)
{
    const char *limit = args_option(args, "limit"), *from = args_option(args, "cursor");
    if (limit) {
        char *end;
        errno = 0;
        long n = strtol(limit, &end, 10);
        if (errno || *end || n < 1 || n > LIMIT_LIST) {
            fprintf(stderr, "poshubctl: --limit needs a number from 1 to %d, not \"%s\"\n",
                    LIMIT_LIST, limit);
            return false;
        }
        jw_kint(w, "limit", n);
    }
    if (*cursor || from)
        jw_kstring(w, "cursor", str_of(*cursor ? cursor : from));
    return true;
}

/* One page; `cursor` in and out (empty: there is no more). */
static enum ctl_exit list_page(struct ctl *ctl, const struct args *args,
                               const struct hub_list *list, struct grid *g, char cursor[REPLY_TEXT])
{
    struct body b;
    struct json *reply;
    body_begin(&b);
    if (!hub_page_members(&b.w, args, cursor))
        return CTL_USAGE;
    if (list->body)
        list->body(&b.w, args);
    enum ctl_exit rc = hub_call(ctl, list->verb, body_end(&b), &reply);
    cursor[0] = 0;
    if (rc == CTL_OK) {
        list->collect(g, reply);
        reply_value(reply_at(reply, "cursor"), cursor);
    }
    json_free(reply);
    return rc;
}

enum ctl_exit hub_list(struct ctl *ctl, const struct args *args, const struct hub_list *list,
                       const char *const *titles)
{
    struct grid g;
    char cursor[REPLY_TEXT] = "", before[REPLY_TEXT];
    bool one = ctl->json || list->first_page_only || args_option(args, "limit") ||
               args_option(args, "cursor");
    enum ctl_exit rc;
    grid_init(&g, titles);
    do {
        memcpy(before, cursor, sizeof before);
        rc = list_page(ctl, args, list, &g, cursor);
    } while (rc == CTL_OK && !one && *cursor && strcmp(before, cursor) != 0);
    if (rc == CTL_OK && !ctl->json)
        grid_print(&g, ctl);
    if (rc == CTL_OK && !ctl->json && *cursor)
        fprintf(stderr, "more: --cursor %s\n", cursor);
    grid_fini(&g);
    return rc;
}

/* ---- bodies ---- */

void body_begin(struct body *b)
{
    jw_init(&b->w, b->text, sizeof b->text);
    jw_open(&b->w, '{');
}

struct str body_end(struct body *b)
{
    jw_close(&b->w, '}');
    return jw_ok(&b->w) ? jw_text(&b->w) : STR("");
}
