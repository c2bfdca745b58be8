/* Requests become commands. One row per verb: who may use it, and how its body is read. */
#include <stdio.h>

#include "proto/command_lines.h"
#include "proto/command_stock.h"
#include "proto/topic.h"
#include "proto/wire.h"

struct decode {
    struct fields f;
    struct command *c;
    const struct json *body;
};

/* ---- orders ---- */

static void order_id(struct decode *d)
{
    field_need(&d->f, field_word(&d->f, d->body, "order_id", id_is_order, &d->c->order_id),
               "order_id");
}

static void about_guest(struct decode *d)
{
    struct command *c = d->c;
    c->has_table = field_text(&d->f, d->body, "table", LIMIT_TABLE, &c->table);
    c->has_note = field_text(&d->f, d->body, "note", LIMIT_NOTE, &c->note);
    c->has_user_id = field_text(&d->f, d->body, "user_id", LIMIT_USER_ID, &c->user_id);
}

static void channel_named(struct decode *d)
{
    struct str name;
    if (!field_text(&d->f, d->body, "channel", LIMIT_NAME, &name))
        return;
    d->c->has_channel = channel_parse(name, &d->c->channel);
    if (!d->c->has_channel)
        field_refuse_word(&d->f, "channel: no such channel", name);
}

/* Whose PIN it is, the journal has to know. */
static void override_pin(struct decode *d)
{
    struct str *pin = &d->c->override_pin;
    if (!field_text(&d->f, d->body, "override_pin", LIMIT_PIN, pin))
        return;
    field_need(&d->f, pin->n > 0, "override_pin");
    field_need(&d->f, d->c->operator_id.n > 0, "operator");
}

static void place(struct decode *d)
{
    order_id(d);
    channel_named(d);
    about_guest(d);
    override_pin(d);
    lines_of_order(&d->f, d->c, d->body);
}

static void sell(struct decode *d)
{
    place(d);
    payments(&d->f, d->c, d->body);
}

static void add(struct decode *d)
{
    order_id(d);
    override_pin(d);
    lines_of_add(&d->f, d->c, d->body);
}

static void op_id(struct decode *d, const char *key)
{
    field_need(&d->f, field_word(&d->f, d->body, key, id_is_order, &d->c->op_id), key);
}

static void void_lines(struct decode *d)
{
    order_id(d);
    op_id(d, "void_id");
    lines_given_back(&d->f, d->c, d->body);
    field_need(&d->f, d->c->n_lines > 0, "lines");
}

static void update(struct decode *d)
{
    order_id(d);
    about_guest(d);
}

static void adjust(struct decode *d)
{
    order_id(d);
    adjusts(&d->f, d->c, d->body);
}

static void pay_attempt(struct decode *d)
{
    order_id(d);
    payment_flat(&d->f, d->c, d->body, false);
}

static void pay(struct decode *d)
{
    order_id(d);
    payment_flat(&d->f, d->c, d->body, true);
    lines_weighed(&d->f, d->c, d->body);
}

static void cancel(struct decode *d)
{
    order_id(d);
    field_bool(&d->f, d->body, "no_charge", &d->c->no_charge);
    restock_lines(&d->f, d->c, d->body);
}

static void refund(struct decode *d)
{
    struct command *c = d->c;
    order_id(d);
    op_id(d, "refund_id");
    lines_given_back(&d->f, c, d->body);
    c->has_amount = field_money(&d->f, d->body, "amount", 0, &c->amount_e4);
    field_need(&d->f, c->has_amount || c->n_lines > 0, "amount");
}

static void serve(struct decode *d)
{
    order_id(d);
    field_u32(&d->f, d->body, "round", 1, LIMIT_ROUNDS, &d->c->round);
}

static void ticket(struct decode *d)
{
    order_id(d);
    field_need(&d->f, field_word(&d->f, d->body, "station", id_is_station, &d->c->station),
               "station");
    field_need(&d->f, field_u32(&d->f, d->body, "round", 1, LIMIT_ROUNDS, &d->c->round), "round");
}

/* ---- stock ---- */

static bool object_type(struct decode *d)
{
    const struct json *v = json_get(d->body, "object_type");
    int64_t type = 0;
    if (v && json_kind(v) == JSON_STRING)
        field_id(&d->f, d->body, "object_type", &type);
    else if (v && json_kind(v) == JSON_NUMBER)
        json_integer(v, &type);
    d->c->object.type = type == OBJECT_SPU ? OBJECT_SPU : OBJECT_SKU;
    return type == OBJECT_SPU || type == OBJECT_SKU;
}

static void object(struct decode *d)
{
    field_need(&d->f, object_type(d), "object_type");
    field_need(&d->f, field_id(&d->f, d->body, "object_id", &d->c->object.id), "object_id");
}

static void stock_set(struct decode *d)
{
    struct str basis = STR("sellable");
    object(d);
    d->c->has_qty = field_qty(&d->f, d->body, "qty", 0, &d->c->qty_t);
    field_need(&d->f, d->c->has_qty, "qty");
    field_text(&d->f, d->body, "basis", LIMIT_NAME, &basis);
    d->c->basis_physical = str_eq(basis, STR("physical"));
    field_need(&d->f, d->c->basis_physical || str_eq(basis, STR("sellable")), "basis");
}

static void stock_adjust(struct decode *d)
{
    struct str reason;
    object(d);
    d->c->has_qty = field_qty(&d->f, d->body, "delta", -LIMIT_QTY_T, &d->c->qty_t);
    field_need(&d->f, d->c->has_qty, "delta");
    if (d->c->qty_t == 0)
        field_refuse(&d->f, CODE_BAD_QUANTITY, "delta");
    bool known = field_text(&d->f, d->body, "reason", LIMIT_NAME, &reason) &&
                 stock_reason_parse(reason, &d->c->reason);
    field_need(&d->f, known, "reason");
}

static void stock_plan(struct decode *d)
{
    struct command *c = d->c;
    object(d);
    c->has_limited = field_bool(&d->f, d->body, "limited", &c->limited);
    field_need(&d->f, c->has_limited, "limited");
    c->has_qty = field_qty(&d->f, d->body, "plan", 0, &c->qty_t);
    field_need(&d->f, c->has_qty || !c->limited, "plan");
}

static void channel_set(struct decode *d)
{
    object(d);
    channel_named(d);
    field_need(&d->f, d->c->has_channel, "channel");
    stock_of_channel(&d->f, d->c, d->body);
}

static void stock_schedule(struct decode *d)
{
    object(d);
    stock_of_schedule(&d->f, d->c, d->body);
}

static void stock_policy(struct decode *d)
{
    object(d);
    stock_of_policy(&d->f, d->c, d->body);
}

/* Without a quantity: all there is. */
static void stock_return(struct decode *d)
{
    object(d);
    d->c->has_qty = field_qty(&d->f, d->body, "qty", 1, &d->c->qty_t);
}

/* ---- queries ---- */

#define LIMIT_CURSOR 128

static void page(struct decode *d)
{
    d->c->limit = LIMIT_LIST;
    field_text(&d->f, d->body, "cursor", LIMIT_CURSOR, &d->c->cursor);
    field_u32(&d->f, d->body, "limit", 1, LIMIT_LIST, &d->c->limit);
}

static void order_list(struct decode *d)
{
    struct command *c = d->c;
    struct str state;
    page(d);
    if (field_text(&d->f, d->body, "state", LIMIT_NAME, &state)) {
        c->has_state = order_state_parse(state, &c->state);
        field_need(&d->f, c->has_state, "state");
    }
    const struct json *since = json_get(d->body, "since");
    if (since && (json_kind(since) != JSON_NUMBER || !json_integer(since, &c->since_ms)))
        field_refuse(&d->f, CODE_BAD_REQUEST, "since");
}

static void order_trace(struct decode *d)
{
    order_id(d);
    page(d);
}

static void object_page(struct decode *d)
{
    object(d);
    page(d);
}

static void pong(struct decode *d)
{
    field_need(&d->f, field_text(&d->f, d->body, "nonce", LIMIT_REQ_ID, &d->c->nonce), "nonce");
}

/* ---- control socket ---- */

static void named_device(struct decode *d)
{
    struct str id = {0};
    field_need(&d->f, field_text(&d->f, d->body, "device", LIMIT_PACKET_BYTES, &id), "device");
    if (!id_is_device(id))
        field_refuse(&d->f, CODE_BAD_REQUEST, "device: " ID_DEVICE_RULE);
    d->c->target = id;
}

static bool is_day(struct str v)
{
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9')
            return false;
    }
    return v.n == 8;
}

static void day_show(struct decode *d)
{
    field_word(&d->f, d->body, "day", is_day, &d->c->target);
}

static void new_epoch(struct decode *d)
{
    field_text(&d->f, d->body, "reason", LIMIT_NOTE, &d->c->why);
}

/* Both or none. */
static void queue_retry(struct decode *d)
{
    struct position *at = &d->c->event;
    bool epoch = field_u32(&d->f, d->body, "epoch", 1, UINT32_MAX, &at->epoch);
    bool seq = wire_u64(&d->f, d->body, "seq", &at->seq) && at->seq > 0;
    field_need(&d->f, epoch == seq, epoch ? "seq" : "epoch");
}

static void oversell_case(struct decode *d)
{
    field_need(&d->f, field_text(&d->f, d->body, "case", LIMIT_DETAIL, &d->c->target), "case");
}

static void cloud_claim(struct decode *d)
{
    field_text(&d->f, d->body, "token", LIMIT_TOKEN, &d->c->token);
}

static void cloud_enrol(struct decode *d)
{
    field_need(&d->f, field_text(&d->f, d->body, "token", LIMIT_TOKEN, &d->c->token), "token");
    field_text(&d->f, d->body, "url", LIMIT_URL, &d->c->url);
    field_text(&d->f, d->body, "ca", LIMIT_PATH, &d->c->ca_file);
}

/* Verbs whose body is empty, or a document that their own rule reads. */
static void no_fields(struct decode *d)
{
    (void)d;
}

/* ---- the table ---- */

#define POS   (1u << ROLE_POS)
#define KIOSK (1u << ROLE_KIOSK)
#define EMENU (1u << ROLE_EMENU)
#define KDS   (1u << ROLE_KDS)
#define ALL   (POS | KIOSK | EMENU | KDS | 1u << ROLE_BOARD)

struct verb_rule {
    unsigned roles; /* of the LAN; none: the control socket alone */
    void (*read)(struct decode *d);
};
static const struct verb_rule VERBS[VERB_COUNT] = {
    [VERB_ORDER_PLACE] = {POS | KIOSK | EMENU, place},
    [VERB_ORDER_SELL] = {POS | KIOSK, sell},
    [VERB_ORDER_ADD] = {POS | EMENU, add},
    [VERB_ORDER_VOID] = {POS, void_lines},
    [VERB_ORDER_UPDATE] = {POS | EMENU, update},
    [VERB_ORDER_ADJUST] = {POS, adjust},
    [VERB_ORDER_PAY_BEGIN] = {POS | KIOSK | EMENU, pay_attempt},
    [VERB_ORDER_PAY_FAILED] = {POS | KIOSK | EMENU, pay_attempt},
    [VERB_ORDER_PAY] = {POS | KIOSK | EMENU, pay},
    [VERB_ORDER_CANCEL] = {POS | KIOSK | EMENU, cancel},
    [VERB_ORDER_SERVE] = {POS | KDS, serve},
    [VERB_ORDER_REFUND] = {POS, refund},
    [VERB_TICKET_START] = {POS | KDS, ticket},
    [VERB_TICKET_READY] = {POS | KDS, ticket},
    [VERB_TICKET_BUMP] = {POS | KDS, ticket},
    [VERB_TICKET_RECALL] = {POS | KDS, ticket},
    [VERB_STOCK_SET] = {POS, stock_set},
    [VERB_STOCK_ADJUST] = {POS, stock_adjust},
    [VERB_STOCK_SOLD_OUT] = {POS, object},
    [VERB_STOCK_ON_SALE] = {POS, object},
    [VERB_STOCK_PLAN] = {POS, stock_plan},
    [VERB_STOCK_CHANNEL] = {POS, channel_set},
    [VERB_STOCK_SCHEDULE] = {POS, stock_schedule},
    [VERB_STOCK_POLICY] = {0, stock_policy},
    [VERB_STOCK_RETURN] = {POS, stock_return},
    [VERB_MENU_IMPORT] = {0, no_fields},
    [VERB_DEVICE_ADD] = {0, no_fields},
    [VERB_DEVICE_REVOKE] = {0, named_device},
    [VERB_DEVICE_ROTATE] = {0, named_device},
    [VERB_DAY_CLOSE] = {0, no_fields},
    [VERB_STORE_NEW_EPOCH] = {0, new_epoch},
    [VERB_STORE_CONFIRM] = {0, no_fields},
    [VERB_TIMERS] = {0, no_fields},
    [VERB_NOTE] = {0, no_fields},
    [VERB_ORDER_GET] = {ALL, order_id},
    [VERB_ORDER_LIST] = {ALL, order_list},
    [VERB_ORDER_TRACE] = {POS, order_trace},
    [VERB_STOCK_GET] = {POS, object},
    [VERB_STOCK_LIST] = {0, page},
    [VERB_STOCK_HISTORY] = {POS, object_page},
    [VERB_STOCK_EXPLAIN] = {POS, object_page},
    [VERB_MENU_GET] = {POS | KIOSK | EMENU | KDS, page},
    [VERB_SYNC_SNAPSHOT] = {ALL, page},
    [VERB_TIME_GET] = {ALL, no_fields},
    [VERB_PONG] = {ALL, pong},
    [VERB_DEVICE_LIST] = {0, no_fields},
    [VERB_DEVICE_TEST] = {0, named_device},
    [VERB_DEVICE_IDENTIFY] = {0, named_device},
    [VERB_JOURNAL_TAIL] = {0, page},
    [VERB_JOURNAL_VERIFY] = {0, no_fields},
    [VERB_DEVICE_PAIR] = {0, no_fields},
    [VERB_DEVICE_PAIR_END] = {0, no_fields},
    [VERB_BACKUP_CREATE] = {0, no_fields},
    [VERB_BACKUP_LIST] = {0, no_fields},
    [VERB_CLOCK_ACCEPT] = {0, no_fields},
    [VERB_DAY_SHOW] = {0, day_show},
    [VERB_CLOUD_TEST] = {0, no_fields},
    [VERB_SYNC_NOW] = {0, no_fields},
    [VERB_SYNC_PAUSE] = {0, no_fields},
    [VERB_SYNC_RESUME] = {0, no_fields},
    [VERB_SYNC_DIFF] = {0, no_fields},
    [VERB_QUEUE_LIST] = {0, page},
    [VERB_QUEUE_RETRY] = {0, queue_retry},
    [VERB_CLOUD_ENROL] = {0, cloud_enrol},
    [VERB_CLOUD_CLAIM] = {0, cloud_claim},
    [VERB_OVERSELL_LIST] = {0, page},
    [VERB_OVERSELL_SHOW] = {0, oversell_case},
    [VERB_OVERSELL_RESOLVE] = {0, oversell_case},
    [VERB_CENTER_ROW] = {0, no_fields},
    [VERB_ROW_STATE] = {0, no_fields},
    [VERB_CENTER_CLAIM] = {0, no_fields},
};

bool verb_allowed(enum verb verb, enum role role)
{
    return role == ROLE_ADMIN || (VERBS[verb].roles & 1u << role) != 0;
}

enum channel role_channel(enum role role)
{
    switch (role) {
    case ROLE_POS:
    case ROLE_ADMIN:
        return CHANNEL_POS;
    case ROLE_KIOSK:
        return CHANNEL_KIOSK;
    case ROLE_EMENU:
        return CHANNEL_EMENU;
    case ROLE_KDS:
    case ROLE_BOARD:
    case ROLE_COUNT:
        break;
    }
    return CHANNEL_COUNT;
}

/* ---- role and channel ---- */

static bool sells_on(const struct caller *who, enum channel channel)
{
    if (channel == role_channel(who->role))
        return true;
    if (!channel_is_hub(channel))
        return false;
    return who->role == ROLE_ADMIN ||
           (who->role == ROLE_POS && (who->channels & 1u << channel) != 0);
}

static bool is_own_station(const struct caller *who, struct str station)
{
    for (uint16_t i = 0; i < who->n_stations; i++) {
        if (str_eq(who->stations[i], station))
            return true;
    }
    return false;
}

static enum code authorize(const struct command *c, char path[FIELD_PATH])
{
    const char *why = NULL;
    if (!verb_allowed(c->verb, c->who.role))
        why = "verb";
    else if ((c->verb == VERB_ORDER_PLACE || c->verb == VERB_ORDER_SELL) &&
             !sells_on(&c->who, c->channel))
        why = "channel";
    else if (VERBS[c->verb].read == ticket && c->who.role == ROLE_KDS &&
             !is_own_station(&c->who, c->station))
        why = "station";
    else if (c->override_pin.n > 0 && c->who.role != ROLE_POS && c->who.role != ROLE_ADMIN)
        why = "override_pin";
    if (!why)
        return CODE_OK;
    snprintf(path, FIELD_PATH, "%s %s", role_name(c->who.role), why);
    return CODE_NOT_AUTHORIZED;
}

/* ---- the whole ---- */

static void content(struct decode *d)
{
    static const char *const SKIP[] = {"req_id", "seen", "trace", NULL};
    char prefix[64];
    int n = snprintf(prefix, sizeof prefix, "%s\n", verb_name(d->c->verb));
    json_canonical_hash(d->body, (struct str){prefix, (size_t)n}, SKIP, d->c->content);
}

static void envelope(struct decode *d)
{
    bool there = field_word(&d->f, d->body, "req_id", id_is_req, &d->c->req_id);
    bool optional = d->c->who.role == ROLE_ADMIN || d->c->verb == VERB_PONG;
    field_need(&d->f, there || optional, "req_id");
    field_text(&d->f, d->body, "operator", LIMIT_OPERATOR, &d->c->operator_id);
}

enum code command_decode(struct command *out, enum verb verb, const struct caller *who,
                         const struct json *body, struct arena *arena, char path[FIELD_PATH])
{
    *out = (struct command){.verb = verb, .who = *who, .channel = role_channel(who->role)};
    out->body = body;
    struct decode d = {.c = out, .body = body};
    fields_begin(&d.f, arena, path);
    if (json_kind(body) != JSON_OBJECT)
        return CODE_BAD_REQUEST;
    content(&d);
    envelope(&d);
    VERBS[verb].read(&d);
    return d.f.code != CODE_OK ? d.f.code : authorize(out, path);
}
