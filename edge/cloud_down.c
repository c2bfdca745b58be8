/* The happy path: a push wakes the loop, its row goes to the writer, the version applied comes back
 * and is acknowledged to the center. What can fail: the writer is full (the letters stay for the
 * next tick), the store refuses (all is pulled again), a push is no good (it is counted).
 */
#include "edge/cloud_down.h"

#include <stdlib.h>

#include "edge/log.h"

/* Between state summaries: the center counts them as heard of us, so as often as the heartbeat that
 * they stand for. */
#define SAY_MS SESSION_BEAT_MS
/* A center that pushes tells each head every minute; two are missed, then it does not hear us
 * either.
 */
#define TOLD_MS 150000

const char *cloud_down_link(const struct cloud_down *p)
{
    return p->push == NULL ? "none" : p->facts.up ? "up" : "down";
}

uint64_t cloud_down_refused(const struct cloud_down *p)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < PUSH_REFUSAL_COUNT; i++)
        n += p->facts.refused[i];
    return n;
}

/* ---- pulls ---- */

static void on_due(uv_timer_t *timer);

static void wind(struct cloud_down *p)
{
    int64_t due_ms = downlink_due_ms(&p->downlink), now_ms = clock_boot_ms();
    if (p->session == NULL || due_ms == DOWNLINK_NEVER)
        uv_timer_stop(&p->due);
    else
        uv_timer_start(&p->due, on_due, due_ms > now_ms ? (uint64_t)(due_ms - now_ms) : 0, 0);
}

static void on_due(uv_timer_t *timer)
{
    struct cloud_down *p = timer->data;
    if (downlink_due_ms(&p->downlink) <= clock_boot_ms()) {
        downlink_asked(&p->downlink);
        session_tell(p->session, SESSION_PULL);
    }
    wind(p);
}

static void know_applied(struct cloud_down *p, uint64_t applied)
{
    downlink_applied(&p->downlink, applied, clock_boot_ms());
    if (p->push != NULL)
        push_ack(p->push, applied);
}

/* ---- pushes ---- */

/* Not taken; counted by name. */
static void refuse(struct cloud_down *p, struct push_letter *l, enum push_refusal why)
{
    push_refuse(p->push, why);
    push_letter_free(l);
}

/* False: the letter is gone. */
static bool is_ours(struct cloud_down *p, struct push_letter *l)
{
    enum downlink_sender from = downlink_sender(&p->downlink, l->center_epoch);
    if (from == DOWNLINK_OURS)
        return true;
    if (from == DOWNLINK_NEXT)
        session_tell(p->session, SESSION_HELLO);
    refuse(p, l, from == DOWNLINK_FORMER ? PUSH_FORMER : PUSH_EARLY);
    return false;
}

/* The letter is kept for the command, or gone. */
static void sort(struct cloud_down *p, struct push_letter *l)
{
    int64_t now_ms = clock_boot_ms();
    if (!is_ours(p, l))
        return;
    p->told_ms = now_ms;
    if (l->ver > p->head_ver)
        p->head_ver = l->ver;
    if (l->head) {
        downlink_head(&p->downlink, l->ver, now_ms);
        push_letter_free(l);
        return;
    }
    enum downlink_verdict v =
        downlink_push(&p->downlink, (struct downlink_span){l->prev_ver, l->ver}, now_ms);
    if (v == DOWNLINK_TAKE)
        p->letters[p->n_letters++] = l;
    else
        refuse(p, l, v == DOWNLINK_STALE ? PUSH_STALE : PUSH_EARLY);
}

static void take_letters(struct cloud_down *p)
{
    struct push_letter *l;
    while (p->n_letters < CLOUD_DOWN_MOST && (l = push_take(p->push)) != NULL) {
        if (p->paused)
            push_letter_free(l);
        else
            sort(p, l);
    }
}

static void drop_letters(struct cloud_down *p)
{
    while (p->n_letters > 0)
        push_letter_free(p->letters[--p->n_letters]);
}

static void fill_in_rows(struct cloud_down *p)
{
    struct downlink_span span = downlink_taken(&p->downlink);
    p->center = (struct center_rows){.rows = p->rows,
                                     .orders = p->orders,
                                     .cases = p->cases,
                                     .prev_ver = span.prev_ver,
                                     .ver = span.ver};
    p->work = (struct sync_work){.command = {.verb = SYNC_HEARD}};
    for (uint32_t i = 0; i < p->n_letters; i++) {
        const struct push_letter *l = p->letters[i];
        if (l->kind == CLOUD_ITEM_STOCK)
            p->rows[p->center.n++] = l->row;
        if (l->kind == CLOUD_ITEM_ORDER)
            p->orders[p->center.n_orders++] = l->order;
        if (l->kind == CLOUD_ITEM_OVERSELL)
            p->cases[p->center.n_cases++] = l->found;
        if (hlc_cmp(l->hlc, p->work.command.server_hlc) > 0)
            p->work.command.server_hlc = l->hlc;
    }
}

static void submit(struct cloud_down *p)
{
    struct request *r = intake_begin(p->intake);
    if (r == NULL)
        return;
    fill_in_rows(p);
    r->command = (struct command){.verb = VERB_CENTER_ROW,
                                  .who = {.device = STR("hub"), .role = ROLE_ADMIN},
                                  .center = &p->center};
    intake_stamp(p->intake, &r->command);
    p->work.command.wall_ms = r->command.wall_ms;
    r->sync = &p->work;
    p->at_writer = writer_submit(p->intake->writer, &r->job) == PH_OK;
    if (!p->at_writer)
        request_give(&p->intake->pool, r);
}

static void look_at_line(struct cloud_down *p)
{
    bool was_up = p->facts.up;
    uint64_t stuck = p->facts.stuck;
    if (p->push == NULL)
        return;
    push_look(p->push, &p->facts);
    if (p->facts.stuck != stuck)
        heal_stuck(&p->heal, p->facts.why, PUSH_STILL_MS, clock_boot_ms(),
                   clock_wall_ms(p->intake->clock));
    if (p->facts.up)
        heal_moves(&p->heal, clock_boot_ms());
    if (p->facts.missed)
        downlink_lost(&p->downlink);
    if (p->facts.up == was_up)
        return;
    downlink_line(&p->downlink, p->facts.up, clock_boot_ms());
    if (p->facts.up)
        log_info("cloud_push_up");
    else
        log_warning("cloud_push_down why=\"%s\"", p->facts.why);
}

/* Whatever is there to do. */
static void work(struct cloud_down *p)
{
    if (p->session == NULL || p->intake->stopping)
        return;
    if (p->at_writer) {
        wind(p);
        return;
    }
    look_at_line(p);
    if (p->push != NULL)
        take_letters(p);
    if (p->n_letters > 0 || downlink_taken(&p->downlink).ver != 0)
        submit(p);
    wind(p);
}

static void on_wake(uv_async_t *async)
{
    work(async->data);
}

static void note_bad_rows(struct cloud_down *p, uint32_t n)
{
    p->bad_rows += n;
    if (n > 0)
        log_warning("cloud_bad_rows n=%u what=\"they tell of events that this hub never wrote\"",
                    n);
}

void cloud_down_settle(struct cloud_down *p, const struct request *r)
{
    bool good = r->job.err == PH_OK && r->outcome.code == CODE_OK;
    p->at_writer = false;
    if (good && position_cmp(r->outcome.at, p->intake->at) > 0)
        p->intake->at = r->outcome.at;
    if (good)
        p->taken += p->n_letters;
    note_bad_rows(p, r->outcome.bad_rows);
    drop_letters(p);
    if (good)
        know_applied(p, p->work.result.applied_ver);
    else
        downlink_lost(&p->downlink);
    if (r->job.err != PH_OK)
        log_error("cloud_push_fault err=%s what=\"%s\"", ph_err_name(r->job.err), r->job.fault);
    uv_async_send(&p->wake); /* after the batch was told */
}

/* ---- what others find ---- */

void cloud_down_applied(struct cloud_down *p, uint64_t applied, uint32_t bad_rows)
{
    note_bad_rows(p, bad_rows);
    if (!p->at_writer)
        know_applied(p, applied);
    uv_async_send(&p->wake);
}

/* What was taken and has no command yet is of a center that was another one, or of a history. */
static void know_center(struct cloud_down *p, bool greeted, uint32_t center_epoch)
{
    if (greeted == p->downlink.greeted && center_epoch == p->downlink.center_epoch)
        return;
    downlink_greeted(&p->downlink, greeted, center_epoch);
    if (!p->at_writer && p->n_letters > 0) {
        drop_letters(p);
        downlink_lost(&p->downlink);
    }
}

void cloud_down_heard(struct cloud_down *p, const struct session_facts *facts,
                      const struct sync_position *at)
{
    int64_t now_ms = clock_boot_ms();
    know_center(p, facts->greeted, at->center_epoch);
    downlink_full(&p->downlink, at->full_pull);
    if (facts->heads != p->session_heads) {
        p->head_ver = facts->head_ver;
        downlink_told(&p->downlink, facts->head_ver, now_ms);
    }
    p->session_heads = facts->heads;
    if (facts->pulls != p->pulls)
        downlink_pulled(&p->downlink, p->downlink.applied, now_ms);
    p->pulls = facts->pulls;
    wind(p);
}

void cloud_down_pause(struct cloud_down *p, bool paused)
{
    if (p->paused && !paused)
        downlink_lost(&p->downlink);
    p->paused = paused;
}

static void say_state(struct cloud_down *p, struct position acked, uint64_t waiting)
{
    struct jw w;
    char text[PUSH_STATE];
    jw_init(&w, text, sizeof(text));
    jw_open(&w, '{');
    jw_kint(&w, "applied_ver", (int64_t)p->downlink.applied);
    jw_kint(&w, "epoch", p->intake->at.epoch);
    jw_kint(&w, "seq", (int64_t)p->intake->at.seq);
    jw_kint(&w, "acked_seq", (int64_t)acked.seq);
    jw_kint(&w, "waiting", (int64_t)waiting);
    jw_kint(&w, "pushes", (int64_t)p->taken);
    jw_kint(&w, "pulls", (int64_t)p->pulls);
    jw_close(&w, '}');
    if (jw_ok(&w))
        push_say(p->push, jw_text(&w));
    p->said_ms = clock_boot_ms();
}

/* The broker alone is nobody: somebody behind it has to be there. */
static bool is_heard(const struct cloud_down *p)
{
    return p->push != NULL && p->facts.up && clock_boot_ms() - p->told_ms < TOLD_MS;
}

void cloud_down_tick(struct cloud_down *p, struct position acked, uint64_t waiting)
{
    work(p);
    heal_tick(&p->heal, clock_boot_ms());
    session_beat(p->session, is_heard(p));
    if (p->push != NULL && p->facts.up && clock_boot_ms() - p->said_ms >= SAY_MS)
        say_state(p, acked, waiting);
}

/* ---- begin and end ---- */

static void pass_on(void *ctx)
{
    struct cloud_down *p = ctx;
    uv_async_send(&p->wake);
}

void cloud_down_init(struct cloud_down *p, uv_loop_t *loop)
{
    uv_async_init(loop, &p->wake, on_wake);
    uv_timer_init(loop, &p->due);
    p->wake.data = p->due.data = p;
}

static enum ph_err open_push(struct cloud_down *p, const struct https_options *papers)
{
    const struct config *c = p->config;
    struct push_options options = {.url = c->cloud_mqtt,
                                   .ca_file = papers->ca_file,
                                   .cert_file = papers->cert_file,
                                   .key_file = papers->key_file,
                                   .identity = p->intake->identity,
                                   .box_id = str_of(c->cloud_box_id),
                                   .wake = pass_on,
                                   .ctx = p};
    p->rows = calloc(CLOUD_DOWN_MOST, sizeof(*p->rows));
    p->orders = calloc(CLOUD_DOWN_MOST, sizeof(*p->orders));
    p->cases = calloc(CLOUD_DOWN_MOST, sizeof(*p->cases));
    return p->rows != NULL && p->orders != NULL && p->cases != NULL ? push_open(&p->push, &options)
                                                                    : PH_ERR_MEMORY;
}

void cloud_down_open(struct cloud_down *p, struct session *session,
                     const struct https_options *papers, uint64_t applied)
{
    p->session = session;
    p->said_ms = -SAY_MS; /* the first one when the line comes up */
    p->told_ms = -TOLD_MS;
    downlink_open(&p->downlink, applied, clock_boot_ms());
    enum ph_err err = p->config->cloud_mqtt[0] != 0 ? open_push(p, papers) : PH_OK;
    if (err != PH_OK)
        log_error("cloud_push_fault err=%s what=\"the push line could not be started\"",
                  ph_err_name(err));
    if (p->push != NULL)
        push_ack(p->push, applied);
    wind(p);
}

void cloud_down_stop(struct cloud_down *p)
{
    uv_timer_stop(&p->due);
    if (p->push != NULL)
        push_stop(p->push);
}

void cloud_down_close(struct cloud_down *p)
{
    push_close(p->push);
    p->push = NULL;
    drop_letters(p);
    free(p->rows);
    free(p->orders);
    free(p->cases);
    uv_close((uv_handle_t *)&p->wake, NULL);
    uv_close((uv_handle_t *)&p->due, NULL);
}
