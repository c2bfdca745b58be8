#include "edge/lan_tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edge/box_names.h"
#include "edge/clock.h"
#include "storage/file.h"
#include "edge/log.h"

#define ALERT_NAME "lan-tls"
#define LAN_TLS_ACTION                                                                             \
    "poshubctl doctor --only certificate ; put the file back as it was ; systemctl restart poshub"
#define LOOK_MS   60000
#define NEW_ALERT "lan-authority"
#define NEW_ACTION                                                                                 \
    "Put the old ca.key and ca.pem back and restart poshub; or poshubctl device pair CODE "        \
    "--replace for every device."

bool lan_tls_wanted(const struct config *config)
{
    return config->tls.host[0] != 0 || config->tls_websocket.host[0] != 0;
}

/* ---- what went wrong ---- */

static void fault(struct lan_tls *t, int64_t now_ms)
{
    struct alert alert = {.id = ALERT_NAME,
                          .kind = "LAN",
                          .code = "PH-2201",
                          .action = LAN_TLS_ACTION,
                          .since_at_ms = now_ms};
    snprintf(alert.text, sizeof(alert.text), "No TLS for devices: %.135s", t->why);
    log_error("lan_tls_fault why=\"%s\"", t->why);
    if (alerts_raise(t->alerts, &alert) && t->alert_changed != NULL)
        t->alert_changed(t->ctx, STR(ALERT_NAME));
}

static void all_is_well(struct lan_tls *t)
{
    t->why[0] = 0;
    if (alerts_resolve(t->alerts, ALERT_NAME) && t->alert_changed != NULL)
        t->alert_changed(t->ctx, STR(ALERT_NAME));
}

/* ---- the papers ---- */

/* A file of ours as the broker's user may read it. */
static enum ph_err hand_over(struct lan_tls *t, const char *name)
{
    char path[CONFIG_PATH + 32], text[3 * STORE_CA_PEM];
    snprintf(path, sizeof(path), "%s/%s", t->dir, name);
    FILE *f = fopen(path, "re");
    size_t n = f != NULL ? fread(text, 1, sizeof(text), f) : 0;
    if (f != NULL)
        fclose(f);
    enum ph_err err =
        n == 0 ? PH_ERR_IO
               : file_replace(t->broker->dir, name, (struct str){text, n}, t->broker->owner);
    memset(text, 0, sizeof(text));
    if (err != PH_OK)
        snprintf(t->why, sizeof(t->why), "%.80s/%s cannot be given to the broker: %.60s", t->dir,
                 name, strerror(errno));
    return err;
}

static enum ph_err server_now(struct lan_tls *t, int64_t now_ms, bool *made)
{
    box_names_read(t->config->tls_names, &t->names);
    return store_ca_server(&t->ca, &t->names, now_ms, made, t->why);
}

static enum ph_err give_papers(struct lan_tls *t)
{
    enum ph_err err = hand_over(t, "server.key");
    return err == PH_OK ? hand_over(t, "server.pem") : err;
}

static enum ph_err make_dir(struct lan_tls *t)
{
    enum ph_err err = file_make_dir(t->dir, geteuid());
    if (err != PH_OK)
        snprintf(t->why, sizeof(t->why), "%.90s: %.60s", t->dir, strerror(errno));
    return err;
}

/* ---- the authority that the devices know ---- */

static void fingerprint(const struct lan_tls *t, char out[SHA256_HEX + 1])
{
    hex_encode(t->ca.fingerprint, SHA256_BYTES, out);
    out[SHA256_HEX] = 0;
}

/* Empty: none was kept yet. */
static void read_known(const struct lan_tls *t, char out[SHA256_HEX + 1])
{
    char path[CONFIG_PATH + 16];
    snprintf(path, sizeof(path), "%s/" STORE_CA_KNOWN, t->config->data_dir);
    FILE *f = fopen(path, "re");
    size_t n = f != NULL ? fread(out, 1, SHA256_HEX, f) : 0;
    if (f != NULL)
        fclose(f);
    out[n == SHA256_HEX ? n : 0] = 0;
}

static void keep_known(const struct lan_tls *t, const char *hex)
{
    if (file_replace(t->config->data_dir, STORE_CA_KNOWN, str_of(hex), geteuid()) != PH_OK)
        log_warning("lan_authority_not_kept why=\"%s\"", strerror(errno));
}

static bool has_devices(const struct lan_tls *t)
{
    for (size_t i = 0; i < t->devices->n; i++) {
        if (!t->devices->list[i]->probe)
            return true;
    }
    return false;
}

static void tell_change(struct lan_tls *t)
{
    if (t->alert_changed != NULL)
        t->alert_changed(t->ctx, STR(NEW_ALERT));
}

static void compare_known(struct lan_tls *t, int64_t now_ms)
{
    char known[SHA256_HEX + 1], here[SHA256_HEX + 1];
    struct alert alert = {.id = NEW_ALERT,
                          .kind = "LAN",
                          .code = "PH-2204",
                          .action = NEW_ACTION,
                          .since_at_ms = now_ms};
    fingerprint(t, here);
    read_known(t, known);
    if (strcmp(known, here) == 0)
        return;
    if (known[0] == 0 || !has_devices(t)) {
        keep_known(t, here);
        return;
    }
    snprintf(alert.text, sizeof(alert.text),
             "Devices must pair anew: the store's authority in %.70s is not the one they know.",
             t->dir);
    log_error("lan_authority_new known=%.16s here=%.16s code=PH-2204", known, here);
    if (alerts_raise(t->alerts, &alert))
        tell_change(t);
}

void lan_tls_paired(struct lan_tls *t)
{
    char here[SHA256_HEX + 1];
    if (!alerts_resolve(t->alerts, NEW_ALERT))
        return;
    fingerprint(t, here);
    keep_known(t, here);
    tell_change(t);
}

void lan_tls_begin(struct lan_tls *t, int64_t now_ms)
{
    bool made;
    if (!lan_tls_wanted(t->config))
        return;
    config_secret_dir(t->config, t->dir);
    t->ca = (struct store_ca){.dir = t->dir,
                              .brand_id = str_of(t->config->brand_id),
                              .poi_id = str_of(t->config->poi_id)};
    enum ph_err err = make_dir(t);
    if (err == PH_OK)
        err = store_ca_open(&t->ca, now_ms, t->why);
    if (err == PH_OK)
        err = server_now(t, now_ms, &made);
    if (err == PH_OK)
        err = give_papers(t);
    t->broker->tls = err == PH_OK;
    if (err == PH_OK)
        compare_known(t, now_ms);
    else
        fault(t, now_ms);
}

/* Both listeners follow: the plain TCP one at SIGHUP, the WebSockets' when it is opened. */
static void tell_broker(struct lan_tls *t)
{
    log_info("lan_certificate until_ms=%lld", (long long)t->ca.until_ms);
    if (t->config->tls_websocket.host[0] != 0)
        broker_end(t->broker);
    else
        broker_reload(t->broker);
}

static void look(struct lan_tls *t, int64_t now_ms)
{
    bool made;
    enum ph_err err = server_now(t, now_ms, &made);
    if (err == PH_OK && made)
        err = give_papers(t);
    if (err == PH_OK)
        all_is_well(t);
    else
        fault(t, now_ms);
    if (err == PH_OK && made)
        tell_broker(t);
}

/* Without reading keys, which costs a small box many milliseconds. */
static bool is_due(const struct lan_tls *t, int64_t now_ms)
{
    struct box_names names;
    box_names_read(t->config->tls_names, &names);
    bool same = names.n == t->names.n;
    for (size_t i = 0; i < names.n && same; i++)
        same = strcmp(names.list[i], t->names.list[i]) == 0;
    return !same || t->why[0] != 0 || t->ca.until_ms - now_ms <= STORE_CA_RENEW ||
           t->ca.until_ms - now_ms > STORE_CA_SERVER;
}

bool lan_tls_on(const struct lan_tls *t)
{
    return t->broker->tls;
}

void lan_tls_tick(struct lan_tls *t, int64_t now_ms)
{
    int64_t boot_ms = clock_boot_ms();
    if (!lan_tls_on(t) || boot_ms < t->next_ms)
        return;
    t->next_ms = boot_ms + LOOK_MS;
    if (is_due(t, now_ms))
        look(t, now_ms);
}

/* A listener on all addresses is reached at the box's own. */
static void write_place(struct jw *w, const char *key, const struct listen_address *a)
{
    char own[BOX_NAME], text[CONFIG_TEXT + BOX_NAME];
    bool any = strcmp(a->host, "0.0.0.0") == 0 || strcmp(a->host, "::") == 0;
    box_address(own);
    bool six = !any && strchr(a->host, ':') != NULL;
    snprintf(text, sizeof(text), "%s%s%s:%u", six ? "[" : "", any ? own : a->host, six ? "]" : "",
             (unsigned)a->port);
    if (a->host[0] != 0)
        jw_kstring(w, key, str_of(text));
}

void lan_tls_status(const struct lan_tls *t, struct jw *w)
{
    char hex[SHA256_HEX];
    hex_encode(t->ca.fingerprint, SHA256_BYTES, hex);
    jw_kobject(w, "tls");
    write_place(w, "mqtt", &t->config->tls);
    write_place(w, "websocket", &t->config->tls_websocket);
    jw_kint(w, "until_at_ms", t->ca.until_ms);
    jw_kstring(w, "ca_sha256", (struct str){hex, sizeof(hex)});
    jw_close(w, '}');
}
