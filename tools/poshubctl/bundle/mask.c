#include "tools/poshubctl/bundle/mask.h"

#include <ctype.h>
#include <string.h>

#include "tools/poshubctl/bundle/scrub.h"

#define STEP        2
#define NUMBER_TEXT 64

/* ---- JSON ---- */

static bool is_one_of(struct str key, const char *const *list)
{
    for (; list && *list; list++) {
        if (str_eq(key, str_of(*list)))
            return true;
    }
    return false;
}

/* Escaped; cut where it is longer than any text of ours. */
static void write_text(struct str text, FILE *out)
{
    char buf[8192];
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    jw_string(&w, text);
    struct str done = jw_ok(&w) ? jw_text(&w) : STR("\"" SCRUB_GONE "\"");
    fwrite(done.p, 1, done.n, out);
}

static void write_scalar(const struct json *v, bool stays, FILE *out)
{
    char buf[NUMBER_TEXT];
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    switch (json_kind(v)) {
    case JSON_STRING:
        write_text(stays || json_string(v).n == 0 ? json_string(v) : STR(SCRUB_GONE), out);
        return;
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_NUMBER:
        jw_value(&w, v);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    fprintf(out, "%.*s", (int)w.n, buf);
}

struct masking {
    const char *const *texts, *const * not ;
    FILE *out;
};

/* As deep as JSON_IMPORT lets a document be. */
static void write_value(const struct masking *m, const struct json *v, bool stays, int depth)
{
    enum json_kind kind = json_kind(v);
    bool any = false;
    if (kind != JSON_ARRAY && kind != JSON_OBJECT) {
        write_scalar(v, stays, m->out);
        return;
    }
    putc(kind == JSON_OBJECT ? '{' : '[', m->out);
    for (const struct json *e = json_first(v); e; e = json_next(e)) {
        struct str key = kind == JSON_OBJECT ? json_key(e) : (struct str){0};
        if (kind == JSON_OBJECT && is_one_of(key, m->not ))
            continue;
        fprintf(m->out, "%s\n%*s", any ? "," : "", depth + STEP, "");
        any = true;
        if (kind == JSON_OBJECT) {
            write_text(key, m->out);
            fputs(": ", m->out);
        }
        write_value(m, e, kind == JSON_OBJECT ? is_one_of(key, m->texts) : stays, depth + STEP);
    }
    if (any)
        fprintf(m->out, "\n%*s", depth, "");
    putc(kind == JSON_OBJECT ? '}' : ']', m->out);
}

void mask_json(const struct json *v, const char *const *texts, const char *const * not, FILE *out)
{
    const struct masking m = {texts, not, out};
    write_value(&m, v, false, 0);
    putc('\n', out);
}

/* ---- configuration ---- */

static bool looks_plain(struct str v, const char *also)
{
    for (size_t i = 0; i < v.n; i++) {
        if (!isalnum((unsigned char)v.p[i]) && !strchr(also, v.p[i]))
            return false;
    }
    return true;
}

static bool is_number(struct str v)
{
    for (size_t i = 0; i < v.n; i++) {
        if (!isdigit((unsigned char)v.p[i]) && v.p[i] != '/' && v.p[i] != ':')
            return false;
    }
    return v.n <= 24;
}
static bool is_yes_no(struct str v)
{
    return str_eq(v, STR("yes")) || str_eq(v, STR("no"));
}
static bool is_name(struct str v)
{
    return v.n <= 64 && looks_plain(v, "-_./+");
}
static bool is_title(struct str v)
{
    return v.n <= 96;
}
static bool is_path(struct str v)
{
    return v.n > 0 && v.n < 128 && v.p[0] == '/';
}
static bool is_address(struct str v)
{
    return v.n < 128 && looks_plain(v, ".:[]-, ");
}
static bool is_url(struct str v)
{
    bool web = v.n > 8 && (memcmp(v.p, "https://", 8) == 0 || memcmp(v.p, "mqtts://", 8) == 0);
    return web && v.n < 128 && looks_plain((struct str){v.p + 8, v.n - 8}, ".:[]-");
}

/* A key that is not here is not shown, and neither is its value. `like` NULL: never its value. */
static const struct shown {
    const char *section, *key;
    bool (*like)(struct str v);
} SHOWN[] = {
    {"store", "brand_id", is_name},
    {"store", "poi_id", is_name},
    {"store", "name", is_title},
    {"store", "timezone", is_name},
    {"store", "day_start", is_number},
    {"store", "auto_day_close", is_yes_no},
    {"paths", "data_dir", is_path},
    {"paths", "run_dir", is_path},
    {"paths", "secret_dir", is_path},
    {"storage", "map_mib", is_number},
    {"storage", "alarm_percent", is_number},
    {"storage", "refuse_percent", is_number},
    {"storage", "check_every_s", is_number},
    {"backup", "dir", is_path},
    {"backup", "keep", is_number},
    {"control", "change_group", is_name},
    {"control", "read_group", is_name},
    {"broker", "user", is_name},
    {"broker", "plain_listen", is_address},
    {"broker", "plain_websocket_listen", is_address},
    {"broker", "max_queued", is_number},
    {"broker", "renew_mib", is_number},
    {"lan", "tls_listen", is_address},
    {"lan", "websocket_tls_listen", is_address},
    {"lan", "tls_names", is_address},
    {"lan", "pair_window_s", is_number},
    {"cloud", "enabled", is_yes_no},
    {"cloud", "url", is_url},
    {"cloud", "mqtt", is_url},
    {"cloud", "box_id", is_name},
    {"cloud", "ca", is_path},
    {"cloud", "cert", is_path},
    {"cloud", "key", is_path},
    {"stock", "return_at_close", is_yes_no},
    {"stock", "override_pin", NULL},
    {"channel.POS", "ticket_at", is_name},
    {"channel.POS", "expiry_s", is_number},
    {"channel.KIOSK", "ticket_at", is_name},
    {"channel.KIOSK", "expiry_s", is_number},
    {"channel.EMENU", "ticket_at", is_name},
    {"channel.EMENU", "expiry_s", is_number},
    {"limits", "global", is_number},
    {"limits", "account", is_number},
    {"limits", "device", is_number},
};
#define N_SHOWN (sizeof SHOWN / sizeof SHOWN[0])

static struct str trim(struct str v)
{
    while (v.n > 0 && isspace((unsigned char)v.p[0])) {
        v.p++;
        v.n--;
    }
    while (v.n > 0 && isspace((unsigned char)v.p[v.n - 1]))
        v.n--;
    return v;
}

/* Up to a comment: a semicolon at the begin, or behind a blank. */
static struct str without_comment(struct str v)
{
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] == ';' && (i == 0 || isspace((unsigned char)v.p[i - 1])))
            v.n = i;
    }
    return trim(v);
}

static const char *known_section(struct str name)
{
    for (size_t i = 0; i < N_SHOWN; i++) {
        if (str_eq(name, str_of(SHOWN[i].section)))
            return SHOWN[i].section;
    }
    return NULL;
}

static void write_setting(const char *section, struct str key, struct str value, FILE *out)
{
    for (size_t i = 0; section && i < N_SHOWN; i++) {
        const struct shown *s = &SHOWN[i];
        if (strcmp(s->section, section) != 0 || !str_eq(key, str_of(s->key)))
            continue;
        bool stays = value.n == 0 || (s->like && s->like(value));
        fprintf(out, "%s = %.*s\n", s->key, stays ? (int)value.n : 3, stays ? value.p : SCRUB_GONE);
        return;
    }
    fputs("(a key that is not known here)\n", out);
}

void mask_config(struct str text, FILE *out)
{
    const char *section = NULL;
    const char *p = text.p, *end = text.p + text.n;
    for (int number = 1; p < end; number++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        struct str line = trim((struct str){p, (size_t)(stop - p)});
        p = stop + 1;
        if (line.n == 0 || line.p[0] == ';' || line.p[0] == '#')
            continue;
        const char *equals = memchr(line.p, '=', line.n);
        const char *close = line.p[0] == '[' ? memchr(line.p, ']', line.n) : NULL;
        fprintf(out, "%4d  ", number);
        if (close) {
            section = known_section((struct str){line.p + 1, (size_t)(close - line.p - 1)});
            fprintf(out, "[%s]\n", section ? section : SCRUB_GONE);
        } else if (equals) {
            size_t at = (size_t)(equals - line.p);
            write_setting(section, trim((struct str){line.p, at}),
                          without_comment((struct str){equals + 1, line.n - at - 1}), out);
        } else
            fputs("(no setting)\n", out);
    }
}
