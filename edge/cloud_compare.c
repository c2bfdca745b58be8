#include "edge/cloud_compare.h"

#include <stdio.h>

#include "edge/log.h"
#include "proto/cloud_digest.h"

static bool raise_alert(struct alerts *alerts, const struct session_facts *facts, int64_t wall_ms)
{
    char object[OBJECT_TEXT];
    struct alert alert = {.id = CLOUD_COMPARE_ALERT,
                          .kind = "CLOUD",
                          .code = "PH-2106",
                          .action = "poshubctl sync diff; if it stays, call support.",
                          .since_at_ms = wall_ms};
    object_text(facts->odd_object, object);
    snprintf(alert.text, sizeof(alert.text),
             "%u stock rows are not what the center has, after a repair; one is %s.",
             facts->compare.stuck, object);
    if (!alerts_raise(alerts, &alert))
        return false;
    log_warning("alert id=%s code=%s text=\"%s\"", alert.id, alert.code, alert.text);
    return true;
}

bool cloud_compare_note(struct alerts *alerts, const struct session_facts *facts, int64_t wall_ms)
{
    const struct reconcile_result *r = &facts->compare;
    char object[OBJECT_TEXT];
    object_text(facts->odd_object, object);
    if (r->differed > 0)
        log_warning("rows_differ compared=%u differed=%u repaired=%u stuck=%u object=%s here=\"%s\""
                    " there=\"%s\"",
                    r->compared, r->differed, r->repaired, r->stuck, object, facts->odd_here,
                    facts->odd_there);
    if (r->stuck > 0)
        return raise_alert(alerts, facts, wall_ms);
    return alerts_resolve(alerts, CLOUD_COMPARE_ALERT);
}

static void write_odd_row(const struct session_facts *f, struct jw *w)
{
    char object[OBJECT_TEXT];
    jw_kstring(w, "object", object_text(f->odd_object, object));
    jw_kstring(w, "here", str_of(f->odd_here));
    jw_kstring(w, "there", str_of(f->odd_there));
}

void cloud_compare_status(const struct session_facts *facts, int64_t at_ms, struct jw *w)
{
    const struct reconcile_result *r = &facts->compare;
    if (r->rounds == 0)
        return;
    jw_kobject(w, "compared");
    jw_kint(w, "at_ms", at_ms);
    jw_kint(w, "rounds", r->rounds);
    jw_kint(w, "rows", r->compared);
    jw_kint(w, "left_out", r->left_out);
    jw_kint(w, "differed", r->differed);
    jw_kint(w, "repaired", r->repaired);
    jw_kint(w, "stuck", r->stuck);
    if (facts->odd_object.id != 0)
        write_odd_row(facts, w);
    jw_close(w, '}');
}
