#include "tools/storesim/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char HELP[] =
    "storesim --broker HOST:PORT --devices FILE [--random | --orders CSV | --expect FILE]\n"
    "\n"
    "Plays a store's kiosks, tables, tills and kitchen screens against a running hub, and checks\n"
    "every reply and every ticket. Exit status: 0 all as it should be, 1 not, 2 usage.\n"
    "\n"
    "  --broker HOST:PORT   the hub's broker, plain listener\n"
    "  --devices FILE       a JSON object per line: device, role, password, stations\n"
    "what happens\n"
    "  --random             guests by chance (the default)\n"
    "  --rate R             mean guests a second (5)\n"
    "  --seconds N          how long (10)\n"
    "  --orders CSV         guests of a file: order_id,date,time,object_id,qty,channel\n"
    "  --day YYYY-MM-DD     only that day of it\n"
    "  --speed N            store time runs N times as fast (1)\n"
    "  --expect FILE        no guests: compares the hub with an earlier run's --acked FILE\n"
    "  --menu FILE          the menu document; default: asked from the hub\n"
    "  --seed N             another chance\n"
    "  --settle N           seconds for everything to end after the last guest (60)\n"
    "  --connect N          seconds for all devices to be connected (20)\n"
    "mean times in ms\n"
    "  --think N (300)  --start N (50)  --cook N (200)  --bump N (50)  --serve N (50)\n"
    "chances, 0..1\n"
    "  --cancel P (0.04)    a guest cancels      --abandon P (0.03)  leaves without paying\n"
    "  --refund P (0.02)    wants the money back\n"
    "  --double-click P     orders twice         --duplicate P       each message twice\n"
    "  --vanish P           the connection drops right after sending\n"
    "what is told\n"
    "  --acked FILE         appends a line per final positive reply: verb req_id order_id code\n"
    "  --show               a line for everything that happens\n"
    "  --json               the result as one JSON object\n";

/* Where an option's value goes. */
enum kind { FLAG, TEXT, NUMBER, COUNT, CHANCE, NOTHING };
struct spec {
    const char *name;
    enum kind kind;
    void *to;
};

static bool number_read(const char *text, double max, double *out)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end || !(v >= 0 && v <= max))
        return false;
    *out = v;
    return true;
}

static bool value_read(const struct spec *s, const char *text)
{
    double v = 0;
    switch (s->kind) {
    case FLAG:
        *(bool *)s->to = true;
        return true;
    case TEXT:
        *(const char **)s->to = text;
        return true;
    case NUMBER:
        return number_read(text, 1e9, s->to);
    case CHANCE:
        return number_read(text, 1, s->to);
    case COUNT:
        if (!number_read(text, 1e12, &v))
            return false;
        *(int64_t *)s->to = (int64_t)v;
        return true;
    case NOTHING:
        return true;
    }
    return false;
}

static bool broker_read(char *text, struct sim *sim)
{
    char *colon = text ? strrchr(text, ':') : NULL;
    double port;
    if (!colon || !number_read(colon + 1, 65535, &port) || port < 1)
        return false;
    *colon = '\0';
    sim->host = text;
    sim->port = (int)port;
    return true;
}

static void defaults(struct options *o, struct sim *sim)
{
    *o = (struct options){.day = "", .rate = 5, .seconds = 10, .settle_s = 60, .connect_s = 20};
    o->seed = (uint64_t)getpid();
    sim->speed = 1;
    sim->manners = (struct manners){.cancel = 0.04, .abandon = 0.03, .refund = 0.02};
    sim->pace = (struct pace){300, 50, 200, 50, 50};
}

#define SPECS 27

static void specs_make(struct options *o, struct sim *s, char **broker, struct spec out[SPECS])
{
    const struct spec all[SPECS] = {
        {"broker", TEXT, broker},
        {"devices", TEXT, &o->devices},
        {"random", NOTHING, NULL},
        {"rate", NUMBER, &o->rate},
        {"seconds", COUNT, &o->seconds},
        {"orders", TEXT, &o->orders},
        {"day", TEXT, &o->day},
        {"speed", NUMBER, &s->speed},
        {"expect", TEXT, &o->expect},
        {"menu", TEXT, &o->menu},
        {"seed", COUNT, &o->seed},
        {"settle", COUNT, &o->settle_s},
        {"connect", COUNT, &o->connect_s},
        {"think", COUNT, &s->pace.think_ms},
        {"start", COUNT, &s->pace.start_ms},
        {"cook", COUNT, &s->pace.cook_ms},
        {"bump", COUNT, &s->pace.bump_ms},
        {"serve", COUNT, &s->pace.serve_ms},
        {"cancel", CHANCE, &s->manners.cancel},
        {"abandon", CHANCE, &s->manners.abandon},
        {"refund", CHANCE, &s->manners.refund},
        {"double-click", CHANCE, &s->manners.double_click},
        {"duplicate", CHANCE, &s->manners.duplicate},
        {"vanish", CHANCE, &s->manners.vanish},
        {"acked", TEXT, &o->acked},
        {"show", FLAG, &s->show},
        {"json", FLAG, &o->json},
    };
    memcpy(out, all, sizeof all);
}

static enum options_verdict wrong(const char *what, const char *value)
{
    fprintf(stderr, "storesim: %s%s%s; see storesim --help\n", what, *value ? " " : "", value);
    return OPTIONS_WRONG;
}

static bool has_value(const struct spec *s)
{
    return s->kind != FLAG && s->kind != NOTHING;
}

static enum options_verdict complete(struct options *o, struct sim *sim, char *broker)
{
    if (!broker_read(broker, sim))
        return wrong("needs --broker HOST:PORT", "");
    if (!o->devices)
        return wrong("needs --devices FILE", "");
    if (sim->speed <= 0 || (!o->orders && o->rate <= 0))
        return wrong("--speed and --rate must be above 0", "");
    sim->settle_us = o->settle_s * 1000000;
    return OPTIONS_GO;
}

enum options_verdict options_read(struct options *o, struct sim *sim, int argc, char **argv)
{
    struct spec specs[SPECS];
    struct option long_options[SPECS + 2] = {{0}};
    char *broker = NULL;
    int found, which;
    defaults(o, sim);
    specs_make(o, sim, &broker, specs);
    for (int i = 0; i < SPECS; i++)
        long_options[i] = (struct option){specs[i].name, has_value(&specs[i]), NULL, 'v'};
    long_options[SPECS] = (struct option){"help", no_argument, NULL, 'h'};
    while ((found = getopt_long(argc, argv, "h", long_options, &which)) != -1) {
        if (found == 'h') {
            fputs(HELP, stdout);
            return OPTIONS_DONE;
        }
        if (found != 'v')
            return OPTIONS_WRONG;
        if (!value_read(&specs[which], optarg))
            return wrong("bad value for", specs[which].name);
    }
    if (optind < argc)
        return wrong("what is", argv[optind]);
    return complete(o, sim, broker);
}
