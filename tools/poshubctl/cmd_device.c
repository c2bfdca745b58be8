/* device: add, rotate, revoke, list, test, identify. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/cmd_device.h"
#include "tools/poshubctl/reply.h"
#include "tools/poshubctl/file.h"
#include "tools/poshubctl/hub.h"

#define PASSWORD_FILE_MAX 4096

/* ---- changes, which the hub proves ---- */

void device_print_proof(const struct ctl *ctl, const struct json *reply)
{
    char text[REPLY_TEXT];
    if (!reply_true(reply, "result.proved")) {
        snprintf(text, sizeof text, "NOT PROVED: %.400s", TEXT_AT(reply, "result.why"));
        print_line(ctl, "test", text);
        return;
    }
    snprintf(text, sizeof text, "publish ok, reply %.20s ms, forbidden topic refused ok%s",
             TEXT_AT(reply, "result.reply_ms"),
             reply_true(reply, "result.old_refused") ? ", old password refused ok" : "");
    print_line(ctl, "test", text);
}

/* Not proved is a warning: what was asked for is done. */
static enum ctl_exit change(struct ctl *ctl, const char *verb, struct str body, hub_print *print)
{
    struct json *reply;
    enum ctl_exit rc = hub_call(ctl, verb, body, &reply);
    if (rc != CTL_OK)
        return rc;
    if (!ctl->json) {
        print(ctl, reply);
        device_print_proof(ctl, reply);
    }
    if (reply_true(reply, "result.superseded")) {
        fprintf(stderr, "next: ask who else is at it, then once more\n");
        rc = CTL_FAILED;
    } else if (!reply_true(reply, "result.proved")) {
        fprintf(stderr, "The change stands.\nnext: poshubctl doctor\n");
        rc = CTL_DEGRADED;
    }
    json_free(reply);
    return rc;
}

static void print_secret(const struct ctl *ctl, const struct json *reply)
{
    print_line(ctl, "device", TEXT_AT(reply, "result.device"));
    print_line(ctl, "role", TEXT_AT(reply, "result.role"));
    if (reply_true(reply, "result.superseded"))
        return;
    print_line(ctl, "password", TEXT_AT(reply, "result.password"));
    fprintf(stderr, "The password is shown this once.\nnext: poshubctl device test %s\n",
            TEXT_AT(reply, "result.device"));
}

/* ---- add, rotate ---- */

/* "a,b" as an array of strings. */
static void member_list(struct jw *w, const char *key, const char *text)
{
    jw_karray(w, key);
    while (text && *text) {
        size_t n = strcspn(text, ",");
        if (n)
            jw_string(w, (struct str){text, n});
        text += text[n] ? n + 1 : n;
    }
    jw_close(w, ']');
}

static void member_option(struct jw *w, const char *key, const struct args *args)
{
    const char *value = args_option(args, key);
    if (value)
        jw_kstring(w, key, str_of(value));
}

/* The first line of the file; never a word of the command line, which others can see. */
static bool password_member(struct jw *w, const struct args *args)
{
    const char *path = args_option(args, "password-file");
    struct str text;
    if (!path)
        return true;
    if (!file_read(path, PASSWORD_FILE_MAX, &text))
        return false;
    const char *end = memchr(text.p, '\n', text.n);
    struct str line = {text.p, end ? (size_t)(end - text.p) : text.n};
    if (line.n)
        jw_kstring(w, "password", line);
    else
        fprintf(stderr, "poshubctl: %s holds no password in its first line\n", path);
    free((void *)(uintptr_t)text.p);
    return line.n != 0;
}

enum ctl_exit device_members(struct jw *w, const struct args *args)
{
    enum role role;
    const char *text = args_option(args, "role");
    if (!text || !role_parse(str_of(text), &role)) {
        fprintf(stderr, "poshubctl: --role is one of pos, kiosk, emenu, kds, board\n");
        return CTL_USAGE;
    }
    jw_kstring(w, "role", str_of(text));
    member_option(w, "account", args);
    member_list(w, "channels", args_option(args, "channel"));
    member_list(w, "stations", args_option(args, "station"));
    if (args_option(args, "replace"))
        jw_kbool(w, "replace", true);
    return CTL_OK;
}

enum ctl_exit cmd_device_add(struct ctl *ctl, const struct args *args)
{
    struct body b;
    body_begin(&b);
    jw_kstring(&b.w, "device", str_of(args->words[0]));
    enum ctl_exit rc = device_members(&b.w, args);
    if (rc != CTL_OK)
        return rc;
    member_option(&b.w, "name", args);
    if (!password_member(&b.w, args))
        return CTL_FAILED;
    return change(ctl, "device.add", body_end(&b), print_secret);
}

enum ctl_exit cmd_device_rotate(struct ctl *ctl, const struct args *args)
{
    struct body b;
    body_begin(&b);
    jw_kstring(&b.w, "device", str_of(args->words[0]));
    if (!password_member(&b.w, args))
        return CTL_FAILED;
    return change(ctl, "device.rotate", body_end(&b), print_secret);
}

/* ---- list ---- */

static void print_devices(const struct ctl *ctl, const struct json *reply)
{
    static const char *const TITLES[] = {"device",   "role",  "name",      "account", "channels",
                                         "stations", "state", "last seen", NULL};
    struct grid g;
    char text[REPLY_TEXT];
    const struct json *devices = reply_at(reply, "devices");
    grid_init(&g, TITLES);
    for (const struct json *d = devices ? json_first(devices) : NULL; d; d = json_next(d)) {
        grid_field(&g, d, "device");
        grid_field(&g, d, "role");
        grid_field(&g, d, "name");
        grid_field(&g, d, "account");
        grid_cell(&g, reply_joined(reply_at(d, "channels"), text));
        grid_cell(&g, reply_joined(reply_at(d, "stations"), text));
        grid_cell(&g, reply_true(d, "online") ? "online" : "offline");
        grid_cell(&g, TIME(reply_int(d, "last_seen_ms")));
    }
    grid_print(&g, ctl);
    grid_fini(&g);
}

enum ctl_exit cmd_device_list(struct ctl *ctl, const struct args *args)
{
    (void)args;
    return hub_show(ctl, "device.list", STR("{}"), print_devices);
}

/* ---- revoke, test ---- */

static struct str device_body(struct body *b, const struct args *args)
{
    body_begin(b);
    jw_kstring(&b->w, "device", str_of(args->words[0]));
    return body_end(b);
}

static void print_revoked(const struct ctl *ctl, const struct json *reply)
{
    print_line(ctl, "revoked", TEXT_AT(reply, "result.device"));
}

enum ctl_exit cmd_device_revoke(struct ctl *ctl, const struct args *args)
{
    struct body b;
    return change(ctl, "device.revoke", device_body(&b, args), print_revoked);
}

static void print_test(const struct ctl *ctl, const struct args *args, const struct json *r)
{
    bool online = reply_true(r, "online");
    print_line(ctl, "device", args->words[0]);
    print_line(ctl, "state", online ? "online" : "offline");
    if (online)
        print_line(ctl, "reply", SPAN(reply_int(r, "ping_ms")));
    print_line(ctl, "rules", reply_true(r, "rules_ok") ? "OK" : "FAILED");
    print_line(ctl, "detail", TEXT_AT(r, "detail"));
}

enum ctl_exit cmd_device_test(struct ctl *ctl, const struct args *args)
{
    struct body b;
    struct json *reply;
    enum ctl_exit rc = hub_call(ctl, "device.test", device_body(&b, args), &reply);
    if (rc != CTL_OK)
        return rc;
    const struct json *r = reply_at(reply, "result");
    if (!reply_true(r, "online") || !reply_true(r, "rules_ok"))
        rc = CTL_FAILED;
    if (!ctl->json)
        print_test(ctl, args, r);
    json_free(reply);
    return rc;
}

/* What is offline is not told later on. */
enum ctl_exit cmd_device_identify(struct ctl *ctl, const struct args *args)
{
    struct body b;
    struct json *reply;
    enum ctl_exit rc = hub_call(ctl, "device.identify", device_body(&b, args), &reply);
    if (rc != CTL_OK)
        return rc;
    bool online = reply_true(reply, "result.online");
    if (!ctl->json) {
        print_line(ctl, "device", args->words[0]);
        print_line(ctl, "state",
                   online ? "online: it was told to show itself" : "offline: nothing was sent");
    }
    json_free(reply);
    return online ? CTL_OK : CTL_FAILED;
}
