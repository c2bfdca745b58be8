#include "tools/benches/books/side.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define QTY_MOST 3 /* portions of one line */

void source_init(struct source *s)
{
    *s = (struct source){.random = 88172645463325252ULL};
}

/* xorshift64: the same orders for every side */
static uint32_t draw(struct source *s, uint32_t below)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (uint32_t)((s->random >> 32) % below);
}

void source_next(struct source *s, uint32_t caller, struct bench_order *out)
{
    unsigned long long number = s->counters[caller]++;
    out->caller = caller;
    snprintf(out->device, sizeof out->device, "kiosk-%u", caller);
    /* as devices form them: four characters of their own, then a counter */
    snprintf(out->req_id, sizeof out->req_id, "%04x-%llu", caller * 1009 + 7, 2 * number);
    snprintf(out->order_id, sizeof out->order_id, "%04x-%llu", caller * 1009 + 7, 2 * number + 1);
    uint32_t first = draw(s, SKUS), step = 1 + draw(s, SKUS - 1);
    out->lines[0] = (struct bench_line){first, 10 * (int64_t)(1 + draw(s, QTY_MOST))};
    out->lines[1] =
        (struct bench_line){(first + step) % SKUS, 10 * (int64_t)(1 + draw(s, QTY_MOST))};
}

void source_acknowledge(struct source *s, const struct bench_order *o)
{
    s->acknowledged++;
    for (int i = 0; i < LINES; i++)
        s->sold_t[o->lines[i].sku] += o->lines[i].qty_t;
}

static size_t text(char *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out, ORDER_TEXT, format, args);
    va_end(args);
    if (n < 0 || n >= ORDER_TEXT)
        die("order text too long");
    return (size_t)n;
}

size_t order_text(const struct bench_order *o, char *out)
{
    const struct bench_line *l = o->lines;
    return text(
        out,
        "{\"order_id\":\"%s\",\"device\":\"%s\",\"channel\":\"KIOSK\",\"state\":1,\"day\":20260128,"
        "\"lines\":[{\"line\":1,\"id\":%u,\"name\":\"Item %u\",\"qty\":%lld,\"price\":127500,"
        "\"amount\":127500},{\"line\":2,\"id\":%u,\"name\":\"Item %u\",\"qty\":%lld,"
        "\"price\":127500,\"amount\":127500}],\"due\":255000,\"paid\":0}",
        o->order_id, o->device, SKU_FIRST + l[0].sku, SKU_FIRST + l[0].sku, (long long)l[0].qty_t,
        SKU_FIRST + l[1].sku, SKU_FIRST + l[1].sku, (long long)l[1].qty_t);
}

size_t event_text(const struct bench_order *o, char *out)
{
    const struct bench_line *l = o->lines;
    return text(out,
                "{\"kind\":\"ORDER_LOCK\",\"order_id\":\"%s\",\"channel\":\"KIOSK\",\"lines\":"
                "[{\"line\":1,\"id\":\"%u\",\"qty\":\"%lld\"},{\"line\":2,\"id\":\"%u\",\"qty\":\"%"
                "lld\"}]}",
                o->order_id, SKU_FIRST + l[0].sku, (long long)l[0].qty_t, SKU_FIRST + l[1].sku,
                (long long)l[1].qty_t);
}

double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

_Noreturn void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("bench books: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}
