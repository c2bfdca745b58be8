#include "tools/storesim/report.h"

#include "proto/qty.h"
#include "tools/storesim/clock.h"
#include "tools/storesim/kitchen.h"
#include "tools/storesim/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define REPORT_BYTES (4 * 1024 * 1024)

struct totals {
    size_t states[ORDER_REFUNDED + 1], refused, total;
    int64_t sold_e4, returned_e4;
};

static bool was_sold(const struct order *o)
{
    return o->placed &&
           (o->state == ORDER_PAID || o->state == ORDER_ENDED || o->state == ORDER_REFUNDED);
}

static struct totals totals_of(const struct sim *sim)
{
    struct totals t = {.total = sim->orders.count};
    struct order *o;
    for (size_t i = 0; (o = map_next(&sim->orders, &i));) {
        if (o->refused)
            t.refused++;
        else
            t.states[o->state]++;
        if (was_sold(o))
            t.sold_e4 += order_due(o);
        if (o->state == ORDER_REFUNDED)
            t.returned_e4 += order_due(o);
    }
    return t;
}

/* ---- judging ---- */

static void judge_order(struct sim *sim, const struct order *o)
{
    if (o->refused)
        return;
    if (!o->placed)
        stats_fault(&sim->stats, "%s: never got a final answer", o->id);
    else if (!order_settled(o))
        stats_fault(&sim->stats, "%s: still %s, %s", order_name(o), order_state_name(o->state),
                    kitchen_name(o->kitchen));
    if (o->placed && o->fresh != 1)
        stats_fault(&sim->stats, "%s: placed %u times", order_name(o), o->fresh);
    for (uint16_t i = 0; i < o->n_lines && o->placed; i++)
        if (!o->lines[i].acked)
            stats_fault(&sim->stats, "%s: line %u was never confirmed", order_name(o), i + 1u);
}

void report_judge(struct sim *sim)
{
    struct order *o;
    for (size_t i = 0; (o = map_next(&sim->orders, &i));)
        judge_order(sim, o);
}

/* ---- what left the stock ---- */

static void count_object(struct map *sold, int64_t object_id, int64_t qty_t)
{
    char key[24];
    snprintf(key, sizeof key, "%" PRId64, object_id);
    int64_t *sum = map_get(sold, str_of(key));
    if (!sum) {
        sum = memory_new(sizeof *sum);
        map_put(sold, str_of(key), sum);
    }
    *sum += qty_t;
}

static void count_line(struct map *sold, const struct line *l)
{
    count_object(sold, l->dish->object_id, l->qty_t);
    for (uint16_t i = 0; i < l->n_options; i++)
        if (l->options[i].option->object_id)
            count_object(sold, l->options[i].option->object_id,
                         l->qty_t * l->options[i].qty_t / 10);
}

static void sold_view(const struct sim *sim, struct jw *w)
{
    struct map sold = {0};
    struct order *o;
    for (size_t i = 0; (o = map_next(&sim->orders, &i));)
        for (uint16_t k = 0; k < o->n_lines && was_sold(o); k++)
            count_line(&sold, &o->lines[k]);
    jw_kobject(w, "sold");
    for (size_t i = 0; i < sold.n; i++)
        jw_kqty(w, sold.entries[i].key, *(int64_t *)sold.entries[i].value);
    jw_close(w, '}');
    map_finish(&sold, free);
}

/* ---- telling ---- */

static void orders_view(const struct sim *sim, struct jw *w)
{
    static const enum order_state STATES[] = {ORDER_PLACED,  ORDER_PAYING,    ORDER_PAID,
                                              ORDER_ENDED,   ORDER_CANCELLED, ORDER_EXPIRED,
                                              ORDER_REFUNDED};
    struct totals t = totals_of(sim);
    jw_kobject(w, "orders");
    jw_kint(w, "total", (int64_t)t.total);
    jw_kint(w, "REFUSED", (int64_t)t.refused);
    for (size_t i = 0; i < sizeof STATES / sizeof STATES[0]; i++)
        jw_kint(w, order_state_name(STATES[i]), (int64_t)t.states[STATES[i]]);
    jw_close(w, '}');
    jw_kmoney(w, "sold_amount", t.sold_e4);
    jw_kmoney(w, "returned_amount", t.returned_e4);
}

static void tickets_view(const struct sim *sim, struct jw *w)
{
    struct kitchen_count c = kitchen_count(sim);
    jw_kobject(w, "tickets");
    jw_kint(w, "seen", (int64_t)c.tickets);
    jw_kint(w, "bumped", (int64_t)c.bumped);
    jw_kint(w, "foreign", (int64_t)c.foreign);
    jw_close(w, '}');
}

static void faults_view(const struct sim *sim, struct jw *w)
{
    jw_kint(w, "n_faults", (int64_t)sim->stats.n_faults);
    jw_karray(w, "faults");
    for (size_t i = 0; i < sim->stats.n_faults && i < FAULTS_KEPT; i++)
        jw_string(w, str_of(sim->stats.faults[i]));
    jw_close(w, ']');
}

void report_json(struct sim *sim)
{
    char *buf = memory_new(REPORT_BYTES);
    struct jw w;
    jw_init(&w, buf, REPORT_BYTES);
    jw_open(&w, '{');
    jw_kbool(&w, "ok", sim->stats.n_faults == 0);
    jw_kint(&w, "took_ms", (clock_us() - sim->begun_us) / 1000);
    orders_view(sim, &w);
    tickets_view(sim, &w);
    jw_kint(&w, "messages", (int64_t)sim->stats.messages);
    jw_kint(&w, "reconnects", (int64_t)sim->stats.reconnects);
    jw_kint(&w, "hub_starts_seen", (int64_t)sim->stats.hub_starts);
    stats_view(&sim->stats, &w);
    sold_view(sim, &w);
    faults_view(sim, &w);
    jw_close(&w, '}');
    printf("%.*s\n", (int)w.n, w.p);
    free(buf);
}

void report_print(struct sim *sim)
{
    struct totals t = totals_of(sim);
    struct kitchen_count c = kitchen_count(sim);
    char sold[DECIMAL_TEXT];
    money_format(t.sold_e4 - t.returned_e4, sold);
    stats_print(&sim->stats);
    printf("\norders     %zu: %zu ended, %zu paid, %zu cancelled, %zu expired, %zu refunded, "
           "%zu refused\n",
           t.total, t.states[ORDER_ENDED], t.states[ORDER_PAID], t.states[ORDER_CANCELLED],
           t.states[ORDER_EXPIRED], t.states[ORDER_REFUNDED], t.refused);
    printf("takings    %s\ntickets    %zu, %zu bumped\n", sold, c.tickets, c.bumped);
    printf("lan        %" PRIu64 " messages, %" PRIu64 " connections lost\n", sim->stats.messages,
           sim->stats.reconnects);
    for (size_t i = 0; i < sim->stats.n_faults && i < FAULTS_KEPT; i++)
        printf("WRONG      %s\n", sim->stats.faults[i]);
    if (sim->stats.n_faults > FAULTS_KEPT)
        printf("WRONG      and %zu more\n", sim->stats.n_faults - FAULTS_KEPT);
    printf("result     %s\n", sim->stats.n_faults ? "NOT as it should be" : "all as it should be");
}
