/* A model of the product center for one store, on the arithmetic of proto/: rows, versions, the
 * position in the hub's journal, pushes, pulls, cases. It may crash before or after a commit, and
 * fail over to an older image of its database.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/merge.h"
#include "tests/sim/line/line.h"

#define TEXTS_MAX (512 << 20)
#define PAGE_ROWS 2 /* so that a pull has pages */

static const struct str BRAND = {"1", 1};

struct str store_poi(void)
{
    return (struct str){"1", 1};
}

int64_t center_ms(const struct world *w)
{
    return START_AT_MS + w->now_ms + w->center.off_ms;
}

void center_open(struct world *w)
{
    struct center *c = &w->center;
    c->center_epoch = 1;
    c->s.epoch = 1;
    chain_genesis(BRAND, store_poi(), 1, c->s.tail);
    arena_init(&c->texts, TEXTS_MAX);
    for (int i = 0; i < ITEMS; i++) {
        stock_plain(item_object(i), &c->s.rows[i]);
        c->s.cases[i].since_ms = -1;
    }
}

void center_close(struct world *w)
{
    free(w->center.hashes);
    free(w->center.heard);
    free(w->center.dead);
    arena_free(&w->center.texts);
}

/* ---- cases ---- */

/* Numbers are computed anew each time; opening waits until the hub is drained, 5 minutes at most
 * (sync-protocol 5.1). */
static void judge_case(struct world *w, int item)
{
    struct center_state *s = &w->center.s;
    struct shortage *k = &s->cases[item];
    struct oversell over = oversell_of(&s->rows[item]);
    bool drained = s->acked == s->head;
    int64_t units_t = over.confirmed_t;
    if (w->options.plant == PLANT_AT_RISK_CASE)
        units_t += over.at_risk_t;
    if (units_t == 0) {
        *k = (struct shortage){.since_ms = -1};
        return;
    }
    if (k->since_ms < 0)
        k->since_ms = w->now_ms;
    w->totals.cases += !k->open && drained;
    k->open = k->open || drained || w->now_ms - k->since_ms >= 5 * MINUTE_MS;
    k->over_t = w->options.plant == PLANT_ADDED_CASE && k->over_t && k->over_t != units_t
                    ? k->over_t + units_t
                    : units_t;
}

void center_judge_cases(struct world *w)
{
    for (int i = 0; i < ITEMS; i++)
        judge_case(w, i);
}

/* ---- what it sends ---- */

static void add_cmds(struct world *w, struct cloud_row *row, int item)
{
    const struct center_state *s = &w->center.s;
    for (int i = 0; i < s->n_cmds[item]; i++) {
        const struct cmd *c = &s->cmds[item][i];
        char *id = w->center.cmd_text[item][i];
        int n = snprintf(id, CMD_TEXT, "c-%llu", (unsigned long long)c->number);
        row->cmds[row->n_cmds++] =
            (struct cloud_cmd){{id, (size_t)n}, {c->op, strlen(c->op)}, c->v_t};
    }
}

struct cloud_row center_row(struct world *w, int item, uint64_t over)
{
    struct cloud_row row = {.row = w->center.s.rows[item], .has_x = true, .over = over};
    add_cmds(w, &row, item);
    if (w->options.plant == PLANT_GRANT_UNSAVED && rights_grantable(&row.row))
        rights_grant(&row.row, INT32_MAX);
    return row;
}

static struct hlc tick(struct world *w)
{
    return w->center.hlc = hlc_tick(w->center.hlc, center_ms(w));
}

static void push(struct world *w, int item)
{
    char *text = malloc(TEXT_BYTES);
    struct jw out;
    struct center_state *s = &w->center.s;
    struct cloud_push p = {.brand_id = BRAND,
                           .poi_id = store_poi(),
                           .kind = CLOUD_ITEM_STOCK,
                           .ver = s->ver,
                           .prev_ver = s->ver - 1,
                           .center_epoch = w->center.center_epoch,
                           .hlc = tick(w)};
    struct cloud_row row = center_row(w, item, s->ver);
    if (!text)
        abort();
    jw_init(&out, text, TEXT_BYTES);
    cloud_push_begin(&out, &p);
    cloud_row_encode(&out, &row, STR(""), STR(""));
    cloud_push_end(&out);
    w->totals.pushes++;
    net_push(w, jw_text(&out), false);
    free(text);
}

void center_head(struct world *w)
{
    char text[256];
    struct jw out;
    struct cloud_head head = {
        .ver = w->center.s.ver, .center_epoch = w->center.center_epoch, .hlc = tick(w)};
    jw_init(&out, text, sizeof text);
    cloud_head_encode(&out, &head);
    net_push(w, jw_text(&out), true);
    center_judge_cases(w);
}

/* A write of its own is committed. */
void center_changed(struct world *w, int item)
{
    struct center_state *s = &w->center.s;
    s->rows[item].c_ver = ++s->ver;
    center_judge_cases(w);
    push(w, item);
    if (dice_chance(&w->net, 200))
        center_head(w);
}

/* ---- its own writes ---- */

static bool is_down(const struct world *w)
{
    return !w->quiet && w->now_ms < w->center.down_until_ms;
}

/* Its clock is never behind a stamp that it has given. */
struct stamp center_stamp(struct world *w, struct stamp seen)
{
    struct stamp s = merge_stamp_after(seen, tick(w), ORIGIN_CENTER);
    w->center.hlc = (struct hlc){s.l_ms, s.c};
    return s;
}

void center_count(struct world *w, int item, int64_t q_t)
{
    char id[32];
    struct center_state *s = &w->center.s;
    struct stock_row *r = &s->rows[item];
    if (is_down(w) || center_commands(w, item, "SET", q_t) || r->mode_in_force == MODE_STRICT)
        return;
    uint64_t number = ++w->n_asks;
    int n = snprintf(id, sizeof id, "C:%llu", (unsigned long long)number);
    if (r->type != STOCK_LIMITED) {
        r->type = STOCK_LIMITED;
        r->plan_t = q_t;
        r->plan_stamp = center_stamp(w, r->plan_stamp);
    }
    r->base_id = arena_str(&w->center.texts, (struct str){id, (size_t)n});
    r->base_t = q_t;
    r->base_h_t = r->h_t;
    r->base_c_t = r->c_t;
    r->base_hf = r->base_cf = true;
    r->base_stamp = center_stamp(w, r->base_stamp);
    shares_begin(r, SITE_CENTER);
    trace(w, "center    counts item %d: %lld, seen H %lld C %lld, stamp %lld", item, (long long)q_t,
          (long long)r->h_t, (long long)r->c_t, (long long)r->base_stamp.l_ms);
    truth_center_counted(w, item, q_t, s->ver + 1, number);
    center_changed(w, item);
}

void center_status(struct world *w, int item, bool on_sale)
{
    struct stock_row *r = &w->center.s.rows[item];
    if (is_down(w))
        return;
    r->status = on_sale ? STATUS_ON_SALE : STATUS_SOLD_OUT;
    r->status_stamp = center_stamp(w, r->status_stamp);
    trace(w, "center    %s item %d", on_sale ? "opens" : "closes", item);
    center_changed(w, item);
}

static bool has(const struct world *w, int item, int64_t q_t)
{
    return !is_down(w) && center_room(w, item) >= q_t;
}

/* Without a limit it may take what is not its own. */
static void takes_freely(struct world *w, int item, int64_t q_t)
{
    const struct stock_row *r = &w->center.s.rows[item];
    int64_t own_t = rights_center(r) > 0 ? rights_center(r) : 0;
    if (r->type != STOCK_LIMITED && q_t > own_t)
        strict_center_free(w, item, q_t - own_t);
}

/* It takes, or gives back what it took in this generation. */
static void uses(struct world *w, int item, int64_t q_t)
{
    struct stock_channel *ch = stock_channel(&w->center.s.rows[item], CHANNEL_ONLINE_ORDER);
    if (w->rules)
        ch->used_t += q_t;
    takes_freely(w, item, q_t);
    strict_center(w, item, -q_t);
}

static void moves(struct world *w, int item, int64_t q_t)
{
    w->center.s.rows[item].c_t += q_t;
    truth_center_moved(w, item, q_t, w->center.s.ver + 1);
}

bool center_sells(struct world *w, int item, int64_t q_t)
{
    if (!has(w, item, q_t))
        return false;
    trace(w, "center    sells item %d: %lld", item, (long long)q_t);
    uses(w, item, q_t);
    moves(w, item, -q_t);
    center_changed(w, item);
    w->totals.shopped++;
    return true;
}

bool center_holds(struct world *w, int item, int64_t q_t)
{
    struct center_state *s = &w->center.s;
    if (!has(w, item, q_t) || s->n_holds == HOLDS)
        return false;
    trace(w, "center    locks item %d: %lld", item, (long long)q_t);
    uses(w, item, q_t);
    s->rows[item].lc_t += q_t;
    s->holds[s->n_holds++] = (struct hold){item, q_t, s->rows[item].gen};
    center_changed(w, item);
    return true;
}

void center_settles(struct world *w, uint32_t hold, bool paid)
{
    struct center_state *s = &w->center.s;
    if (hold >= s->n_holds || is_down(w))
        return;
    struct hold h = s->holds[hold];
    s->holds[hold] = s->holds[--s->n_holds];
    s->rows[h.item].lc_t -= h.q_t;
    trace(w, "center    %s item %d: %lld", paid ? "is paid for" : "unlocks", h.item,
          (long long)h.q_t);
    bool old = h.gen != s->rows[h.item].gen;
    if (paid || old)
        moves(w, h.item, -h.q_t);
    else
        uses(w, h.item, -h.q_t);
    center_settle(w, h.item);
    center_changed(w, h.item);
}

/* ---- answers ---- */

void refuse(struct jw *out, int *status, const struct cloud_error *e)
{
    *status = cloud_error_status(e->name);
    cloud_error_encode(out, e);
}

static bool rolled_back(const struct world *w, const struct cloud_hello *h)
{
    const struct center_state *s = &w->center.s;
    if (w->options.plant == PLANT_EPOCH_KEPT)
        return false;
    return h->last_seq < s->acked ||
           (h->last_seq == s->acked && memcmp(h->tail, s->tail, HASH_BYTES) != 0);
}

static void hello(struct world *w, const struct json *doc, struct arena *arena, int *status,
                  struct jw *out)
{
    char path[FIELD_PATH];
    struct cloud_hello h;
    struct center_state *s = &w->center.s;
    if (cloud_hello_decode(doc, arena, &h, path) != CODE_OK)
        refuse(out, status, &(struct cloud_error){.name = CLOUD_BAD_REQUEST});
    else if (h.epoch < s->epoch)
        refuse(out, status, &(struct cloud_error){.name = CLOUD_FENCED, .epoch = s->epoch});
    else if (h.epoch > s->epoch)
        refuse(out, status, &(struct cloud_error){.name = CLOUD_UNKNOWN_EPOCH});
    else if (rolled_back(w, &h))
        refuse(out, status, &(struct cloud_error){.name = CLOUD_ROLLBACK_DETECTED});
    else {
        s->head = h.last_seq;
        struct cloud_hello_reply reply = {.epoch = s->epoch,
                                          .center_epoch = w->center.center_epoch,
                                          .acked_seq = s->acked,
                                          .has_tail = true,
                                          .head_ver = s->ver,
                                          .server_hlc = tick(w),
                                          .max_batch = LIMIT_BATCH_EVENTS};
        memcpy(reply.tail, s->tail, HASH_BYTES);
        cloud_hello_reply_encode(out, &reply);
    }
}

/* The row changed first after that version; -1: none. */
static int next_item(const struct center_state *s, uint64_t since_ver)
{
    int next = -1;
    for (int i = 0; i < ITEMS; i++)
        if (s->rows[i].c_ver > since_ver && (next < 0 || s->rows[i].c_ver < s->rows[next].c_ver))
            next = i;
    return next;
}

static void find(struct world *w, const struct json *doc, struct arena *arena, int *status,
                 struct jw *out)
{
    char path[FIELD_PATH];
    struct cloud_find q;
    struct center_state *s = &w->center.s;
    if (cloud_find_decode(doc, arena, &q, path) != CODE_OK) {
        refuse(out, status, &(struct cloud_error){.name = CLOUD_BAD_REQUEST});
        return;
    }
    struct cloud_find_reply reply = {
        .next_ver = q.since_ver, .head_ver = s->ver, .server_hlc = tick(w)};
    cloud_find_reply_begin(out, &reply);
    int item = next_item(s, q.since_ver);
    for (uint32_t n = 0; item >= 0 && n < q.limit && n < PAGE_ROWS; n++) {
        struct cloud_row row = center_row(w, item, s->rows[item].c_ver);
        cloud_row_encode(out, &row, STR(""), STR(""));
        reply.next_ver = row.over;
        item = next_item(s, reply.next_ver);
    }
    reply.more = item >= 0;
    if (!reply.more)
        reply.next_ver = s->ver;
    cloud_find_reply_end(out, &reply);
}

static void sync_from_pos(struct world *w, const struct json *doc, struct arena *arena, int *status,
                          struct jw *out)
{
    char path[FIELD_PATH];
    struct cloud_sync in;
    if (cloud_sync_decode(doc, arena, &in, path) != CODE_OK)
        refuse(out, status, &(struct cloud_error){.name = CLOUD_BAD_BATCH, .detail = str_of(path)});
    else
        ingest(w, &in, status, out);
}

static void work(struct world *w, const struct parcel *p, int *status, struct jw *out)
{
    struct arena arena;
    struct json *doc = json_parse(p->text, p->n, &JSON_CLOUD, NULL);
    if (!doc)
        abort();
    arena_init(&arena, 8 << 20);
    *status = 200;
    if (strcmp(p->path, EXCHANGE_HELLO_PATH) == 0)
        hello(w, doc, &arena, status, out);
    else if (strcmp(p->path, EXCHANGE_SYNC_PATH) == 0)
        sync_from_pos(w, doc, &arena, status, out);
    else
        find(w, doc, &arena, status, out);
    arena_free(&arena);
    json_free(doc);
}

/* ---- crashes ---- */

void center_hears(struct world *w, const struct parcel *p)
{
    struct jw out;
    int status;
    bool crash = !w->quiet && dice_chance(&w->faults, 15), late = dice_chance(&w->faults, 500);
    if (is_down(w))
        return;
    char *text = malloc(TEXT_BYTES);
    if (!text)
        abort();
    if (crash) {
        w->center.down_until_ms = w->now_ms + dice_between(&w->faults, 100, 40 * SECOND_MS);
        trace(w, "center crashes %s commit", late ? "after" : "before");
    }
    if (!crash || late) {
        jw_init(&out, text, TEXT_BYTES);
        work(w, p, &status, &out);
        if (!jw_ok(&out))
            abort();
        if (!crash)
            net_answer(w, p, status, jw_text(&out));
    }
    free(text);
}
