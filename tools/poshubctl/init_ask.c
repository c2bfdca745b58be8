#include "tools/poshubctl/init_ask.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edge/zone_name.h"

#define TLS_PORTS   "0.0.0.0:8883", "0.0.0.0:8884"
#define PLAIN_PORTS "0.0.0.0:1883", "0.0.0.0:1884"

struct question {
    const char *option;
    const char *what; /* one line: what it is for */
    char *answer;     /* INIT_TEXT bytes; holds the default */
    bool needed;
};

/* Without an answer the default stays. False: the input has ended. */
static bool read_answer(char *answer)
{
    char line[INIT_TEXT];
    if (!fgets(line, sizeof line, stdin))
        return false;
    line[strcspn(line, "\r\n")] = 0;
    if (line[0])
        snprintf(answer, INIT_TEXT, "%s", strcmp(line, "-") == 0 ? "" : line);
    return true;
}

static bool ask(const struct question *q)
{
    do {
        fprintf(stderr, "%s\n  %s [%s]: ", q->what, q->option, q->answer);
        if (!read_answer(q->answer)) {
            fprintf(stderr, "\nposhubctl: init: no answer. Nothing was done.\n");
            return false;
        }
    } while (q->needed && !q->answer[0]);
    return true;
}

static bool settle(const struct args *args, const struct question *q, bool terminal)
{
    const char *given = args_option(args, q->option);
    if (given && strlen(given) >= INIT_TEXT) {
        fprintf(stderr, "poshubctl: --%s is longer than %d bytes\n", q->option, INIT_TEXT - 1);
        return false;
    }
    if (given) {
        snprintf(q->answer, INIT_TEXT, "%s", strcmp(given, "-") == 0 ? "" : given);
        return true;
    }
    if (terminal)
        return ask(q);
    if (!q->needed || q->answer[0])
        return true;
    fprintf(stderr, "poshubctl: init needs --%s, and nobody can be asked here\n  %s\n", q->option,
            q->what);
    return false;
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
    if (given[0] == '/' && strlen(given) < CONFIG_PATH - 16) {
        snprintf(out, CONFIG_PATH, "%s", given);
        return true;
    }
    fprintf(stderr, "poshubctl: --%s: an absolute path of less than %d bytes\n", option,
            CONFIG_PATH - 16);
    return false;
}

static bool places(const struct args *args, struct init_answers *out)
{
    return place(args, "etc", INIT_ETC, out->etc) && place(args, "state", INIT_STATE, out->state) &&
           place(args, "run", INIT_RUN, out->run);
}

static bool the_store(const struct args *args, struct init_answers *out, bool terminal)
{
    const struct question all[] = {
        {"brand", "Whose store is it? The brand's id, as the center knows it (any, without one).",
         out->brand, true},
        {"poi", "Which store of the brand? Its id.", out->poi, true},
        {"name", "What people call it, for screens. \"-\" leaves it empty.", out->name, false},
        {"timezone", "Where are its clocks? An IANA name; the business day begins by it.",
         out->timezone, true},
        {"channels", "How does it sell? POS (tills), KIOSK, EMENU (guests' phones).", out->channels,
         true},
        {"listen", "Where do devices find the broker? ADDRESS:PORT; 0.0.0.0 is every address.",
         out->listen, false},
        {"websocket", "The same for devices with a browser (WebSocket). \"-\": none.",
         out->websocket, false},
        {"cloud-url", "The center, https://HOST:PORT. Empty: this store has none.", out->cloud_url,
         false},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!settle(args, &all[i], terminal))
            return false;
    }
    return true;
}

static bool the_center(const struct args *args, struct init_answers *out, bool terminal)
{
    const struct question all[] = {
        {"cloud-ca", "Who signs the center's certificate? A PEM file.", out->cloud_ca, true},
        {"box-id", "What the center calls this box.", out->box_id, true},
        {"cloud-mqtt", "Where the center pushes, mqtts://HOST:PORT. Empty: it is asked instead.",
         out->cloud_mqtt, false},
    };
    for (size_t i = 0; out->cloud_url[0] && i < sizeof all / sizeof all[0]; i++) {
        if (!settle(args, &all[i], terminal))
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
    return places(args, out) && the_store(args, out, terminal) && the_center(args, out, terminal);
}
