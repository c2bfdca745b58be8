/* product-center: options, schema, one HTTP server over one database, until SIGTERM or SIGINT. */
#include <signal.h>
#include <stdio.h>

#include "tools/product-center/chores.h"
#include "tools/product-center/options.h"
#include "tools/product-center/route.h"
#include "tools/product-center/schema.h"

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
    struct http *http = http_open(o->listen, o->threads, &o->settings.papers.tls, &hooks, why);
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

static int serve_with_chores(const struct options *o, struct db *db, const sigset_t *stop)
{
    char why[DB_WHY] = "";
    struct chores *chores = chores_start(o->db, &o->settings, why);
    if (chores == NULL) {
        fprintf(stderr, "<3>no chores why=%s\n", why);
        return 1;
    }
    int rc = serve(o, db, stop);
    chores_stop(chores);
    return rc;
}

static int serve_and_relay(const struct options *o, struct db *db, const sigset_t *stop)
{
    char why[DB_WHY] = "";
    if (o->relay.mqtt == NULL)
        return serve_with_chores(o, db, stop);
    struct relay *relay = relay_start(&o->relay, why);
    if (relay == NULL) {
        fprintf(stderr, "<3>no relay why=%s\n", why);
        return 1;
    }
    int rc = serve_with_chores(o, db, stop);
    relay_stop(relay);
    return rc;
}

static int run(const struct options *o, const sigset_t *stop)
{
    char why[DB_WHY] = "";
    struct db *db = db_open(o->db, o->threads, why);
    if (db == NULL) {
        fprintf(stderr, "<3>no database why=%s\n", why);
        return 1;
    }
    int rc = schema_ready(db) ? serve_and_relay(o, db, stop) : 1;
    db_close(db);
    return rc;
}

int main(int argc, char **argv)
{
    struct options o;
    char why[PAPERS_WHY] = "";
    sigset_t stop;
    int rc = options_read(argc, argv, &o);
    if (rc >= 0)
        return rc;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (!papers_open(&o.paths, &o.settings.papers, why)) {
        fprintf(stderr, "<3>papers failed why=%s\n", why);
        return 1;
    }
    rc = run(&o, &stop);
    papers_close(&o.settings.papers);
    return rc;
}
