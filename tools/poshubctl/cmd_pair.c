/* device pair, device invite: a window at the hub, and a code between it and the device. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "edge/pair_code.h"
#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/cmd_device.h"
#include "tools/poshubctl/http.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/qr.h"
#include "tools/poshubctl/reply.h"

#define URI_BYTES 512

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static void print_paired(const struct ctl *ctl, const struct json *reply)
{
    const char *name = TEXT_AT(reply, "result.device");
    print_line(ctl, "paired", name);
    print_line(ctl, "role", TEXT_AT(reply, "result.role"));
    device_print_proof(ctl, reply);
    if (!reply_true(reply, "result.proved"))
        fprintf(stderr, "next: poshubctl device test %s ; poshubctl device revoke %s\n", name,
                name);
}

static void heed_signals(void)
{
    static const int ENDS[] = {SIGINT, SIGTERM, SIGHUP};
    const struct sigaction action = {.sa_handler = on_interrupt};
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++)
        sigaction(ENDS[i], &action, NULL);
}

static void show_invitation(const struct ctl *ctl, const char *uri, const char *code)
{
    FILE *out = ctl->json ? stderr : stdout;
    char shown[PAIR_CODE + 2];
    pair_code_show(code, shown);
    if (!qr_print(out, uri))
        fprintf(stderr, "poshubctl: no QR could be made\n");
    fprintf(out, "%s\ncode       %s\n", uri, shown);
    fflush(out);
}

/* What is shown when the hub says that the window is open. */
struct window {
    const struct ctl *ctl;
    const char *device, *code, *uri; /* uri NULL: the device has the code already */
    struct http *side;               /* asks while the request waits */
    bool shown;
};

static bool is_open(struct window *w)
{
    if (!w->side || http_ask(w->side, "/v1/status", (struct str){0}, 1) != HTTP_ANSWERED)
        return false;
    struct str text = http_body(w->side);
    struct json *status = json_parse(text.p, text.n, &JSON_IMPORT, NULL);
    bool open = status && strcmp(TEXT_AT(status, "pairing.device"), w->device) == 0 &&
                strcmp(TEXT_AT(status, "pairing.state"), "opening") != 0;
    json_free(status);
    return open;
}

static void show_when_open(void *ctx)
{
    struct window *w = ctx;
    if (w->shown || interrupted || !is_open(w))
        return;
    w->shown = true;
    if (w->uri)
        show_invitation(w->ctl, w->uri, w->code);
    fprintf(stderr, "Waiting for the device; Ctrl-C closes the window.\n");
}

static enum ctl_exit ask_and_show(struct ctl *ctl, struct window *w, struct str body,
                                  struct json **reply)
{
    heed_signals();
    w->side = http_open(ctl->socket);
    http_stop_on(ctl->http, &interrupted);
    http_meanwhile(ctl->http, show_when_open, w);
    enum ctl_exit rc = hub_call(ctl, "device.pair", body, reply);
    http_meanwhile(ctl->http, NULL, NULL);
    http_stop_on(ctl->http, NULL);
    http_close(w->side);
    return rc;
}

/* Who stops waiting closes the window: nobody would see who comes through it. The hub does so by
 * itself when it finds that nobody waits any more; this is at once. */
static enum ctl_exit wait_for_device(struct ctl *ctl, struct window *w, struct str body)
{
    struct json *reply;
    enum ctl_exit rc = ask_and_show(ctl, w, body, &reply);
    bool unanswered = http_body(ctl->http).n == 0;
    if (interrupted || (rc == CTL_TIMED_OUT && unanswered))
        http_ask(ctl->http, "/v1/device.pair_end", STR("{}"), ctl->timeout_s);
    if (rc != CTL_OK)
        return rc;
    if (!ctl->json)
        print_paired(ctl, reply);
    if (!reply_true(reply, "result.proved"))
        rc = CTL_FAILED;
    json_free(reply);
    return rc;
}

static enum ctl_exit pair(struct ctl *ctl, const struct args *args, const char *code,
                          const char *uri)
{
    struct body b;
    struct window w = {.ctl = ctl, .code = code, .uri = uri};
    const char *name = args_option(args, "name");
    if (!name || !*name) {
        fprintf(stderr, "poshubctl: --name is needed: what the device is called, as front-1\n");
        return CTL_USAGE;
    }
    body_begin(&b);
    jw_kstring(&b.w, "code", str_of(code));
    jw_kstring(&b.w, "device", str_of(name));
    enum ctl_exit rc = device_members(&b.w, args);
    w.device = name;
    return rc == CTL_OK ? wait_for_device(ctl, &w, body_end(&b)) : rc;
}

enum ctl_exit cmd_device_pair(struct ctl *ctl, const struct args *args)
{
    char code[PAIR_CODE + 1];
    if (!pair_code_parse(str_of(args->words[0]), code)) {
        fprintf(stderr, "poshubctl: %s is no code: eight letters and digits, as K7Q2-9FMX\n",
                args->words[0]);
        return CTL_USAGE;
    }
    return pair(ctl, args, code, NULL);
}

/* ---- invite ---- */

/* 32 bytes as base64url without padding, with its NUL. */
static void base64url(const uint8_t p[SHA256_BYTES], char out[44])
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    unsigned held = 0;
    size_t n = 0;
    for (size_t i = 0; i <= SHA256_BYTES; i++) {
        bits = bits << 8 | (i < SHA256_BYTES ? p[i] : 0);
        for (held += 8; held >= 6 && n < 43; held -= 6)
            out[n++] = DIGITS[bits >> (held - 6) & 63];
    }
    out[n] = 0;
}

/* False after a word on what is missing. */
static bool write_uri(const struct json *status, const char *code, char uri[URI_BYTES])
{
    uint8_t sha[SHA256_BYTES];
    char print[44], mqtt[128] = "", websocket[128] = "";
    const char *hex = TEXT_AT(status, "tls.ca_sha256");
    const char *m = TEXT_AT(status, "tls.mqtt"), *w = TEXT_AT(status, "tls.websocket");
    if (!hex_decode(str_of(hex), sha, sizeof sha)) {
        fprintf(stderr, "poshubctl: this hub has no TLS listener, and pairing needs one\n"
                        "next: poshubctl status ; tls_listen in [lan] of poshub.conf\n");
        return false;
    }
    base64url(sha, print);
    if (*m)
        snprintf(mqtt, sizeof mqtt, "h=%.100s&", m);
    if (*w)
        snprintf(websocket, sizeof websocket, "w=%.100s&", w);
    snprintf(uri, URI_BYTES, "poshub://pair?%s%sf=%s&c=%s", mqtt, websocket, print, code);
    return true;
}

enum ctl_exit cmd_device_invite(struct ctl *ctl, const struct args *args)
{
    struct json *status;
    struct ctl quiet = *ctl;
    char code[PAIR_CODE + 1], uri[URI_BYTES];
    quiet.json = false;
    enum ctl_exit rc = hub_get(&quiet, "/v1/status", &status);
    if (rc != CTL_OK)
        return rc;
    pair_code_make(code);
    bool made = write_uri(status, code, uri);
    json_free(status);
    if (!made)
        return CTL_REFUSED;
    return pair(ctl, args, code, uri);
}
