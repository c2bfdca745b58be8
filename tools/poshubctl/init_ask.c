#include "tools/poshubctl/init_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/zone_name.h"
#include "sync/identity.h"

#define WHY         200
#define TLS_PORTS   "0.0.0.0:8883", "0.0.0.0:8884"
#define PLAIN_PORTS "0.0.0.0:1883", "0.0.0.0:1884"

struct question {
    const char *option;
    const char *what; /* one line: what it is for */
    char *answer;     /* INIT_TEXT bytes; holds the default */
    bool needed;
    const char *section, *key; /* that will hold it; NULL: none, `wrong` says what is good */
    bool (*wrong)(const char *text, char why[WHY]);
};

/* ---- what is no answer ---- */

static bool is_no_list(const char *text, char why[WHY])
{
    unsigned named = 0;
    for (const char *p = text; *p; p++) {
        enum channel channel;
        size_t n = strcspn(p, ",");
        bool known = channel_parse((struct str){p, n}, &channel) && channel_is_hub(channel);
        if (!known || named & 1u << channel) {
            snprintf(why, WHY, "%.*s: %s", (int)n, p,
                     known ? "named twice" : "expected POS, KIOSK or EMENU");
            return true;
        }
        named |= 1u << channel;
        p += n;
        if (!*p)
            return false;
    }
    snprintf(why, WHY, "expected POS, KIOSK or EMENU behind the last comma");
    return true;
}

static bool is_no_certificate(const char *text, char why[WHY])
{
    char said[IDENTITY_WHY];
    struct identity whose;
    const char *problem = "expected an absolute path";
    if (text[0] == '/') {
        if (identity_read(text, &whose, said) == PH_OK)
            return false;
        const char *behind = strstr(said, ": "); /* its name is told already */
        problem = behind ? behind + 2 : said;
    }
    snprintf(why, WHY, "%s", problem);
    return true;
}

/* A line of its own in the configuration, and nothing else. */
static bool is_no_line(const char *text)
{
    size_t n = strlen(text);
    bool bad = strchr(text, ';') || (n && (text[0] == ' ' || text[n - 1] == ' '));
    for (const char *p = text; *p && !bad; p++)
        bad = (unsigned char)*p < ' ' || *p == 127;
    return bad;
}

static bool is_wrong(const struct question *q, const char *text, char why[WHY])
{
    const char *want = NULL;
    if (strlen(text) >= INIT_TEXT)
        snprintf(why, WHY, "longer than %d bytes", INIT_TEXT - 1);
    else if (!text[0] && q->needed)
        snprintf(why, WHY, "needed");
    else if (is_no_line(text))
        snprintf(why, WHY, "it cannot hold a semicolon, a line feed or the like, or outer spaces");
    else if (!text[0])
        return false;
    else if (q->wrong)
        return q->wrong(text, why);
    else if ((want = config_expects(q->section, q->key, text)) != NULL)
        snprintf(why, WHY, "expected %s", want);
    else
        return false;
    return true;
}

/* What is no text for a terminal is not shown on one. */
static const char *shown(const char *text)
{
    return is_no_line(text) || strlen(text) >= INIT_TEXT ? "" : text;
}

/* ---- answers ---- */

/* "-": nothing. */
static const char *meant(const char *text)
{
    return strcmp(text, "-") == 0 ? "" : text;
}

/* Without an answer the default stays. False: the input has ended. */
static bool read_answer(const struct question *q, char why[WHY], bool *good)
{
    char *line = NULL;
    size_t room = 0;
    if (getline(&line, &room, stdin) < 0) {
        free(line);
        return false;
    }
    line[strcspn(line, "\r\n")] = 0;
    const char *text = line[0] ? meant(line) : q->answer;
    *good = !is_wrong(q, text, why);
    if (*good && text != q->answer)
        snprintf(q->answer, INIT_TEXT, "%s", text);
    else if (!*good)
        fprintf(stderr, "  %s%s%s\n", shown(text), shown(text)[0] ? ": " : "", why);
    free(line);
    return true;
}

static bool ask(const struct question *q)
{
    char why[WHY];
    bool good = false;
    while (!good) {
        fprintf(stderr, "%s\n  %s [%s]: ", q->what, q->option, q->answer);
        if (!read_answer(q, why, &good)) {
            fprintf(stderr, "\nposhubctl: init: no answer. Nothing was done.\n");
            return false;
        }
    }
    return true;
}

static bool settle(const struct args *args, const struct question *q, bool terminal)
{
    char why[WHY];
    const char *given = args_option(args, q->option);
    const char *text = given ? meant(given) : q->answer;
    if (!given && terminal)
        return ask(q);
    if (!given && !text[0] && q->needed) {
        fprintf(stderr, "poshubctl: init needs --%s, and nobody can be asked here\n  %s\n",
                q->option, q->what);
        return false;
    }
    if (is_wrong(q, text, why)) {
        fprintf(stderr, "poshubctl: init: --%s%s%s: %s. Nothing was done.\n", q->option,
                shown(text)[0] ? " " : "", shown(text), why);
        return false;
    }
    if (given)
        snprintf(q->answer, INIT_TEXT, "%s", text);
    return true;
}

static void listeners(struct init_answers *out)
{
    static const char *const TLS[] = {TLS_PORTS}, *const PLAIN[] = {PLAIN_PORTS};
    const char *const *ports = out->tls ? TLS : PLAIN;
    snprintf(out->listen, INIT_TEXT, "%s", ports[0]);
    snprintf(out->websocket, INIT_TEXT, "%s", ports[1]);
}

static bool place(const struct args *args, const char *option, const char *otherwise, char *out)
{
    const char *given = args_option(args, option);
    if (!given)
        given = otherwise;
    size_t n = strlen(given);
    while (n > 1 && given[n - 1] == '/')
        n--;
    if (given[0] == '/' && n < CONFIG_PATH - 16 && !is_no_line(given)) {
        snprintf(out, CONFIG_PATH, "%.*s", (int)n, given);
        return true;
    }
    fprintf(stderr,
            "poshubctl: init: --%s: expected an absolute path of less than %d bytes without a "
            "semicolon. Nothing was done.\n",
            option, CONFIG_PATH - 16);
    return false;
}

static bool places(const struct args *args, struct init_answers *out)
{
    if (!place(args, "etc", INIT_ETC, out->etc) || !place(args, "state", INIT_STATE, out->state) ||
        !place(args, "run", INIT_RUN, out->run))
        return false;
    if (strcmp(out->etc, INIT_ETC) == 0 || args_option(args, "state"))
        return true;
    fprintf(stderr,
            "poshubctl: init: --etc %s without --state: its books would be this box's own, "
            "in " INIT_STATE ". Nothing was done.\nnext: say --state DIR and --run DIR, too\n",
            out->etc);
    return false;
}

static bool settle_all(const struct args *args, const struct question *all, size_t n, bool terminal)
{
    for (size_t i = 0; i < n; i++) {
        if (!settle(args, &all[i], terminal))
            return false;
    }
    return true;
}

static bool the_store(const struct args *args, struct init_answers *out, bool terminal)
{
    const struct question all[] = {
        {"brand", "Whose store is it? The brand's id, as the center knows it (any, without one).",
         out->brand, true, "store", "brand_id", NULL},
        {"poi", "Which store of the brand? Its id.", out->poi, true, "store", "poi_id", NULL},
        {"name", "What people call it, for screens. \"-\" leaves it empty.", out->name, false,
         "store", "name", NULL},
        {"timezone", "Where are its clocks? An IANA name; the business day begins by it.",
         out->timezone, true, "store", "timezone", NULL},
        {"listen",
         "Where do devices find the broker? ADDRESS:PORT; 0.0.0.0 is every address. \"-\": "
         "nowhere.",
         out->listen, false, "lan", "tls_listen", NULL},
        {"websocket", "The same for devices with a browser (WebSocket). \"-\": none.",
         out->websocket, false, "lan", "websocket_tls_listen", NULL},
        {"cloud-url", "The center, https://HOST:PORT. Empty: this store has none.", out->cloud_url,
         false, "cloud", "url", NULL},
    };
    return settle_all(args, all, sizeof all / sizeof all[0], terminal);
}

/* Nobody is asked for it: it decides nothing about the store. */
static bool the_channels(const struct args *args, struct init_answers *out)
{
    const struct question q = {
        "channels", "Which channels' settings are written out?", out->channels, true, NULL, NULL,
        is_no_list};
    return settle(args, &q, false);
}

static bool the_center(const struct args *args, struct init_answers *out, bool terminal)
{
    const struct question all[] = {
        {"cloud-ca", "Who signs the center's certificate? A PEM file.", out->cloud_ca, true, NULL,
         NULL, is_no_certificate},
        {"box-id", "What the center calls this box.", out->box_id, true, "cloud", "box_id", NULL},
        {"cloud-mqtt", "Where the center pushes, mqtts://HOST:PORT. Empty: it is asked instead.",
         out->cloud_mqtt, false, "cloud", "mqtt", NULL},
    };
    const size_t n = sizeof all / sizeof all[0];
    if (out->cloud_url[0])
        return settle_all(args, all, n, terminal);
    for (size_t i = 0; i < n; i++) {
        if (!args_option(args, all[i].option))
            continue;
        fprintf(stderr,
                "poshubctl: init: --%s without --cloud-url: of which center? Nothing was "
                "done.\n",
                all[i].option);
        return false;
    }
    return true;
}

bool init_ask(const struct ctl *ctl, const struct args *args, struct init_answers *out)
{
    bool terminal = isatty(STDIN_FILENO) && !ctl->yes;
    char zone[ZONE_NAME];
    memset(out, 0, sizeof *out);
    out->tls = !args_option(args, "no-tls");
    zone_name("", "/etc/timezone", "/etc/localtime", zone);
    snprintf(out->timezone, INIT_TEXT, "%s", zone[0] ? zone : "UTC");
    snprintf(out->channels, INIT_TEXT, "POS,KIOSK,EMENU");
    listeners(out);
    return places(args, out) && the_channels(args, out) && the_store(args, out, terminal) &&
           the_center(args, out, terminal);
}
