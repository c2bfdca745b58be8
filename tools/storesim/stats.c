#include "tools/storesim/stats.h"

#include "tools/storesim/memory.h"

#include "proto/code.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void stats_finish(struct stats *s)
{
    for (int v = 0; v < VERB_COUNT; v++)
        free(s->verbs[v].took_us);
}

static void count_code(struct stats *s, int code)
{
    size_t i = 0;
    while (i < s->n_codes && s->codes[i].code != code)
        i++;
    if (i == STATS_CODES)
        return;
    if (i == s->n_codes)
        s->codes[s->n_codes++].code = code;
    s->codes[i].n++;
}

void stats_reply(struct stats *s, enum verb verb, int code, int64_t took_us)
{
    struct verb_stats *v = &s->verbs[verb];
    count_code(s, code);
    if (code != CODE_OK)
        v->refused++;
    if (v->n == v->cap) {
        v->cap = v->cap ? v->cap * 2 : 256;
        v->took_us = memory_grow(v->took_us, v->cap * sizeof *v->took_us);
    }
    v->took_us[v->n++] = took_us > UINT32_MAX ? UINT32_MAX : (uint32_t)took_us;
}

void stats_put_off(struct stats *s, enum verb verb, int code)
{
    count_code(s, code);
    s->verbs[verb].put_off++;
}

void stats_fault(struct stats *s, const char *fmt, ...)
{
    va_list args;
    if (s->n_faults < FAULTS_KEPT) {
        va_start(args, fmt);
        vsnprintf(s->faults[s->n_faults], FAULT_TEXT, fmt, args);
        va_end(args);
    }
    s->n_faults++;
}

static int by_size(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double rank_ms(const uint32_t *sorted, size_t n, size_t per_thousand)
{
    size_t i = (n * per_thousand + 999) / 1000;
    return sorted[i ? i - 1 : 0] / 1000.0;
}

struct percentiles stats_percentiles(uint32_t *took_us, size_t n)
{
    if (n == 0)
        return (struct percentiles){0};
    qsort(took_us, n, sizeof *took_us, by_size);
    return (struct percentiles){rank_ms(took_us, n, 500), rank_ms(took_us, n, 900),
                                rank_ms(took_us, n, 990), took_us[n - 1] / 1000.0};
}

static void view_ms(struct jw *w, const char *key, double ms)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%.3f", ms);
    jw_key(w, key);
    jw_raw(w, (struct str){text, (size_t)n});
}

static void verb_view(struct verb_stats *v, struct jw *w)
{
    struct percentiles p = stats_percentiles(v->took_us, v->n);
    jw_kint(w, "replies", (int64_t)v->n);
    jw_kint(w, "refused", (int64_t)v->refused);
    jw_kint(w, "put_off", (int64_t)v->put_off);
    jw_kint(w, "retries", (int64_t)v->retries);
    jw_kint(w, "replayed", (int64_t)v->replayed);
    view_ms(w, "p50_ms", p.p50_ms);
    view_ms(w, "p90_ms", p.p90_ms);
    view_ms(w, "p99_ms", p.p99_ms);
    view_ms(w, "max_ms", p.max_ms);
}

void stats_view(struct stats *s, struct jw *w)
{
    jw_kobject(w, "verbs");
    for (int v = 0; v < VERB_COUNT; v++) {
        if (!s->verbs[v].n)
            continue;
        jw_kobject(w, verb_name((enum verb)v));
        verb_view(&s->verbs[v], w);
        jw_close(w, '}');
    }
    jw_close(w, '}');
    jw_kobject(w, "codes");
    for (size_t i = 0; i < s->n_codes; i++)
        jw_kint(w, code_name((enum code)s->codes[i].code), (int64_t)s->codes[i].n);
    jw_close(w, '}');
}

void stats_print(struct stats *s)
{
    printf("%-18s %8s %8s %8s %9s %9s %9s %9s\n", "verb", "replies", "refused", "retries", "p50 ms",
           "p90 ms", "p99 ms", "max ms");
    for (int i = 0; i < VERB_COUNT; i++) {
        struct verb_stats *v = &s->verbs[i];
        if (!v->n)
            continue;
        struct percentiles p = stats_percentiles(v->took_us, v->n);
        printf("%-18s %8zu %8" PRIu64 " %8" PRIu64 " %9.2f %9.2f %9.2f %9.2f\n",
               verb_name((enum verb)i), v->n, v->refused, v->retries, p.p50_ms, p.p90_ms, p.p99_ms,
               p.max_ms);
    }
}
