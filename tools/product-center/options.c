#include "tools/product-center/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define EXIT_USAGE         2
#define THREADS_MAX        64
#define OFFLINE_BUFFER_PCT 30  /* sync-protocol 6.1 */
#define AUTO_REFUND_S      600 /* sync-protocol 5.4 */
#define AUTO_REFUND_S_MAX  86400

static int usage(FILE *out)
{
    fputs(
        "usage: product-center --db CONNINFO [--listen 127.0.0.1:PORT] [--threads N]\n"
        "                      [--port-file FILE] [--need-token] [--offline-buffer PCT]\n"
        "                      [--auto-refund-s S]\n"
        "                      [--mqtt 127.0.0.1:PORT] [--head-every S] [--test-faults]\n"
        "                      [--admit N]\n"
        "                      [--tls-cert FILE --tls-key FILE --client-ca FILE]\n"
        "                      [--ca-cert FILE --ca-key FILE] [--merchant-token FILE]\n"
        "  --db         the PostgreSQL database, as libpq names it\n"
        "  --listen     default 127.0.0.1:8480; port 0 takes a free one\n"
        "  --threads    requests served at once, each on its own connection; default 8\n"
        "  --port-file  receives the port once requests are served\n"
        "  --need-token a hub claims a store only with a token from /api/v1/poi/hub/token\n"
        "  --offline-buffer what of a total is not sold online while the store is offline;\n"
        "               default 30\n"
        "  --auto-refund-s after which an online order that is short of goods is refunded, where\n"
        "               staff did nothing; default 600, 0 never\n"
        "  --admit      hubs that may begin a session each second, the others are told when to\n"
        "               come back; default 0, as many as come\n"
        "  --mqtt       the broker through which hubs hear of changes; also the path of a socket\n"
        "  --head-every seconds after which it repeats each store's version; default 60\n"
        "  --tls-cert, --tls-key, --client-ca: PEM. Serves HTTPS, and a hub has to show a\n"
        "               certificate of its own from that authority\n"
        "  --ca-cert, --ca-key: PEM. Signs the certificates of hubs that enrol\n"
        "  --merchant-token: merchants show what is in the file as Authorization: Bearer\n"
        "  --test-faults lets POST /test/faults plant faults\n"
        "tools/product-center/run starts it on a scratch database.\n",
        out);
    return out == stdout ? 0 : EXIT_USAGE;
}

static bool number(const char *text, long most, long *out)
{
    char *end;
    *out = strtol(text, &end, 10);
    return *text != 0 && *end == 0 && *out >= 0 && *out <= most;
}

static bool take_path(struct paper_paths *p, int c, const char *value)
{
    if (c == '1')
        p->tls_cert = value;
    else if (c == '2')
        p->tls_key = value;
    else if (c == '3')
        p->client_ca = value;
    else if (c == '4')
        p->ca_cert = value;
    else if (c == '5')
        p->ca_key = value;
    else if (c == '6')
        p->merchant_token = value;
    else
        return false;
    return true;
}

/* False: the value is none. */
static bool take(struct options *o, int c, const char *value)
{
    long n = 0;
    bool good = true;
    if (c == 'd')
        o->db = value;
    else if (c == 'l')
        o->listen = value;
    else if (c == 'p')
        o->port_file = value;
    else if (c == 't') {
        good = number(value, THREADS_MAX, &n) && n >= 1;
        o->threads = (unsigned)n;
    } else if (c == 'm')
        o->relay.mqtt = value;
    else if (c == 'e') {
        good = number(value, 86400, &n) && n >= 1;
        o->relay.head_every_ms = n * 1000;
    } else if (c == 'f')
        o->settings.faults = &o->faults;
    else if (c == 'n')
        o->settings.need_token = true;
    else if (c == 'b') {
        good = number(value, 100, &n);
        o->settings.offline_buffer_pct = (int)n;
    } else if (c == 'a') {
        good = number(value, AUTO_REFUND_S_MAX, &n);
        o->settings.auto_refund_ms = n * 1000;
    } else if (c == 'r') {
        good = number(value, ADMISSION_RATE_MAX, &n);
        admission_init(&o->admission, n);
    } else
        good = take_path(&o->paths, c, value);
    return good;
}

int options_read(int argc, char **argv, struct options *o)
{
    static const struct option LONG[] = {{"db", required_argument, NULL, 'd'},
                                         {"listen", required_argument, NULL, 'l'},
                                         {"threads", required_argument, NULL, 't'},
                                         {"port-file", required_argument, NULL, 'p'},
                                         {"mqtt", required_argument, NULL, 'm'},
                                         {"head-every", required_argument, NULL, 'e'},
                                         {"test-faults", no_argument, NULL, 'f'},
                                         {"need-token", no_argument, NULL, 'n'},
                                         {"offline-buffer", required_argument, NULL, 'b'},
                                         {"admit", required_argument, NULL, 'r'},
                                         {"tls-cert", required_argument, NULL, '1'},
                                         {"tls-key", required_argument, NULL, '2'},
                                         {"client-ca", required_argument, NULL, '3'},
                                         {"ca-cert", required_argument, NULL, '4'},
                                         {"ca-key", required_argument, NULL, '5'},
                                         {"merchant-token", required_argument, NULL, '6'},
                                         {"auto-refund-s", required_argument, NULL, 'a'},
                                         {"help", no_argument, NULL, 'h'},
                                         {0}};
    *o = (struct options){.listen = "127.0.0.1:8480",
                          .threads = 8,
                          .relay.head_every_ms = 60000,
                          .settings = {.offline_buffer_pct = OFFLINE_BUFFER_PCT,
                                       .auto_refund_ms = AUTO_REFUND_S * 1000}};
    faults_init(&o->faults);
    admission_init(&o->admission, 0);
    o->settings.admission = &o->admission;
    for (int c; (c = getopt_long(argc, argv, "", LONG, NULL)) != -1;) {
        if (c == 'h')
            return usage(stdout);
        if (!take(o, c, optarg))
            return usage(stderr);
    }
    o->relay.db = o->db;
    o->relay.settings = &o->settings;
    return optind == argc && o->db != NULL ? -1 : usage(stderr);
}
