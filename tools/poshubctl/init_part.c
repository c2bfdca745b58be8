/* init: its part of the configuration. */
#include <stdio.h>
#include <string.h>

#include "tools/poshubctl/init.h"

static bool own_state(const struct init_answers *a)
{
    return strcmp(a->state, INIT_STATE) != 0;
}

static bool own_run(const struct init_answers *a)
{
    return strcmp(a->run, INIT_RUN) != 0;
}

static void key(FILE *out, const char *name, const char *value)
{
    if (value[0])
        fprintf(out, "%s = %s\n", name, value);
}

static void write_paths(const struct init_answers *a, FILE *out)
{
    if (own_state(a) || own_run(a))
        fputs("\n[paths]\n", out);
    if (own_state(a))
        fprintf(out, "data_dir = %s/db\n", a->state);
    if (own_run(a))
        fprintf(out, "run_dir = %s\n", a->run);
}

/* What holds anyway, written out to be edited. The list is good. */
static void write_channels(const char *list, FILE *out)
{
    while (*list) {
        enum channel channel = CHANNEL_POS;
        size_t n = strcspn(list, ",");
        channel_parse((struct str){list, n}, &channel);
        const struct channel_setting *c = &BOOKS_DEFAULTS.channels[channel];
        fprintf(out, "\n[channel.%.*s]\nticket_at = %s\nexpiry_s = %lld\n", (int)n, list,
                c->ticket_at_place ? "place" : "pay", (long long)c->expiry_ms / 1000);
        list += n + (list[n] == ',');
    }
}

static void write_cloud(const struct init_answers *a, FILE *out)
{
    if (!a->cloud_url[0])
        return;
    fputs("\n[cloud]\n", out);
    key(out, "url", a->cloud_url);
    key(out, "mqtt", a->cloud_mqtt);
    key(out, "box_id", a->box_id);
    key(out, "ca", a->cloud_ca);
}

bool init_part_write(struct init *p)
{
    const struct init_answers *a = &p->a;
    FILE *out = fmemopen(p->text, sizeof p->text, "w");
    if (!out) {
        fprintf(stderr, "poshubctl: init: out of memory. Nothing was done.\n");
        return false;
    }
    fputs("; Written by poshubctl init. Which store this box is; every key: poshub.conf(5).\n"
          "[store]\n",
          out);
    key(out, "brand_id", a->brand);
    key(out, "poi_id", a->poi);
    key(out, "name", a->name);
    key(out, "timezone", a->timezone);
    write_paths(a, out);
    write_channels(a->channels, out);
    fputs(a->tls ? "\n[lan]\n" : "\n[broker]\n", out);
    key(out, a->tls ? "tls_listen" : "plain_listen", a->listen);
    key(out, a->tls ? "websocket_tls_listen" : "plain_websocket_listen", a->websocket);
    write_cloud(a, out);
    return fclose(out) == 0;
}

/* ---- with all that is there ---- */

/* "" or ADDRESS:PORT, as it is written. */
static const char *listen_text(const struct listen_address *at, char out[INIT_TEXT])
{
    out[0] = 0;
    if (at->host[0])
        snprintf(out, INIT_TEXT, "%s:%u", at->host, (unsigned)at->port);
    return out;
}

/* Something that is read after the part goes over it: the hub would be another one than was told
 * here. What was answered with nothing, others may set. */
static bool overruled(const struct init *p)
{
    char data_dir[INIT_PATH] = "", listen[INIT_TEXT], websocket[INIT_TEXT];
    const struct init_answers *a = &p->a;
    const struct config *c = &p->config;
    if (own_state(a))
        snprintf(data_dir, sizeof data_dir, "%s/db", a->state);
    const struct {
        const char *key, *said, *is;
    } all[] = {
        {"brand_id", a->brand, c->brand_id},
        {"poi_id", a->poi, c->poi_id},
        {"name", a->name, c->name},
        {"timezone", a->timezone, c->timezone},
        {"data_dir", data_dir, c->data_dir},
        {"run_dir", own_run(a) ? a->run : "", c->run_dir},
        {a->tls ? "tls_listen" : "plain_listen", a->listen,
         listen_text(a->tls ? &c->tls : &c->plain, listen)},
        {a->tls ? "websocket_tls_listen" : "plain_websocket_listen", a->websocket,
         listen_text(a->tls ? &c->tls_websocket : &c->plain_websocket, websocket)},
        {"url", a->cloud_url, c->cloud_url},
        {"mqtt", a->cloud_mqtt, c->cloud_mqtt},
        {"box_id", a->box_id, c->cloud_box_id},
        {"ca", a->cloud_ca, c->cloud_ca},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!all[i].said[0] || strcmp(all[i].said, all[i].is) == 0)
            continue;
        fprintf(stderr,
                "poshubctl: init: a file in %s that is read after " INIT_PART
                " says %s = %s, and not %s. Nothing was done.\n"
                "next: say the same here, or take it out of there\n",
                p->parts, all[i].key, all[i].is, all[i].said);
        return true;
    }
    return false;
}

enum ctl_exit init_part_read(struct init *p)
{
    char why[CONFIG_WHY];
    if (config_read_with(p->conf, INIT_PART, p->text, &p->config, why) != PH_OK) {
        fprintf(stderr, "poshubctl: init: %s. Nothing was done.\n", why);
        return CTL_USAGE;
    }
    return overruled(p) ? CTL_REFUSED : CTL_OK;
}
