#include "edge/cloud_compare.h"

#include <stdio.h>

#include "edge/log.h"
#include "proto/cloud_digest.h"

#define ALERT "rows-differ"

static void resolve(struct cloud *c)
{
    if (alerts_resolve(c->alerts, ALERT))
        c->alert_changed(c->ctx, STR(ALERT));
}

static void raise_alert(struct cloud *c, const struct session_facts *facts)
{
    char object[OBJECT_TEXT];
    struct alert alert = {.id = ALERT,
                          .kind = "CLOUD",
                          .code = "PH-2106",
                          .action = "poshubctl sync diff; if it stays, call support.",
                          .since_at_ms = c->compared_at_ms};
    object_text(facts->odd_object, object);
    snprintf(alert.text, sizeof(alert.text),
             "%u stock rows are not what the center has, after a repair; one is %s.",
             facts->compare.stuck, object);
    if (!alerts_raise(c->alerts, &alert))
        return;
    log_warning("alert id=%s code=%s text=\"%s\"", alert.id, alert.code, alert.text);
    c->alert_changed(c->ctx, STR(ALERT));
}

void cloud_compare_note(struct cloud *c, const struct session_facts *facts)
{
    const struct reconcile_result *r = &facts->compare;
    char object[OBJECT_TEXT];
    if (r->rounds == c->facts.compare.rounds)
        return;
    c->compared_at_ms = clock_wall_ms(c->intake->clock);
    object_text(facts->odd_object, object);
    if (r->differed > 0)
        log_warning("rows_differ compared=%u differed=%u repaired=%u stuck=%u object=%s here=\"%s\""
                    " there=\"%s\"",
                    r->compared, r->differed, r->repaired, r->stuck, object, facts->odd_here,
                    facts->odd_there);
    if (r->stuck > 0)
        raise_alert(c, facts);
    else
        resolve(c);
}

static void write_odd_row(const struct session_facts *f, struct jw *w)
{
    char object[OBJECT_TEXT];
    jw_kstring(w, "object", object_text(f->odd_object, object));
    jw_kstring(w, "here", str_of(f->odd_here));
    jw_kstring(w, "there", str_of(f->odd_there));
}

void cloud_compare_status(const struct cloud *c, struct jw *w)
{
    const struct reconcile_result *r = &c->facts.compare;
    if (r->rounds == 0)
        return;
    jw_kobject(w, "compared");
    jw_kint(w, "at_ms", c->compared_at_ms);
    jw_kint(w, "rounds", r->rounds);
    jw_kint(w, "rows", r->compared);
    jw_kint(w, "left_out", r->left_out);
    jw_kint(w, "differed", r->differed);
    jw_kint(w, "repaired", r->repaired);
    jw_kint(w, "stuck", r->stuck);
    if (c->facts.odd_object.id != 0)
        write_odd_row(&c->facts, w);
    jw_close(w, '}');
}
