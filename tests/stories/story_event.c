/* The journal's events of one command, each with the order lines and the rows it moved. */
#include "tests/stories/story_event.h"

#include <stdlib.h>
#include <string.h>

static bool ends_with(struct str v, const char *tail)
{
    size_t n = strlen(tail);
    return v.n > n && memcmp(v.p + v.n - n, tail, n) == 0;
}

static void put_value(FILE *f, const struct json *v);

static void put_number(FILE *f, struct str key, const struct json *v)
{
    char a[DECIMAL_TEXT];
    int64_t number = 0;
    json_integer(v, &number);
    if (ends_with(key, "_e4"))
        fprintf(f, "%.*s %s", (int)key.n - 3, key.p, text_money(a, number));
    else if (ends_with(key, "_t"))
        fprintf(f, "%.*s %s", (int)key.n - 2, key.p, text_qty(a, number));
    else
        fprintf(f, "%.*s %lld", (int)key.n, key.p, (long long)number);
}

static void put_member(FILE *f, const struct json *v)
{
    struct str key = json_key(v);
    if (json_kind(v) == JSON_NUMBER) {
        put_number(f, key, v);
        return;
    }
    fprintf(f, "%.*s ", (int)key.n, key.p);
    put_value(f, v);
}

static void put_list(FILE *f, const struct json *list)
{
    bool object = json_kind(list) == JSON_OBJECT;
    fputc(object ? '(' : '[', f);
    for (const struct json *v = json_first(list); v; v = json_next(v)) {
        if (v != json_first(list))
            fprintf(f, ", ");
        if (object)
            put_member(f, v);
        else
            put_value(f, v);
    }
    fputc(object ? ')' : ']', f);
}

static void put_value(FILE *f, const struct json *v)
{
    int64_t number = 0;
    switch (json_kind(v)) {
    case JSON_NULL:
        fprintf(f, "none");
        break;
    case JSON_BOOL:
        fprintf(f, json_bool(v) ? "yes" : "no");
        break;
    case JSON_NUMBER:
        json_integer(v, &number);
        fprintf(f, "%lld", (long long)number);
        break;
    case JSON_STRING:
        fprintf(f, "%.*s", (int)json_string(v).n, json_string(v).p);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        put_list(f, v);
        break;
    }
}

static int64_t member(const struct json *object, const char *key)
{
    int64_t number = 0;
    const struct json *v = json_get(object, key);
    if (v && json_kind(v) == JSON_NUMBER)
        json_integer(v, &number);
    return number;
}

/* What the state shown, the name of the event, or its lines say already. */
static bool said_elsewhere(struct str key)
{
    static const char *const KEYS[] = {
        "cause", "day",    "device",    "due_e4",      "eff",      "after",  "before", "kitchen",
        "lines", "number", "object_id", "object_type", "order_id", "origin", "stamp",  "state"};
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (str_eq(key, str_of(KEYS[i])))
            return true;
    return false;
}

/* No schedule, no share of its own: most objects have neither. */
static bool says_nothing(const struct json *v)
{
    int64_t number = 0;
    static const char *const KEYS[] = {"auto", "daily", "reserve_t", "restore_at_ms", "weight"};
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (str_eq(json_key(v), str_of(KEYS[i])))
            return json_kind(v) == JSON_BOOL ? !json_bool(v)
                                             : json_integer(v, &number) && number == 0;
    return false;
}

static void put_name(FILE *f, const struct json *body, const char *key)
{
    const struct json *v = json_get(body, key);
    if (!v)
        return;
    fputc(' ', f);
    put_value(f, v);
}

/* "base S:1.4 of H -3 C 0": the counters that the count had seen are tenths like all of eff. */
static void put_base(FILE *f, const struct json *v)
{
    char h[DECIMAL_TEXT], c[DECIMAL_TEXT];
    fprintf(f, "base");
    put_name(f, v, "id");
    fprintf(f, " of H %s C %s", text_qty(h, member(v, "h")), text_qty(c, member(v, "c")));
}

static char *rendered(const struct json *v)
{
    char *p = NULL;
    size_t n;
    FILE *f = open_memstream(&p, &n);
    if (!f)
        abort();
    if (v)
        put_member(f, v);
    fclose(f);
    return p;
}

/* Of a row of the center: what reads otherwise than before. The counters stand in the movement. */
static void put_sides(FILE *f, const struct json *before, const struct json *after)
{
    for (const struct json *v = after ? json_first(after) : NULL; v; v = json_next(v)) {
        char key[32];
        if (json_key(v).n < 3)
            continue;
        snprintf(key, sizeof key, "%.*s", (int)json_key(v).n, json_key(v).p);
        char *was = rendered(json_get(before, key)), *is = rendered(v);
        if (strcmp(was, is) != 0)
            fprintf(f, ", %s (was %s)", is, was + strcspn(was, " ") + 1);
        free(was);
        free(is);
    }
}

static void trace_heading(struct trace *t, const struct event *e, const struct json *body)
{
    struct text x;
    FILE *f = text_begin(&x);
    bool of_order = json_get(body, "order_id"), of_object = json_get(body, "object_id");
    fprintf(f, "event %s", event_kind_name(e->kind));
    put_name(f, body, "cause");
    put_name(f, body, "order_id");
    if (of_object)
        fprintf(f, " %s %lld", text_object(member(body, "object_type")),
                (long long)member(body, "object_id"));
    for (const struct json *v = json_first(body); v; v = json_next(v)) {
        if ((of_order || of_object) && said_elsewhere(json_key(v)))
            continue;
        if (of_order && str_eq(json_key(v), STR("channel")))
            continue;
        if (json_kind(v) == JSON_ARRAY && !json_first(v))
            continue;
        if (says_nothing(v))
            continue;
        fprintf(f, ", ");
        if (str_eq(json_key(v), STR("base")))
            put_base(f, v);
        else
            put_member(f, v);
    }
    put_sides(f, json_get(body, "before"), json_get(body, "after"));
    text_end(t, 0, &x);
}

static bool is_unlimited(struct trace *t, int64_t type, int64_t id)
{
    return shop_row(t->shop, (enum object_type)type, id).type != STOCK_LIMITED;
}

static void trace_movement(struct trace *t, int depth, const struct json *m)
{
    char rb[DECIMAL_TEXT], ra[DECIMAL_TEXT], lb[DECIMAL_TEXT], la[DECIMAL_TEXT], u[DECIMAL_TEXT];
    int64_t type = member(m, "object_type"), id = member(m, "object_id");
    const struct json *of_channel = json_get(m, "used");
    bool used = of_channel && json_kind(of_channel) == JSON_NUMBER;
    trace_line(t, depth, "%s %lld%s real %s->%s locked %s->%s%s%s", text_object(type),
               (long long)id, is_unlimited(t, type, id) ? " unlimited" : "",
               text_qty(rb, member(m, "real_b")), text_qty(ra, member(m, "real_a")),
               text_qty(lb, member(m, "lk_b")), text_qty(la, member(m, "lk_a")),
               used ? " used " : "", used ? text_qty(u, member(m, "used")) : "");
}

static void trace_movements(struct trace *t, int depth, const struct json *holder)
{
    const struct json *all = json_get(holder, "eff");
    for (const struct json *m = all ? json_first(all) : NULL; m; m = json_next(m))
        trace_movement(t, depth, m);
}

static void put_options(FILE *f, const struct json *line)
{
    const struct json *all = json_get(line, "options");
    for (const struct json *o = all ? json_first(all) : NULL; o; o = json_next(o)) {
        char a[DECIMAL_TEXT];
        fprintf(f, " + %s", text_qty(a, member(o, "q_t")));
        put_name(f, o, "name");
    }
}

static void trace_order_line(struct trace *t, const struct json *l)
{
    char a[DECIMAL_TEXT];
    struct text x;
    FILE *f = text_begin(&x);
    fprintf(f, "line %lld: %s", (long long)member(l, "line"), text_qty(a, member(l, "q_t")));
    if (json_get(l, "name")) {
        put_name(f, l, "name");
        put_options(f, l);
        fprintf(f, " at %s", text_money(a, member(l, "unit_e4")));
        fprintf(f, " = %s", text_money(a, member(l, "amount_e4")));
    } else {
        fprintf(f, " moved");
    }
    if (member(l, "parent"))
        fprintf(f, ", part of line %lld", (long long)member(l, "parent"));
    text_end(t, 1, &x);
    trace_movements(t, 2, l);
}

static void trace_event(struct trace *t, const struct event *e)
{
    char why[JSON_WHY];
    struct json *body = json_parse(e->body.p, e->body.n, &JSON_IMPORT, why);
    if (!body) {
        trace_line(t, 0, "event %s whose body is unreadable: %s", event_kind_name(e->kind), why);
        return;
    }
    trace_heading(t, e, body);
    const struct json *lines = json_get(body, "lines");
    bool of_order = lines && json_kind(lines) == JSON_ARRAY;
    for (const struct json *l = of_order ? json_first(lines) : NULL; l; l = json_next(l))
        trace_order_line(t, l);
    trace_movements(t, 1, body);
    json_free(body);
}

void trace_events(struct trace *t)
{
    struct event e;
    struct txn *txn = trace_look(t);
    struct journal_scan scan =
        journal_scan_begin(txn, (struct position){t->told.epoch, t->told.seq + 1}, false);
    while (journal_scan_next(&scan, &e)) {
        trace_event(t, &e);
        t->told = e.at;
    }
    journal_scan_end(&scan);
    txn_abort(txn);
}

void trace_skip(struct trace *t)
{
    struct event e;
    struct txn *txn = trace_look(t);
    struct journal_scan scan = journal_scan_begin(txn, (struct position){0, 0}, true);
    if (journal_scan_next(&scan, &e))
        t->told = e.at;
    journal_scan_end(&scan);
    txn_abort(txn);
}
