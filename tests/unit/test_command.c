/* Requests become commands: what is understood, what is refused, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/command.h"

struct asked {
    struct command c;
    struct arena arena;
    struct json *doc;
    enum code code;
    char path[FIELD_PATH];
};

static void done(struct asked *a)
{
    json_free(a->doc);
    arena_free(&a->arena);
}

/* 'quotes' stand for "quotes". */
static void ask_as(struct asked *a, const struct caller *who, const char *verb, const char *body)
{
    char text[8192], why[JSON_WHY];
    enum verb v;
    snprintf(text, sizeof text, "%s", body);
    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    arena_init(&a->arena, 1 << 20);
    a->doc = json_parse(text, strlen(text), &JSON_REQUEST, why);
    if (!a->doc)
        fail_msg("%s: %s", text, why);
    assert_true(verb_parse(str_of(verb), &v));
    a->code = command_decode(&a->c, v, who, a->doc, &a->arena, a->path);
}

static void ask(struct asked *a, enum role role, const char *verb, const char *body)
{
    struct caller who = {.device = STR("till-1"), .role = role};
    ask_as(a, &who, verb, body);
}

static void is_refused(enum role role, const char *verb, const char *body, enum code code,
                       const char *path)
{
    struct asked a;
    ask(&a, role, verb, body);
    if (a.code != code || strcmp(a.path, path) != 0)
        fail_msg("%s %s: %d at \"%s\", not %d at \"%s\"", verb, body, a.code, a.path, code, path);
    done(&a);
}

static void is_taken(enum role role, const char *verb, const char *body)
{
    is_refused(role, verb, body, CODE_OK, "");
}

#define PLACE(lines)   "{'req_id':'r','order_id':'o1','lines':[" lines "]}"
#define LINE           "{'line':1,'object_id':'1001','qty':'2'}"
#define ORDER(members) "{'req_id':'r','order_id':'o1'," members "}"
#define STOCK(members) "{'req_id':'r','object_type':2,'object_id':'1001'" members "}"

/* ---- place ---- */

static void place_takes_every_field(void **state)
{
    struct asked a;
    (void)state;
    ask(&a, ROLE_POS, "order.place",
        "{'req_id':'x7qk-123','order_id':'x7qk-42','table':'12','note':'hi','user_id':'u1',"
        "'operator':'anna','lines':["
        "{'line':1,'object_id':'1001','qty':'8.50','seat':2,'course':1,'note':'no nuts',"
        "'options':[{'option_id':'77','qty':1}],'price':'12.75'},"
        "{'line':2,'object_id':'1044','qty':1,'parent':1}]}");
    assert_int_equal(a.code, CODE_OK);
    const struct command *c = &a.c;
    assert_true(str_eq(c->req_id, STR("x7qk-123")) && str_eq(c->order_id, STR("x7qk-42")));
    assert_true(str_eq(c->table, STR("12")) && str_eq(c->operator_id, STR("anna")));
    assert_int_equal(c->channel, CHANNEL_POS);
    assert_false(c->has_channel);
    assert_int_equal(c->n_lines, 2);
    assert_int_equal(c->lines[0].qty_t, 85);
    assert_int_equal(c->lines[0].seat, 2);
    assert_int_equal(c->lines[0].options[0].option_id, 77);
    assert_int_equal(c->lines[0].options[0].qty_t, 10);
    assert_true(c->lines[0].has_price);
    assert_int_equal(c->lines[0].price_e4, 127500);
    assert_int_equal(c->lines[1].qty_t, 10);
    assert_int_equal(c->lines[1].parent, 1);
    assert_false(c->lines[1].has_price);
    done(&a);
}

static void unknown_fields_are_ignored_above_and_refused_inside(void **state)
{
    (void)state;
    is_taken(ROLE_POS, "order.place", "{'zzz':1,'req_id':'r','order_id':'o1','lines':[" LINE "]}");
    is_refused(ROLE_POS, "order.place", PLACE("{'line':1,'object_id':'1001','qty':'2','qtty':'3'}"),
               CODE_BAD_REQUEST, "lines[0].qtty");
    is_refused(ROLE_POS, "order.place",
               PLACE("{'line':1,'object_id':'1','qty':1,'options':[{'option_id':'7','qty':1},"
                     "{'option_id':'8','qty':1,'no':'nuts'}]}"),
               CODE_BAD_REQUEST, "lines[0].options[1].no");
    is_refused(ROLE_POS, "order.adjust",
               ORDER("'adjust':[{'adj':1,'kind':'TIP','amount':'1','x':1}]"), CODE_BAD_REQUEST,
               "adjust[0].x");
    is_refused(ROLE_POS, "order.sell",
               ORDER("'lines':[" LINE "],'payments':[{'pay_id':'p','tender':'CASH','amount':'1',"
                     "'card':'x'}]"),
               CODE_BAD_REQUEST, "payments[0].card");
    is_refused(ROLE_POS, "order.place", PLACE("{'\\u0001\\u00e9':1}"), CODE_BAD_REQUEST,
               "lines[0].???");
    is_refused(ROLE_POS, "order.place", PLACE("7"), CODE_BAD_REQUEST, "lines[0]");
}

static void what_is_required_is_named(void **state)
{
    (void)state;
    is_refused(ROLE_POS, "order.place", "{'order_id':'o1','lines':[" LINE "]}", CODE_BAD_REQUEST,
               "req_id");
    is_refused(ROLE_POS, "order.place", "{'req_id':'r','lines':[" LINE "]}", CODE_BAD_REQUEST,
               "order_id");
    is_refused(ROLE_POS, "order.place", "{'req_id':'r','order_id':'o1'}", CODE_BAD_REQUEST,
               "lines");
    is_refused(ROLE_POS, "order.place", PLACE(""), CODE_BAD_REQUEST, "lines");
    is_refused(ROLE_POS, "order.place", PLACE("{'line':1,'qty':1}"), CODE_BAD_REQUEST,
               "lines[0].object_id");
    is_refused(ROLE_POS, "order.place", PLACE(LINE ",{'line':2,'object_id':'1'}"), CODE_BAD_REQUEST,
               "lines[1].qty");
    is_taken(ROLE_ADMIN, "order.place", "{'order_id':'o1','lines':[" LINE "]}");
}

static void ids_are_text(void **state)
{
    (void)state;
    is_refused(ROLE_POS, "order.place", PLACE("{'line':1,'object_id':1001,'qty':1}"),
               CODE_BAD_REQUEST, "lines[0].object_id");
    is_refused(ROLE_POS, "order.place", PLACE("{'line':1,'object_id':'0101','qty':1}"),
               CODE_BAD_REQUEST, "lines[0].object_id");
    is_refused(ROLE_POS, "order.place",
               PLACE("{'line':1,'object_id':'9223372036854775808','qty':1}"), CODE_BAD_REQUEST,
               "lines[0].object_id");
    is_taken(ROLE_POS, "order.place",
             PLACE("{'line':1,'object_id':'9223372036854775807','qty':1}"));
    is_refused(ROLE_POS, "order.get", "{'req_id':'r','order_id':'a b'}", CODE_BAD_REQUEST,
               "order_id");
    is_refused(ROLE_POS, "order.get", "{'req_id':7,'order_id':'a'}", CODE_BAD_REQUEST, "req_id");
}

static void quantities_are_exact_tenths_above_zero(void **state)
{
    static const char *const BAD[] = {"'0'", "0", "'-1'", "'0.25'", "0.25", "''", "'1e3'"};
    char body[256];
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        snprintf(body, sizeof body, PLACE("{'line':1,'object_id':'1','qty':%s}"), BAD[i]);
        is_refused(ROLE_POS, "order.place", body, CODE_BAD_QUANTITY, "lines[0].qty");
    }
    is_taken(ROLE_POS, "order.place", PLACE("{'line':1,'object_id':'1','qty':1.5}"));
    is_refused(ROLE_POS, "order.place", PLACE("{'line':1,'object_id':'1','qty':true}"),
               CODE_BAD_REQUEST, "lines[0].qty");
}

static void options_are_whole_and_named_once(void **state)
{
    (void)state;
    is_refused(
        ROLE_POS, "order.place",
        PLACE("{'line':1,'object_id':'1','qty':1,'options':[{'option_id':'7','qty':'1.5'}]}"),
        CODE_BAD_QUANTITY, "lines[0].options[0].qty");
    is_refused(ROLE_POS, "order.place",
               PLACE("{'line':1,'object_id':'1','qty':1,'options':[{'option_id':'7','qty':1},"
                     "{'option_id':'7','qty':1}]}"),
               CODE_BAD_REQUEST, "lines[0].options[1].option_id");
}

static void line_numbers_are_unique_and_parents_come_first(void **state)
{
    (void)state;
    is_refused(ROLE_POS, "order.place", PLACE(LINE "," LINE), CODE_BAD_REQUEST, "lines[1].line");
#define PARENT(n, parent) "{'line':" #n ",'object_id':'1','qty':1,'parent':" #parent "}"
    is_refused(ROLE_POS, "order.place", PLACE(PARENT(1, 1)), CODE_BAD_REQUEST, "lines[0].parent");
    is_refused(ROLE_POS, "order.place", PLACE(PARENT(1, 2) "," PARENT(2, 0)), CODE_BAD_REQUEST,
               "lines[0].parent");
    is_refused(ROLE_POS, "order.place", PLACE(PARENT(1, 9)), CODE_BAD_REQUEST, "lines[0].parent");
    is_taken(ROLE_POS, "order.add", PLACE(PARENT(3, 1)));
    is_refused(ROLE_POS, "order.add", PLACE(PARENT(3, 4) "," PARENT(4, 0)), CODE_BAD_REQUEST,
               "lines[0].parent");
}

/* ---- payments ---- */

static void a_payment_is_flat_in_pay(void **state)
{
    struct asked a;
    (void)state;
    ask(&a, ROLE_KIOSK, "order.pay",
        ORDER("'pay_id':'p1','tender':'CARD','amount':'20.5','ref':'auth-1',"
              "'lines':[{'line':1,'actual_qty':'0.8'}]"));
    assert_int_equal(a.code, CODE_OK);
    assert_int_equal(a.c.n_payments, 1);
    assert_int_equal(a.c.payments[0].amount_e4, 205000);
    assert_true(str_eq(a.c.op_id, STR("p1")) && str_eq(a.c.payments[0].ref, STR("auth-1")));
    assert_true(a.c.lines[0].has_actual);
    assert_int_equal(a.c.lines[0].actual_t, 8);
    done(&a);
}

static void money_is_text(void **state)
{
    (void)state;
    is_refused(ROLE_POS, "order.pay", ORDER("'pay_id':'p','tender':'CASH','amount':20"),
               CODE_BAD_REQUEST, "amount");
    is_refused(ROLE_POS, "order.pay", ORDER("'pay_id':'p','tender':'CASH','amount':'-1'"),
               CODE_BAD_REQUEST, "amount");
    is_refused(ROLE_POS, "order.pay", ORDER("'pay_id':'p','tender':'CASH','amount':'1.00001'"),
               CODE_BAD_REQUEST, "amount");
    is_refused(ROLE_POS, "order.pay", ORDER("'pay_id':'p','amount':'1'"), CODE_BAD_REQUEST,
               "tender");
    is_taken(ROLE_POS, "order.pay_failed", ORDER("'pay_id':'p'"));
    is_refused(ROLE_POS, "order.sell", PLACE(LINE), CODE_BAD_REQUEST, "payments");
}

static void a_card_number_is_no_reference(void **state)
{
    static const struct {
        const char *ref;
        bool card;
    } CASES[] = {{"4111111111111111", true},    {"4111 1111 1111 1111", true},
                 {"4111-1111-1111-1111", true}, {"4111111111111112", false},
                 {"378282246310005", true},     {"411111111111", false},
                 {"T-4111111111111111", false}, {"auth 12", false}};
    char body[256];
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        snprintf(body, sizeof body, ORDER("'pay_id':'p','tender':'CARD','amount':'1','ref':'%s'"),
                 CASES[i].ref);
        is_refused(ROLE_POS, "order.pay", body, CASES[i].card ? CODE_BAD_REQUEST : CODE_OK,
                   CASES[i].card ? "ref" : "");
    }
}

/* ---- the other order verbs ---- */

static void adjustments_are_signed_and_numbered_once(void **state)
{
    struct asked a;
    (void)state;
    ask(&a, ROLE_POS, "order.adjust",
        ORDER("'adjust':[{'adj':3,'kind':'DISCOUNT','line':1,'name':'10%','amount':'-1.50'}]"));
    assert_int_equal(a.code, CODE_OK);
    assert_int_equal(a.c.adjusts[0].amount_e4, -15000);
    assert_int_equal(a.c.adjusts[0].kind, ADJUST_DISCOUNT);
    done(&a);
    is_refused(ROLE_POS, "order.adjust",
               ORDER("'adjust':[{'adj':1,'kind':'TIP','amount':'1'},"
                     "{'adj':1,'kind':'TIP','amount':'1'}]"),
               CODE_BAD_REQUEST, "adjust[1].adj");
    is_refused(ROLE_POS, "order.adjust", ORDER("'adjust':[{'adj':1,'kind':'BRIBE','amount':'1'}]"),
               CODE_BAD_REQUEST, "adjust[0].kind");
}

static void giving_back_names_lines(void **state)
{
    struct asked a;
    (void)state;
    ask(&a, ROLE_POS, "order.refund",
        ORDER("'refund_id':'f1','lines':[{'line':2,'qty':'1','restock':true}],'amount':'3'"));
    assert_int_equal(a.code, CODE_OK);
    assert_true(a.c.lines[0].restock && a.c.has_amount && str_eq(a.c.op_id, STR("f1")));
    done(&a);
    is_refused(ROLE_POS, "order.refund", ORDER("'refund_id':'f1'"), CODE_BAD_REQUEST, "amount");
    is_refused(ROLE_POS, "order.void", ORDER("'void_id':'v1'"), CODE_BAD_REQUEST, "lines");
    ask(&a, ROLE_KIOSK, "order.cancel", ORDER("'no_charge':true,'restock':[1,3]"));
    assert_int_equal(a.code, CODE_OK);
    assert_true(a.c.no_charge);
    assert_int_equal(a.c.n_restock, 2);
    assert_int_equal(a.c.restock_lines[1], 3);
    done(&a);
    is_refused(ROLE_POS, "order.cancel", ORDER("'restock':['1']"), CODE_BAD_REQUEST, "restock");
}

/* ---- stock ---- */

static void stock_verbs(void **state)
{
    struct asked a;
    (void)state;
    ask(&a, ROLE_POS, "stock.set", STOCK(",'qty':0,'basis':'physical'"));
    assert_int_equal(a.code, CODE_OK);
    assert_true(a.c.has_qty && a.c.basis_physical && a.c.object.type == OBJECT_SKU);
    done(&a);
    ask(&a, ROLE_POS, "stock.adjust",
        "{'req_id':'r','object_type':'1','object_id':'5','delta':'-2.5','reason':'WASTE'}");
    assert_int_equal(a.code, CODE_OK);
    assert_true(a.c.qty_t == -25 && a.c.reason == REASON_WASTE && a.c.object.type == OBJECT_SPU);
    done(&a);
    ask(&a, ROLE_POS, "stock.channel", STOCK(",'channel':'KIOSK','on_sale':false"));
    assert_int_equal(a.code, CODE_OK);
    assert_true(a.c.channel == CHANNEL_KIOSK && a.c.has_on_sale && !a.c.on_sale);
    done(&a);
    is_refused(ROLE_POS, "stock.adjust", STOCK(",'delta':0,'reason':'WASTE'"), CODE_BAD_QUANTITY,
               "delta");
    is_refused(ROLE_POS, "stock.adjust", STOCK(",'delta':1,'reason':'MAGIC'"), CODE_BAD_REQUEST,
               "reason");
    is_refused(ROLE_POS, "stock.set", STOCK(",'qty':'-1'"), CODE_BAD_QUANTITY, "qty");
    is_refused(ROLE_POS, "stock.plan", STOCK(",'limited':true"), CODE_BAD_REQUEST, "plan");
    is_taken(ROLE_POS, "stock.plan", STOCK(",'limited':false"));
    is_refused(ROLE_POS, "stock.get", "{'req_id':'r','object_type':3,'object_id':'1'}",
               CODE_BAD_REQUEST, "object_type");
    is_refused(ROLE_POS, "stock.channel", STOCK(",'channel':'KIOSK'"), CODE_BAD_REQUEST, "on_sale");
}

/* ---- pages ---- */

static void pages(void **state)
{
    struct asked a;
    (void)state;
    ask(&a, ROLE_POS, "order.list", "{'req_id':'r','state':'PAID','since':5,'limit':10}");
    assert_int_equal(a.code, CODE_OK);
    assert_true(a.c.has_state && a.c.state == ORDER_PAID && a.c.since_ms == 5 && a.c.limit == 10);
    done(&a);
    ask(&a, ROLE_BOARD, "sync.snapshot", "{'req_id':'r'}");
    assert_int_equal(a.c.limit, LIMIT_LIST);
    done(&a);
    is_refused(ROLE_POS, "order.list", "{'req_id':'r','limit':51}", CODE_BAD_REQUEST, "limit");
    is_refused(ROLE_POS, "order.list", "{'req_id':'r','state':'EATEN'}", CODE_BAD_REQUEST, "state");
}

/* ---- roles and channels ---- */

static void roles(void **state)
{
    (void)state;
    is_refused(ROLE_KIOSK, "order.void", ORDER("'void_id':'v','lines':[{'line':1,'qty':1}]"),
               CODE_NOT_AUTHORIZED, "kiosk verb");
    is_refused(ROLE_POS, "menu.import", "{'req_id':'r'}", CODE_NOT_AUTHORIZED, "pos verb");
    is_refused(ROLE_KDS, "stock.get", STOCK(""), CODE_NOT_AUTHORIZED, "kds verb");
    is_taken(ROLE_ADMIN, "day.close", "{}");
    for (int v = 0; v < VERB_COUNT; v++)
        assert_true(verb_allowed((enum verb)v, ROLE_ADMIN));
}

static void channels(void **state)
{
    struct asked a;
    (void)state;
#define PLACE_ON(channel) "{'req_id':'r','order_id':'o','channel':'" channel "','lines':[" LINE "]}"
    ask(&a, ROLE_EMENU, "order.place", PLACE(LINE));
    assert_int_equal(a.c.channel, CHANNEL_EMENU);
    done(&a);
    is_taken(ROLE_KIOSK, "order.place", PLACE_ON("KIOSK"));
    is_refused(ROLE_KIOSK, "order.place", PLACE_ON("POS"), CODE_NOT_AUTHORIZED, "kiosk channel");
    is_refused(ROLE_POS, "order.place", PLACE_ON("EMENU"), CODE_NOT_AUTHORIZED, "pos channel");
    is_refused(ROLE_POS, "order.place", PLACE_ON("SMOKE"), CODE_BAD_REQUEST,
               "channel: no such channel SMOKE");
    is_taken(ROLE_ADMIN, "order.place", PLACE_ON("EMENU"));
    is_refused(ROLE_ADMIN, "order.place", PLACE_ON("ONLINE_ORDER"), CODE_NOT_AUTHORIZED,
               "admin channel");
    struct caller who = {.role = ROLE_POS, .channels = 1u << CHANNEL_EMENU};
    ask_as(&a, &who, "order.place", PLACE_ON("EMENU"));
    assert_int_equal(a.code, CODE_OK);
    assert_int_equal(a.c.channel, CHANNEL_EMENU);
    done(&a);
}

static void a_screen_moves_only_its_stations(void **state)
{
    struct caller who = {.role = ROLE_KDS, .stations = {STR("oven")}, .n_stations = 1};
    struct asked a;
    (void)state;
    ask_as(&a, &who, "ticket.start", ORDER("'station':'oven','round':1"));
    assert_int_equal(a.code, CODE_OK);
    assert_int_equal(a.c.round, 1);
    done(&a);
    ask_as(&a, &who, "ticket.start", ORDER("'station':'bar','round':1"));
    assert_int_equal(a.code, CODE_NOT_AUTHORIZED);
    done(&a);
}

/* ---- content ---- */

static void content_leaves_the_envelope_out(void **state)
{
    struct asked a, b, other, verb;
    (void)state;
    ask(&a, ROLE_POS, "order.serve", "{'req_id':'r1','order_id':'o','round':1}");
    ask(&b, ROLE_POS, "order.serve",
        "{'round':1,'order_id':'o','req_id':'r2','seen':[1,2,'00000000'],'trace':'t'}");
    ask(&other, ROLE_POS, "order.serve", "{'req_id':'r1','order_id':'o','round':2}");
    ask(&verb, ROLE_POS, "order.get", "{'req_id':'r1','order_id':'o','round':1}");
    assert_memory_equal(a.c.content, b.c.content, sizeof a.c.content);
    assert_memory_not_equal(a.c.content, other.c.content, sizeof a.c.content);
    assert_memory_not_equal(a.c.content, verb.c.content, sizeof a.c.content);
    done(&a);
    done(&b);
    done(&other);
    done(&verb);
}

/* ---- the arena beneath ---- */

static void arena_is_bounded_and_starts_again(void **state)
{
    struct arena a;
    (void)state;
    arena_init(&a, 100000);
    assert_non_null(arena_alloc(&a, 0));
    memset(arena_alloc(&a, 50000), 1, 50000);
    assert_null(arena_alloc(&a, 60000));
    assert_null(arena_alloc(&a, 1));
    assert_true(a.failed && arena_str(&a, STR("x")).n == 0);
    arena_reset(&a);
    const char *p = arena_alloc(&a, 60000);
    assert_non_null(p);
    assert_int_equal(p[0] | p[59999], 0);
    arena_free(&a);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(place_takes_every_field),
        cmocka_unit_test(unknown_fields_are_ignored_above_and_refused_inside),
        cmocka_unit_test(what_is_required_is_named),
        cmocka_unit_test(ids_are_text),
        cmocka_unit_test(quantities_are_exact_tenths_above_zero),
        cmocka_unit_test(options_are_whole_and_named_once),
        cmocka_unit_test(line_numbers_are_unique_and_parents_come_first),
        cmocka_unit_test(a_payment_is_flat_in_pay),
        cmocka_unit_test(money_is_text),
        cmocka_unit_test(a_card_number_is_no_reference),
        cmocka_unit_test(adjustments_are_signed_and_numbered_once),
        cmocka_unit_test(giving_back_names_lines),
        cmocka_unit_test(stock_verbs),
        cmocka_unit_test(pages),
        cmocka_unit_test(roles),
        cmocka_unit_test(channels),
        cmocka_unit_test(a_screen_moves_only_its_stations),
        cmocka_unit_test(content_leaves_the_envelope_out),
        cmocka_unit_test(arena_is_bounded_and_starts_again),
    };
    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
