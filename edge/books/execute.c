#include "edge/books/books.h"

#include <stdio.h>
#include <string.h>

#include "edge/books/device.h"
#include "edge/books/restore.h"
#include "edge/books/rights.h"
#include "edge/books/turn.h"
#include "storage/scatter.h"

#define KIOSK_EXPIRY_MS (300 * 1000)
#define POS_EXPIRY_MS   (900 * 1000)

const struct books_config BOOKS_DEFAULTS = {
    .channels = {[CHANNEL_POS] = {.expiry_ms = POS_EXPIRY_MS},
                 [CHANNEL_KIOSK] = {.expiry_ms = KIOSK_EXPIRY_MS},
                 [CHANNEL_EMENU] = {.ticket_at_place = true}},
    .identity = {{"1", 1}, {"1", 1}},
};

enum ph_err books_begin(struct books *b, struct txn *txn, const struct books_config *config,
                        struct arena *scratch, const uint8_t secret[32])
{
    *b = (struct books){.txn = txn, .config = config, .scratch = scratch};
    if (!journal_load(&b->j, txn) && txn_error(txn) == PH_OK)
        journal_create(&b->j, txn, &config->identity, secret);
    return txn_error(txn);
}

#ifdef PH_CHECK_ALL
#define AUDITED_ORDERS 64 /* with more open ones each commit would take too long */

static bool is_whole(struct txn *txn, enum table table)
{
    struct scan s = scan_begin(txn, table, (struct bytes){0}, false);
    s.skip_bad = true;
    while (scan_next(&s))
        ;
    scan_end(&s);
    return s.bad == 0;
}

/* Where a record is damaged the sums mean nothing, and the rest has to go on. */
static void check_sums(struct txn *txn)
{
    char why[160];
    if (txn_error(txn) != PH_OK || txn_entries(txn, TABLE_ORDER_OPEN) > AUDITED_ORDERS ||
        !is_whole(txn, TABLE_ORDER_OPEN) || !is_whole(txn, TABLE_STOCK) || books_audit(txn, why))
        return;
    fprintf(stderr, "invariant broken: %s\n", why);
    __builtin_trap();
}
#endif

void books_finish(struct books *b)
{
#ifdef PH_CHECK_ALL
    check_sums(b->txn);
#endif
    scatter_settle(b->txn);
    journal_save(&b->j);
}

/* ---- the one entrance ---- */

static enum code order_verb(struct turn *t)
{
    switch ((unsigned)t->c->verb) {
    case VERB_ORDER_PLACE:
    case VERB_ORDER_SELL:
        return order_place_verb(t);
    case VERB_ORDER_ADD:
        return order_add_verb(t);
    case VERB_ORDER_VOID:
        return order_void_verb(t);
    case VERB_ORDER_UPDATE:
        return order_update_verb(t);
    case VERB_ORDER_ADJUST:
        return order_adjust_verb(t);
    case VERB_ORDER_PAY_BEGIN:
        return order_pay_begin_verb(t);
    case VERB_ORDER_PAY_FAILED:
        return order_pay_failed_verb(t);
    case VERB_ORDER_PAY:
        return order_pay_verb(t);
    case VERB_ORDER_CANCEL:
        return order_cancel_verb(t);
    case VERB_ORDER_SERVE:
        return order_serve_verb(t);
    default:
        return order_refund_verb(t);
    }
}

/* What only reads, and what is the shell's, is no command of the books. */
static enum code execute_verb(struct turn *t)
{
    switch ((unsigned)t->c->verb) {
    case VERB_ORDER_PLACE:
    case VERB_ORDER_SELL:
    case VERB_ORDER_ADD:
    case VERB_ORDER_VOID:
    case VERB_ORDER_UPDATE:
    case VERB_ORDER_ADJUST:
    case VERB_ORDER_PAY_BEGIN:
    case VERB_ORDER_PAY_FAILED:
    case VERB_ORDER_PAY:
    case VERB_ORDER_CANCEL:
    case VERB_ORDER_SERVE:
    case VERB_ORDER_REFUND:
        return order_verb(t);
    case VERB_TICKET_START:
    case VERB_TICKET_READY:
    case VERB_TICKET_BUMP:
    case VERB_TICKET_RECALL:
        return ticket_verb(t);
    case VERB_STOCK_SET:
    case VERB_STOCK_ADJUST:
    case VERB_STOCK_SOLD_OUT:
    case VERB_STOCK_ON_SALE:
    case VERB_STOCK_PLAN:
    case VERB_STOCK_CHANNEL:
    case VERB_STOCK_SCHEDULE:
    case VERB_STOCK_POLICY:
        return stock_verb(t);
    case VERB_STOCK_RETURN:
        return stock_return_verb(t);
    case VERB_MENU_IMPORT:
    case VERB_DEVICE_ADD:
    case VERB_DEVICE_REVOKE:
    case VERB_DEVICE_ROTATE:
    case VERB_STORE_NEW_EPOCH:
    case VERB_STORE_CONFIRM:
        return admin_verb(t);
    case VERB_DAY_CLOSE:
        return day_close_verb(t);
    case VERB_NOTE:
        return CODE_OK;
    case VERB_TIMERS:
        return timers_verb(t);
    case VERB_CENTER_ROW:
        return center_row_verb(t);
    case VERB_ROW_STATE:
        return row_state_verb(t);
    case VERB_CENTER_CLAIM:
        return center_claim_verb(t);
    default:
        return turn_refuse(t, CODE_BAD_REQUEST, "not a verb of the books");
    }
}

static void take_clocks(struct books *b, const struct command *c)
{
    if (c->uptime_ms > b->j.head.uptime_ms)
        b->j.head.uptime_ms = c->uptime_ms;
    b->j.head.wall_at_ms = c->wall_ms;
    b->j.head.clock_suspect = c->clock_suspect;
    b->j.head.wall_lead_ms = c->wall_lead_ms;
}

/* It holds after a restart too, until an epoch above it is opened. */
static void take_witness(struct books *b, const struct command *c)
{
    if (c->seen_epoch > b->j.head.seen_epoch)
        b->j.head.seen_epoch = c->seen_epoch;
}

/* By that much a timer may have been put off to a future that is far again. */
#define REARM_BACK_MS (3600 * 1000)

bool clock_changed(const struct books *b, const struct command *c)
{
    const struct journal_head *h = &b->j.head;
    bool was_doubted = clock_doubted(h->clock_suspect, h->wall_lead_ms);
    return c->wall_ms < h->wall_at_ms - REARM_BACK_MS ||
           wall_latest_ms(c->wall_ms, c->wall_lead_ms) <
               wall_latest_ms(h->wall_at_ms, h->wall_lead_ms) - REARM_BACK_MS ||
           (was_doubted && !clock_doubted(c->clock_suspect, c->wall_lead_ms));
}

/* Changes whose own event does not say who made them, and those that the books know nothing of. */
static bool says_nobody(const struct command *c)
{
    return c->verb == VERB_NOTE || c->verb == VERB_ROW_STATE || c->verb == VERB_MENU_IMPORT ||
           c->verb == VERB_DEVICE_ADD || c->verb == VERB_DEVICE_REVOKE ||
           c->verb == VERB_DEVICE_ROTATE || c->verb == VERB_DAY_CLOSE;
}

/* What a technician has changed, and who it was. */
static void note_operator(struct books *b, const struct command *c)
{
    char body[256];
    struct jw w;
    struct str subject = c->device_row != NULL ? c->device_row->id : c->target;
    bool inner = c->verb == VERB_NOTE || c->verb == VERB_ROW_STATE;
    enum verb verb = inner ? c->noted : c->verb;
    jw_init(&w, body, sizeof(body));
    jw_open(&w, '{');
    jw_kstring(&w, "operator", c->who.by);
    if (subject.n > 0)
        jw_kstring(&w, "subject", subject);
    jw_kstring(&w, "verb", str_of(verb_name(verb)));
    jw_close(&w, '}');
    journal_append(&b->j, EVENT_OPERATOR, c->wall_ms, jw_text(&w));
}

/* An effect is what appended an event: it is remembered, 2006 and 2009 among them. */
static bool had_effect(struct position before, const struct books *b)
{
    return position_cmp(before, b->j.head.at) != 0;
}

static void show_times(struct books *b, const struct command *c, struct outcome *out)
{
    struct stock_row r;
    if (stock_unpack(out->stock, &r))
        out->times = stock_times_at(&r, &b->config->zone, c->wall_ms);
}

void books_execute(struct books *b, const struct command *c, struct outcome *out)
{
    struct turn t = {.b = b, .c = c, .out = out, .scratch = b->scratch};
    bool changed = clock_changed(b, c);
    take_clocks(b, c);
    take_witness(b, c);
    if (changed)
        books_rearm(b, c->wall_ms);
    wall_timers_run(b, c, out);
    struct position before = b->j.head.at;
    arena_reset(b->scratch);
    if (!remembered(&t)) {
        out->code = execute_verb(&t);
        if (out->code == CODE_OK && c->who.by.n > 0 && says_nobody(c))
            note_operator(b, c);
        if (had_effect(before, b) && txn_error(b->txn) == PH_OK)
            remember(&t);
    }
    if (out->has_stock)
        show_times(b, c, out);
    if (!out->at.epoch)
        out->at = b->j.head.at;
    journal_tag(b->j.secret, out->at, out->tag);
}
