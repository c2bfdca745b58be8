#include "edge/books/turn.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum code turn_refuse(struct turn *t, enum code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(t->out->detail, sizeof t->out->detail, fmt, args);
    va_end(args);
    t->out->code = code;
    return code;
}

struct position turn_event_to_be(const struct turn *t)
{
    struct position last = t->b->j.head.at;
    return (struct position){last.epoch, last.seq + 1};
}

void turn_change(struct turn *t, struct change change)
{
    struct outcome *out = t->out;
    if (out->n_changes >= OUTCOME_ROWS && change.kind == CHANGE_STOCK) {
        out->all_changed = true;
        return;
    }
    if (out->n_changes == out->cap_changes) {
        uint16_t cap = out->cap_changes ? (uint16_t)(2 * out->cap_changes) : 8;
        struct change *grown = arena_alloc(&out->arena, cap * sizeof *grown);
        if (!grown) {
            out->all_changed = true;
            return;
        }
        if (out->n_changes)
            memcpy(grown, out->changes, out->n_changes * sizeof *grown);
        out->changes = grown;
        out->cap_changes = cap;
    }
    out->changes[out->n_changes++] = change;
}

void turn_show_order(struct turn *t, const struct order *o)
{
    t->out->order = order_pack(o, &t->out->arena);
    t->out->has_order = true;
    t->out->uptime_ms = t->c->uptime_ms;
    if (!t->out->at.epoch)
        t->out->at = o->at;
}

void turn_show_stock(struct turn *t, const struct stock_row *r)
{
    uint8_t buf[STOCK_BYTES];
    struct pack p;
    struct stock_row writable = *r;
    pack_writer(&p, buf, sizeof buf);
    stock_fields(&p, &writable);
    struct str copy = arena_str(&t->out->arena, (struct str){(const char *)buf, p.at});
    t->out->stock = (struct bytes){copy.p, copy.n};
    t->out->has_stock = true;
}
