/* product-center: options, schema, one HTTP server over one database, until SIGTERM or SIGINT. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/product-center/faults.h"
#include "tools/product-center/relay.h"
#include "tools/product-center/route.h"
#include "tools/product-center/schema.h"

#define EXIT_USAGE 2

struct options {
    const char *db, *listen, *port_file;
    unsigned threads;
    struct settings settings;
    struct relay_options relay;
    struct faults faults;
};

static int usage(FILE *out)
{
    fputs(
        "usage: product-center --db CONNINFO [--listen 127.0.0.1:PORT] [--threads N]\n"
        "                      [--port-file FILE] [--need-token]\n"
        "                      [--mqtt 127.0.0.1:PORT] [--head-every S] [--test-faults]\n"
        "  --db         the PostgreSQL database, as libpq names it\n"
        "  --listen     default 127.0.0.1:8480; port 0 takes a free one\n"
        "  --threads    requests served at once, each on its own connection; default 8\n"
        "  --port-file  receives the port once requests are served\n"
        "  --need-token a hub claims a store only with a token from /api/v1/poi/hub/token\n"
        "  --mqtt       the broker through which hubs hear of changes; also the path of a socket\n"
        "  --head-every seconds after which it repeats each store's version; default 60\n"
        "  --test-faults lets POST /test/faults plant faults\n"
        "tools/product-center/run starts it on a scratch database.\n",
        out);
    return out == stdout ? 0 : EXIT_USAGE;
}

/* -1: go on; else the exit code. */
static int options_read(int argc, char **argv, struct options *o)
{
    static const struct option LONG[] = {
        {"db", required_argument, NULL, 'd'},      {"listen", required_argument, NULL, 'l'},
        {"threads", required_argument, NULL, 't'}, {"port-file", required_argument, NULL, 'p'},
        {"mqtt", required_argument, NULL, 'm'},    {"head-every", required_argument, NULL, 'e'},
        {"test-faults", no_argument, NULL, 'f'},   {"need-token", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},          {0}};
    *o = (struct options){.listen = "127.0.0.1:8480", .threads = 8, .relay.head_every_ms = 60000};
    for (int c; (c = getopt_long(argc, argv, "", LONG, NULL)) != -1;) {
        if (c == 'd')
            o->db = optarg;
        else if (c == 'l')
            o->listen = optarg;
        else if (c == 'p')
            o->port_file = optarg;
        else if (c == 't')
            o->threads = (unsigned)strtoul(optarg, NULL, 10);
        else if (c == 'm')
            o->relay.mqtt = optarg;
        else if (c == 'e')
            o->relay.head_every_ms = (int64_t)strtoul(optarg, NULL, 10) * 1000;
        else if (c == 'f')
            o->settings.faults = &o->faults;
        else if (c == 'n')
            o->settings.need_token = true;
        else
            return usage(c == 'h' ? stdout : stderr);
    }
    o->relay.db = o->db;
    faults_init(&o->faults);
    bool good = optind == argc && o->db != NULL && o->threads >= 1 && o->threads <= 64 &&
                o->relay.head_every_ms > 0;
    return good ? -1 : usage(stderr);
}

static bool schema_ready(struct db *db)
{
    const char *step;
    struct db_conn *c = db_take(db);
    bool ok = schema_apply(c, &step);
    if (!ok)
        fprintf(stderr, "<3>schema failed step=%s why=%s\n", step != NULL ? step : "-", db_why(c));
    db_give(db, c);
    return ok;
}

/* Whole or not there: it appears under its name when it is written. */
static bool port_write(const char *path, unsigned port)
{
    char beside[512];
    snprintf(beside, sizeof(beside), "%s.new", path);
    FILE *f = fopen(beside, "w");
    if (f == NULL)
        return false;
    bool ok = fprintf(f, "%u\n", port) > 0;
    ok = fclose(f) == 0 && ok;
    return ok && rename(beside, path) == 0;
}

static int serve(const struct options *o, struct db *db, const sigset_t *stop)
{
    char why[160] = "";
    int got;
    struct route route = {.db = db, .settings = &o->settings};
    struct http_hooks hooks = {.ctx = &route, .request = route_request};
    struct http *http = http_open(o->listen, o->threads, &hooks, why);
    if (http == NULL) {
        fprintf(stderr, "<3>no listener why=%s\n", why);
        return 1;
    }
    fprintf(stderr, "<5>listening port=%u\n", http_port(http));
    int rc = o->port_file == NULL || port_write(o->port_file, http_port(http)) ? 0 : 1;
    if (rc == 0)
        sigwait(stop, &got);
    else
        fprintf(stderr, "<3>port file failed path=%s\n", o->port_file);
    http_close(http);
    return rc;
}

static int serve_and_relay(const struct options *o, struct db *db, const sigset_t *stop)
{
    char why[DB_WHY] = "";
    if (o->relay.mqtt == NULL)
        return serve(o, db, stop);
    struct relay *relay = relay_start(&o->relay, why);
    if (relay == NULL) {
        fprintf(stderr, "<3>no relay why=%s\n", why);
        return 1;
    }
    int rc = serve(o, db, stop);
    relay_stop(relay);
    return rc;
}

int main(int argc, char **argv)
{
    struct options o;
    char why[DB_WHY] = "";
    sigset_t stop;
    int rc = options_read(argc, argv, &o);
    if (rc >= 0)
        return rc;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    struct db *db = db_open(o.db, o.threads, why);
    if (db == NULL) {
        fprintf(stderr, "<3>no database why=%s\n", why);
        return 1;
    }
    rc = schema_ready(db) ? serve_and_relay(&o, db, &stop) : 1;
    db_close(db);
    return rc;
}
