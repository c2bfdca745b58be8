#include "edge/cloud_strict.h"

#include <stdio.h>
#include <string.h>

#include "edge/books/stock.h"
#include "edge/log.h"
#include "proto/rights.h"
#include "storage/want.h"

#define MORE ", .."

static void add_name(struct cloud_strict *s, const struct stock_row *r)
{
    char name[LIMIT_NAME + 8];
    size_t n = strlen(s->names), room = sizeof(s->names) - sizeof(MORE) - n;
    int more = snprintf(name, sizeof(name), "%s%.*s", n > 0 ? ", " : "", (int)r->name.n, r->name.p);
    if (n > sizeof(MORE) && strcmp(s->names + n - strlen(MORE), MORE) == 0)
        return;
    memcpy(s->names + n, (size_t)more < room ? name : MORE,
           (size_t)more < room ? (size_t)more + 1 : sizeof(MORE));
}

static void add_row(struct cloud_strict *s, const struct stock_row *r)
{
    if (!rights_strict(r))
        return;
    s->rows++;
    if (rights_usable(r) > 0)
        s->rights_t += rights_usable(r);
    if (r->name.n > 0)
        add_name(s, r);
}

void cloud_strict_read(struct cloud_strict *out, struct txn *txn)
{
    struct want wants[LIMIT_WANTS];
    uint64_t mark;
    struct scan scan = scan_begin(txn, TABLE_STOCK, (struct bytes){0}, false);
    scan.skip_bad = true;
    memset(out, 0, sizeof(*out));
    while (scan_next(&scan)) {
        struct stock_row r;
        if (stock_unpack(scan.value, &r))
            add_row(out, &r);
    }
    scan_end(&scan);
    out->asked = want_list(txn, (struct object){0}, wants, &mark);
}

void cloud_strict_status(const struct cloud_strict *s, struct jw *w)
{
    jw_kobject(w, "strict");
    jw_kint(w, "rows", (int64_t)s->rows);
    jw_kqty(w, "rights", s->rights_t);
    jw_kint(w, "asked", (int64_t)s->asked);
    jw_close(w, '}');
}

bool cloud_strict_note(struct alerts *alerts, const struct cloud_strict *s, int64_t silent_ms,
                       int64_t wall_ms)
{
    struct alert alert = {.id = CLOUD_STRICT_ALERT,
                          .kind = "CLOUD",
                          .code = "PH-2113",
                          .action = "Mend the line, or sell these LOOSE (at the center).",
                          .since_at_ms = wall_ms};
    if (s->rows == 0 || silent_ms < CLOUD_STRICT_SILENT_MS)
        return alerts_resolve(alerts, CLOUD_STRICT_ALERT);
    snprintf(alert.text, sizeof(alert.text),
             "The center is silent for %lld h: no more rights for %s.",
             (long long)(silent_ms / 3600000), s->names);
    if (!alerts_raise(alerts, &alert))
        return false;
    log_warning("alert id=%s code=%s text=\"%s\"", alert.id, alert.code, alert.text);
    return true;
}
