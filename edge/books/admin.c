/* What the control socket changes: menu, devices, epochs; and the housekeeping that timers ask for.
 */
#include "edge/books/alert.h"
#include "edge/books/device.h"
#include "edge/books/menu.h"
#include "edge/books/rights.h"
#include "edge/books/turn.h"
#include "storage/peek.h"
#include "storage/scatter.h"

#include <assert.h>

#define TRIM_ROWS 200 /* a command's share of housekeeping, so that no order waits behind it */

static void append_body(struct turn *t, enum event_kind kind, struct jw *w)
{
    assert(jw_ok(w));
    t->out->at = journal_append(&t->b->j, kind, t->c->wall_ms, jw_text(w));
}

static void result(struct turn *t, struct jw *w)
{
    assert(jw_ok(w));
    t->out->value = arena_str(&t->out->arena, jw_text(w));
    t->out->has_value = true;
}

/* ---- menu ---- */

static enum code menu_verb(struct turn *t)
{
    struct menu_head head;
    char why[96] = "", buf[512];
    struct jw w;
    enum code code = menu_import(t->b->txn, t->c->body, &head, why);
    if (code)
        return turn_refuse(t, code, "%s", why);
    exhausted_forget(t->b->exhausted);
    jw_init(&w, buf, sizeof buf);
    jw_open(&w, '{');
    jw_kint(&w, "groups", head.groups);
    jw_kint(&w, "items", head.items);
    jw_kint(&w, "rev", (int64_t)head.rev);
    jw_kint(&w, "spus", head.spus);
    jw_close(&w, '}');
    append_body(t, EVENT_MENU, &w);
    result(t, &w);
    head.at = t->out->at;
    menu_head_save(t->b->txn, &head);
    turn_change(t, (struct change){.kind = CHANGE_MENU});
    return CODE_OK;
}

/* ---- devices ---- */

static void device_event(struct turn *t, struct str device, const char *what, enum role role)
{
    char buf[512];
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    jw_open(&w, '{');
    jw_kstring(&w, "device", device);
    jw_kstring(&w, "role", str_of(role_name(role)));
    jw_kstring(&w, "what", str_of(what));
    jw_close(&w, '}');
    append_body(t, EVENT_DEVICE, &w);
    turn_change(t, (struct change){.kind = CHANGE_DEVICES});
}

static enum code device_add(struct turn *t)
{
    const struct device_row *d = t->c->device_row;
    struct bytes known;
    assert(d);
    struct key key = key_text(d->id);
    if (!t->c->replace && txn_peek(t->b->txn, TABLE_DEVICE, key_bytes(&key), &known))
        return turn_refuse(t, CODE_BAD_REQUEST,
                           "device %.*s exists already; --replace gives it "
                           "another role or password",
                           (int)d->id.n, d->id.p);
    if (txn_entries(t->b->txn, TABLE_DEVICE) >= LIMIT_DEVICES)
        return turn_refuse(t, CODE_BAD_REQUEST, "at most %d devices", LIMIT_DEVICES);
    device_save(t->b->txn, d);
    device_event(t, d->id, "ADDED", d->role);
    return CODE_OK;
}

static enum code device_revoke(struct turn *t)
{
    struct device_row d;
    if (!device_load(t->b->txn, t->c->target, &d))
        return turn_refuse(t, CODE_UNKNOWN_OBJECT, "no such device");
    enum role role = d.role;
    struct key key = key_text(t->c->target);
    txn_del(t->b->txn, TABLE_DEVICE, key_bytes(&key));
    device_event(t, t->c->target, "REVOKED", role);
    return CODE_OK;
}

/* All but the password stays: its orders, and what was answered to it. */
static enum code device_rotate(struct turn *t)
{
    struct device_row d;
    assert(t->c->device_row);
    if (!device_load(t->b->txn, t->c->target, &d))
        return turn_refuse(t, CODE_UNKNOWN_OBJECT, "no such device");
    d.password_line = t->c->device_row->password_line;
    device_save(t->b->txn, &d);
    device_event(t, t->c->target, "ROTATED", d.role);
    return CODE_OK;
}

/* ---- store ---- */

void turn_open_epoch(struct turn *t)
{
    char buf[512 + 6 * LIMIT_NOTE];
    struct jw w;
    struct journal *j = &t->b->j;
    if (t->c->seen_epoch > j->head.at.epoch)
        j->head.at.epoch = t->c->seen_epoch;
    journal_open_epoch(j, &t->b->config->identity);
    jw_init(&w, buf, sizeof buf);
    jw_open(&w, '{');
    jw_kstring(&w, "device", t->c->who.device);
    jw_kint(&w, "epoch", j->head.at.epoch);
    if (t->c->why.n > 0)
        jw_kstring(&w, "reason", t->c->why);
    jw_close(&w, '}');
    append_body(t, EVENT_EPOCH_OPEN, &w);
    result(t, &w);
    rights_presume_all(t);
    turn_change(t, (struct change){.kind = CHANGE_HUB});
}

static enum code new_epoch(struct turn *t)
{
    turn_open_epoch(t);
    return CODE_OK;
}

/* The counts of an old disk were checked: what it sells from here on is a new epoch. */
static enum code confirm(struct turn *t)
{
    char buf[512];
    struct jw w;
    if (!t->b->j.head.fenced && t->c->seen_epoch == 0)
        return turn_refuse(t, CODE_BAD_TRANSITION, "there is nothing to confirm");
    turn_open_epoch(t);
    t->b->j.head.fenced = false;
    jw_init(&w, buf, sizeof buf);
    jw_open(&w, '{');
    jw_kstring(&w, "device", t->c->who.device);
    jw_kint(&w, "epoch", t->b->j.head.at.epoch);
    jw_kbool(&w, "fenced", false);
    jw_close(&w, '}');
    append_body(t, EVENT_OPERATOR, &w);
    result(t, &w);
    return CODE_OK;
}

enum code admin_verb(struct turn *t)
{
    switch ((unsigned)t->c->verb) {
    case VERB_MENU_IMPORT:
        return menu_verb(t);
    case VERB_DEVICE_ADD:
        return device_add(t);
    case VERB_DEVICE_REVOKE:
        return device_revoke(t);
    case VERB_DEVICE_ROTATE:
        return device_rotate(t);
    case VERB_STORE_NEW_EPOCH:
        return new_epoch(t);
    default:
        return confirm(t);
    }
}

/* ---- housekeeping ---- */

/* Ended orders leave after 90 days, the oldest number first. */
static bool orders_trim(struct turn *t, uint64_t most)
{
    struct scan s = scan_begin(t->b->txn, TABLE_ORDER_DONE, (struct bytes){0}, false);
    s.skip_bad = true;
    uint64_t gone = 0;
    while (gone < most && scan_next(&s)) {
        struct order o;
        if (!order_unpack(s.value, t->scratch, &o) ||
            t->c->wall_ms - o.ended_at_ms < LIMIT_ORDER_AGE_MS)
            break;
        struct key id = key_text(arena_str(t->scratch, o.order_id));
        scan_del(&s);
        scatter_del(t->b->txn, TABLE_ORDER_ID, key_bytes(&id));
        gone++;
    }
    scan_end(&s);
    return gone == most;
}

/* Due timers first, one a command; then a slice of what has grown old. A store that was never
 * enrolled counts all its events as acknowledged (sync-protocol 3.7); of an enrolled one none goes
 * that the center has not got. */
/* Whoever ranks by these events knows which of them to doubt (sync-protocol 3.3, 5.3). */
static void note_clock(struct turn *t)
{
    char body[128];
    struct jw w;
    if (t->c->clock_step_ms == 0)
        return;
    jw_init(&w, body, sizeof(body));
    jw_open(&w, '{');
    jw_kint(&w, "since_ms", t->c->clock_since_ms);
    jw_kint(&w, "step_ms", t->c->clock_step_ms);
    jw_kint(&w, "to_ms", t->c->wall_ms);
    jw_kstring(&w, "who", STR("center"));
    jw_close(&w, '}');
    append_body(t, EVENT_CLOCK_NOTE, &w);
}

enum code timers_verb(struct turn *t)
{
    int64_t now_ms = t->c->wall_ms;
    note_clock(t);
    if (expire_due(t)) {
        t->out->more = true;
        return CODE_OK;
    }
    if (t->b->j.head.clock_suspect)
        return CODE_OK;
    bool more = replies_trim(t, TRIM_ROWS);
    more = orders_trim(t, TRIM_ROWS) || more;
    struct position upto = t->c->enrolled ? t->c->acked : t->b->j.head.at;
    uint64_t events = journal_trim(&t->b->j, upto, now_ms - LIMIT_BODY_AGE_MS,
                                   now_ms - LIMIT_HEADER_AGE_MS, TRIM_ROWS);
    t->out->more = more || events >= TRIM_ROWS;
    return CODE_OK;
}
