#include "proto/command_lines.h"

#include "proto/topic.h"

#define PORTION_T 10

/* ---- place, sell, add ---- */

static void option(struct fields *f, const struct json *v, struct option_request *o)
{
    static const char *const KNOWN[] = {"option_id", "qty", NULL};
    fields_only(f, v, KNOWN);
    field_need(f, field_id(f, v, "option_id", &o->option_id), "option_id");
    field_need(f, field_qty(f, v, "qty", 1, &o->qty_t), "qty");
    if (o->qty_t % PORTION_T != 0)
        field_refuse(f, CODE_BAD_QUANTITY, "qty");
}

static bool option_named_before(const struct line_request *l, uint16_t i)
{
    for (uint16_t k = 0; k < i; k++) {
        if (l->options[k].option_id == l->options[i].option_id)
            return true;
    }
    return false;
}

static void options(struct fields *f, const struct json *line, struct line_request *l)
{
    void *records = NULL;
    l->n_options = field_array(f, line, "options", LIMIT_OPTIONS, sizeof *l->options, &records);
    l->options = records;
    if (l->n_options == 0)
        return;
    const struct json *v = json_first(json_get(line, "options"));
    for (uint16_t i = 0; i < l->n_options; i++, v = json_next(v)) {
        size_t mark = fields_enter(f, "options", i);
        option(f, v, &l->options[i]);
        if (option_named_before(l, i))
            field_refuse(f, CODE_BAD_REQUEST, "option_id");
        fields_leave(f, mark);
    }
}

static void line_number(struct fields *f, const struct json *v, struct line_request *l)
{
    field_need(f, field_u32(f, v, "line", 1, UINT32_MAX, &l->line), "line");
}

static void ordered_line(struct fields *f, const struct json *v, struct line_request *l)
{
    static const char *const KNOWN[] = {"line", "object_id", "qty",    "parent", "options",
                                        "note", "seat",      "course", "price",  NULL};
    fields_only(f, v, KNOWN);
    line_number(f, v, l);
    field_need(f, field_id(f, v, "object_id", &l->object_id), "object_id");
    field_need(f, field_qty(f, v, "qty", 1, &l->qty_t), "qty");
    field_u32(f, v, "parent", 0, UINT32_MAX, &l->parent);
    options(f, v, l);
    field_text(f, v, "note", LIMIT_NOTE, &l->note);
    field_u32(f, v, "seat", 0, UINT32_MAX, &l->seat);
    field_u32(f, v, "course", 0, UINT32_MAX, &l->course);
    l->has_price = field_money(f, v, "price", 0, &l->price_e4);
}

/* Index of a line number below `end`, or `end`. */
static uint16_t line_index(const struct command *c, uint32_t line, uint16_t begin, uint16_t end)
{
    while (begin < end && c->lines[begin].line != line)
        begin++;
    return begin;
}

static void check_numbers(struct fields *f, const struct command *c)
{
    for (uint16_t i = 0; i < c->n_lines; i++) {
        size_t mark = fields_enter(f, "lines", i);
        if (line_index(c, c->lines[i].line, 0, i) < i)
            field_refuse(f, CODE_BAD_REQUEST, "line");
        fields_leave(f, mark);
    }
}

/* Parents stand before their parts, so that there are no circles. */
static void check_parents(struct fields *f, const struct command *c, bool may_exist_already)
{
    for (uint16_t i = 0; i < c->n_lines; i++) {
        uint32_t parent = c->lines[i].parent;
        bool earlier = line_index(c, parent, 0, i) < i;
        bool later = line_index(c, parent, i, c->n_lines) < c->n_lines;
        size_t mark = fields_enter(f, "lines", i);
        if (parent != 0 && !earlier && (later || !may_exist_already))
            field_refuse(f, CODE_BAD_REQUEST, "parent");
        fields_leave(f, mark);
    }
}

typedef void line_reader(struct fields *f, const struct json *v, struct line_request *l);

static void lines(struct fields *f, struct command *c, const struct json *body, line_reader *read)
{
    void *records = NULL;
    c->n_lines = field_array(f, body, "lines", LIMIT_LINES, sizeof *c->lines, &records);
    c->lines = records;
    if (c->n_lines == 0)
        return;
    const struct json *v = json_first(json_get(body, "lines"));
    for (uint16_t i = 0; i < c->n_lines; i++, v = json_next(v)) {
        size_t mark = fields_enter(f, "lines", i);
        read(f, v, &c->lines[i]);
        fields_leave(f, mark);
    }
    check_numbers(f, c);
}

void lines_of_order(struct fields *f, struct command *c, const struct json *body)
{
    lines(f, c, body, ordered_line);
    field_need(f, c->n_lines > 0, "lines");
    check_parents(f, c, false);
}

void lines_of_add(struct fields *f, struct command *c, const struct json *body)
{
    lines(f, c, body, ordered_line);
    field_need(f, c->n_lines > 0, "lines");
    check_parents(f, c, true);
}

/* ---- void, refund, pay, cancel ---- */

static void given_back(struct fields *f, const struct json *v, struct line_request *l)
{
    static const char *const KNOWN[] = {"line", "qty", "restock", NULL};
    fields_only(f, v, KNOWN);
    line_number(f, v, l);
    field_need(f, field_qty(f, v, "qty", 1, &l->qty_t), "qty");
    field_bool(f, v, "restock", &l->restock);
}

void lines_given_back(struct fields *f, struct command *c, const struct json *body)
{
    lines(f, c, body, given_back);
}

static void weighed(struct fields *f, const struct json *v, struct line_request *l)
{
    static const char *const KNOWN[] = {"line", "actual_qty", NULL};
    fields_only(f, v, KNOWN);
    line_number(f, v, l);
    l->has_actual = field_qty(f, v, "actual_qty", 1, &l->actual_t);
    field_need(f, l->has_actual, "actual_qty");
}

void lines_weighed(struct fields *f, struct command *c, const struct json *body)
{
    lines(f, c, body, weighed);
}

static bool restock_number(const struct json *v, uint32_t *out)
{
    int64_t n;
    if (json_kind(v) != JSON_NUMBER || !json_integer(v, &n) || n < 1 || n > UINT32_MAX)
        return false;
    *out = (uint32_t)n;
    return true;
}

void restock_lines(struct fields *f, struct command *c, const struct json *body)
{
    void *records = NULL;
    c->n_restock = field_array(f, body, "restock", LIMIT_LINES, sizeof *c->restock_lines, &records);
    c->restock_lines = records;
    if (c->n_restock == 0)
        return;
    const struct json *v = json_first(json_get(body, "restock"));
    for (uint16_t i = 0; i < c->n_restock; i++, v = json_next(v)) {
        if (!restock_number(v, &c->restock_lines[i]))
            field_refuse(f, CODE_BAD_REQUEST, "restock");
    }
}

/* ---- adjust ---- */

static void adjust_kind(struct fields *f, const struct json *v, struct adjust_request *a)
{
    struct str name;
    if (!field_text(f, v, "kind", LIMIT_NAME, &name) || !adjust_kind_parse(name, &a->kind))
        field_refuse(f, CODE_BAD_REQUEST, "kind");
}

static void adjust(struct fields *f, const struct json *v, struct adjust_request *a)
{
    static const char *const KNOWN[] = {"adj", "kind", "line", "name", "amount", NULL};
    fields_only(f, v, KNOWN);
    field_need(f, field_u32(f, v, "adj", 1, UINT32_MAX, &a->adj), "adj");
    adjust_kind(f, v, a);
    field_u32(f, v, "line", 0, UINT32_MAX, &a->line);
    field_text(f, v, "name", LIMIT_NAME, &a->name);
    field_need(f, field_money(f, v, "amount", -LIMIT_MONEY_E4, &a->amount_e4), "amount");
}

static bool adj_named_before(const struct command *c, uint16_t i)
{
    for (uint16_t k = 0; k < i; k++) {
        if (c->adjusts[k].adj == c->adjusts[i].adj)
            return true;
    }
    return false;
}

void adjusts(struct fields *f, struct command *c, const struct json *body)
{
    void *records = NULL;
    c->n_adjusts = field_array(f, body, "adjust", LIMIT_ADJUSTS, sizeof *c->adjusts, &records);
    c->adjusts = records;
    field_need(f, c->n_adjusts > 0, "adjust");
    const struct json *v = c->n_adjusts ? json_first(json_get(body, "adjust")) : NULL;
    for (uint16_t i = 0; i < c->n_adjusts; i++, v = json_next(v)) {
        size_t mark = fields_enter(f, "adjust", i);
        adjust(f, v, &c->adjusts[i]);
        if (adj_named_before(c, i))
            field_refuse(f, CODE_BAD_REQUEST, "adj");
        fields_leave(f, mark);
    }
}

/* ---- payments ---- */

/* Luhn: from the right every second digit counts double, with its digits summed. */
static bool passes_luhn(const char *digits, size_t n)
{
    int sum = 0;
    for (size_t i = 0; i < n; i++) {
        int d = digits[n - 1 - i] - '0';
        int twice = d * 2;
        sum += i % 2 == 0 ? d : twice / 10 + twice % 10;
    }
    return sum % 10 == 0;
}

static bool is_card_number(struct str text)
{
    char digits[LIMIT_REF];
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char ch = text.p[i];
        if (ch == ' ' || ch == '-')
            continue;
        if (ch < '0' || ch > '9' || n == sizeof digits)
            return false;
        digits[n++] = ch;
    }
    return n >= 13 && n <= 19 && passes_luhn(digits, n);
}

/* A tender is a name in the day's sums. */
static bool is_tender(struct str v)
{
    return v.n <= LIMIT_TENDER && id_is_order(v);
}

static void payment(struct fields *f, const struct json *v, struct payment_request *p, bool whole)
{
    field_need(f, field_word(f, v, "pay_id", id_is_order, &p->pay_id), "pay_id");
    bool has_tender = field_word(f, v, "tender", is_tender, &p->tender);
    field_need(f, has_tender || !whole, "tender");
    bool has_amount = field_money(f, v, "amount", 0, &p->amount_e4);
    field_need(f, has_amount || !whole, "amount");
    if (field_text(f, v, "ref", LIMIT_REF, &p->ref) && is_card_number(p->ref))
        field_refuse(f, CODE_BAD_REQUEST, "ref");
}

static bool paid_before(const struct command *c, uint16_t i)
{
    for (uint16_t k = 0; k < i; k++) {
        if (str_eq(c->payments[k].pay_id, c->payments[i].pay_id))
            return true;
    }
    return false;
}

void payments(struct fields *f, struct command *c, const struct json *body)
{
    static const char *const KNOWN[] = {"pay_id", "tender", "amount", "ref", NULL};
    void *records = NULL;
    c->n_payments = field_array(f, body, "payments", LIMIT_PAYMENTS, sizeof *c->payments, &records);
    c->payments = records;
    field_need(f, c->n_payments > 0, "payments");
    const struct json *v = c->n_payments ? json_first(json_get(body, "payments")) : NULL;
    for (uint16_t i = 0; i < c->n_payments; i++, v = json_next(v)) {
        size_t mark = fields_enter(f, "payments", i);
        fields_only(f, v, KNOWN);
        payment(f, v, &c->payments[i], true);
        if (paid_before(c, i))
            field_refuse(f, CODE_BAD_REQUEST, "pay_id");
        fields_leave(f, mark);
    }
}

void payment_flat(struct fields *f, struct command *c, const struct json *body, bool whole)
{
    c->payments = arena_alloc(f->arena, sizeof *c->payments);
    if (!c->payments) {
        field_refuse(f, CODE_INTERNAL, "pay_id");
        return;
    }
    c->n_payments = 1;
    payment(f, body, c->payments, whole);
    c->op_id = c->payments->pay_id;
}
