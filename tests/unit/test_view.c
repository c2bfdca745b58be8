/* Rows as LAN text: the exact members of lan-protocol 2 and 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "edge/books/view.h"

static const uint8_t SECRET[32] = {7};

struct text {
    struct jw w;
    char buf[8192];
};

static struct jw *begin(struct text *t)
{
    jw_init(&t->w, t->buf, sizeof t->buf - 1);
    return &t->w;
}

/* Compares with 'quotes' for "quotes". */
static void is_text(struct text *t, const char *want)
{
    assert_true(jw_ok(&t->w));
    t->buf[t->w.n] = '\0';
    for (char *p = t->buf; *p; p++)
        *p = *p == '"' ? '\'' : *p;
    assert_string_equal(t->buf, want);
}

static void has(struct text *t, const char *member)
{
    t->buf[t->w.n] = '\0';
    for (char *p = t->buf; *p; p++)
        *p = *p == '"' ? '\'' : *p;
    if (!strstr(t->buf, member))
        fail_msg("no %s in %s", member, t->buf);
}

/* ---- an order of two lines ---- */

static struct order_option cheese = {
    .option_id = 77, .qty_t = 10, .price_e4 = 10000, .name = {"Extra cheese", 12}};
static struct order_line ordered[2] = {
    {.line = 1,
     .round = 1,
     .object_id = 1001,
     .name = {"Margherita M", 12},
     .station = {"oven", 4},
     .qty_t = 20,
     .price_e4 = 127500,
     .unit_e4 = 137500,
     .amount_e4 = 275000,
     .options = &cheese,
     .n_options = 1},
    {.line = 2,
     .parent = 1,
     .seat = 3,
     .course = 2,
     .round = 1,
     .object_id = 1044,
     .name = {"Lasagne", 7},
     .note = {"no nuts", 7},
     .qty_t = 5,
     .voided_t = 5,
     .price_e4 = 120000,
     .unit_e4 = 120000,
     .amount_e4 = 60000},
};

static struct order an_order(void)
{
    return (struct order){.no = 9,
                          .order_id = STR("x7qk-42"),
                          .device = STR("kiosk-1"),
                          .channel = CHANNEL_KIOSK,
                          .state = ORDER_PLACED,
                          .kitchen = KITCHEN_NONE,
                          .day = 20260128,
                          .pickup = 42,
                          .expires_at_u_ms = 301000,
                          .lines_e4 = 335000,
                          .due_e4 = 335000,
                          .at = {7, 1043},
                          .lines = ordered,
                          .n_lines = 2};
}

static void order_of_the_protocol(void **state)
{
    struct text t;
    struct order o = an_order();
    (void)state;
    view_order(begin(&t), &o, 1000, NULL);
    is_text(&t, "{'order_id':'x7qk-42','number':'A042','day':'20260128','channel':'KIOSK',"
                "'origin':'HUB','state':'PLACED','kitchen':'NONE','expires_in_ms':300000,'lines':["
                "{'line':1,'object_id':'1001','name':'Margherita M','qty':'2','options':["
                "{'option_id':'77','name':'Extra cheese','qty':'1','price':'1.0000'}],"
                "'price':'12.7500','unit':'13.7500','amount':'27.5000','station':'oven','round':1},"
                "{'line':2,'object_id':'1044','name':'Lasagne','qty':'0.5','parent':1,'options':[],"
                "'note':'no nuts','seat':3,'course':2,'price':'12.0000','unit':'12.0000',"
                "'amount':'6.0000','round':1,'voided':'0.5'}],"
                "'lines_amount':'33.5000','adjust':[],'due':'33.5000','payments':[],"
                "'refunded':'0.0000'}");
}

static void order_with_money(void **state)
{
    struct order_payment paid = {
        .pay_id = STR("p1"), .tender = STR("CARD"), .amount_e4 = 335000, .at_ms = 5};
    struct order_adjust off = {
        .adj = 1, .kind = ADJUST_DISCOUNT, .name = STR("10%"), .amount_e4 = -33500};
    struct text t;
    struct order o = an_order();
    (void)state;
    o.state = ORDER_PAID;
    o.payments = &paid;
    o.adjusts = &off;
    o.n_payments = o.n_adjusts = 1;
    o.refund_due = true;
    view_order(begin(&t), &o, 1000, SECRET);
    has(&t, "'state':'PAID','kitchen':'NONE','lines':[");
    has(&t, "'adjust':[{'adj':1,'kind':'DISCOUNT','name':'10%','amount':'-3.3500'}]");
    has(&t, "'payments':[{'pay_id':'p1','tender':'CARD','amount':'33.5000','at_ms':5}]");
    has(&t, "'refunded':'0.0000','refund_due':true,'at':[7,1043,'");
}

static void expiry_never_shows_below_zero(void **state)
{
    struct text t;
    struct order o = an_order();
    (void)state;
    view_order(begin(&t), &o, 999999, NULL);
    has(&t, "'expires_in_ms':0,");
}

/* ---- stock ---- */

static struct stock_row a_row(void)
{
    return (struct stock_row){.object = {OBJECT_SKU, 1001},
                              .name = STR("Margherita M"),
                              .status = STATUS_ON_SALE,
                              .type = STOCK_UNLIMITED,
                              .step_t = 10,
                              .at = {1, 2}};
}

static void stock_open_and_unlimited(void **state)
{
    struct text t;
    struct stock_row r = a_row();
    (void)state;
    view_stock(begin(&t), &r, NULL);
    is_text(&t, "{'object_type':2,'object_id':'1001','name':'Margherita M','on_sale':true,"
                "'limited':false,'avail':null,'plan':null}");
}

static void stock_limited_with_a_capped_channel(void **state)
{
    struct text t;
    struct stock_row r = a_row();
    (void)state;
    r.type = STOCK_LIMITED;
    r.plan_t = r.base_t = 100;
    r.lh_t = 20;
    r.channels[0] = (struct stock_channel){
        .code = STR("KIOSK"), .status = STATUS_ON_SALE, .type = STOCK_LIMITED, .limit_t = 65};
    r.n_channels = 1;
    view_stock(begin(&t), &r, SECRET);
    has(&t, "'limited':true,'avail':{'POS':'8','KIOSK':'6.5','EMENU':'8'},'plan':'10','at':[1,2,'");
}

static void stock_closed(void **state)
{
    struct text t;
    struct stock_row r = a_row();
    (void)state;
    r.channels[0] =
        (struct stock_channel){.code = STR("EMENU"), .status = STATUS_SOLD_OUT, .type = 1};
    r.n_channels = 1;
    view_stock(begin(&t), &r, NULL);
    has(&t, "'avail':{'POS':null,'KIOSK':null,'EMENU':'0'}");
    r.status = STATUS_SOLD_OUT;
    view_stock(begin(&t), &r, NULL);
    has(&t, "'on_sale':false,'limited':false,'avail':{'POS':'0','KIOSK':'0','EMENU':'0'}");
}

/* ---- kitchen ---- */

static void ticket_shows_what_to_stop(void **state)
{
    struct ticket_line made[2] = {{1, false}, {2, true}};
    struct ticket ticket = {.order_id = STR("x7qk-42"),
                            .station = STR("oven"),
                            .number = STR("A042"),
                            .channel = CHANNEL_KIOSK,
                            .round = 1,
                            .rev = 2,
                            .state = TICKET_STARTED,
                            .created_at_ms = 1000,
                            .at = {7, 1050},
                            .lines = made,
                            .n_lines = 2};
    struct text t;
    struct order o = an_order();
    (void)state;
    view_ticket(begin(&t), &ticket, &o, SECRET);
    has(&t, "{'order_id':'x7qk-42','number':'A042','station':'oven','round':1,'rev':2,"
            "'state':'STARTED','channel':'KIOSK','created_at_ms':1000,'lines':["
            "{'line':1,'name':'Margherita M','qty':'2','options':["
            "{'name':'Extra cheese','qty':'1'}]},"
            "{'line':2,'name':'Lasagne','qty':'1','parent':1,'note':'no nuts','seat':3,"
            "'course':2,'void':true}],'at':[7,1050,'");
}

static void pickup_is_ready_when_the_kitchen_is(void **state)
{
    struct text t;
    struct order o = an_order();
    (void)state;
    view_pickup(begin(&t), &o, SECRET);
    has(&t, "{'number':'A042','state':'PREPARING','at':[7,1043,'");
    o.kitchen = KITCHEN_READY;
    view_pickup(begin(&t), &o, SECRET);
    has(&t, "'state':'READY'");
}

/* ---- replies ---- */

static void reply_carries_the_order(void **state)
{
    struct arena arena, scratch;
    struct outcome out = {.at = {7, 1043}, .tag = {0x9f, 3, 1, 0xab}, .has_order = true};
    struct order o = an_order();
    struct text t;
    (void)state;
    arena_init(&arena, 1 << 20);
    arena_init(&scratch, 1 << 20);
    out.uptime_ms = 1000;
    out.order = order_pack(&o, &arena);
    view_reply(begin(&t), STR("x7qk-123"), &out, &scratch);
    has(&t, "{'req_id':'x7qk-123','code':0,'name':'OK','replayed':false,"
            "'at':[7,1043,'9f0301ab'],'order':{'order_id':'x7qk-42',");
    arena_free(&arena);
    arena_free(&scratch);
}

static void refusal_says_which_lines(void **state)
{
    struct refused_line refused[2] = {{1, 1001, CODE_INSUFFICIENT_STOCK, 40, 30, OBJECT_SPU},
                                      {2, 1002, CODE_SOLD_OUT, 0, 0, OBJECT_SKU}};
    struct outcome out = {.code = CODE_SOLD_OUT, .refused = refused, .n_refused = 2};
    struct text t;
    (void)state;
    view_reply(begin(&t), STR(""), &out, NULL);
    is_text(&t, "{'code':1003,'name':'SOLD_OUT','replayed':false,'detail':'sold out','lines':["
                "{'line':1,'object_id':'1001','code':1001,'need':'4','avail':'3',"
                "'limit_by':'SPU'},{'line':2,'object_id':'1002','code':1003}]}");
}

static void refusal_before_the_rules(void **state)
{
    struct text t;
    (void)state;
    view_refusal(begin(&t), STR("r"), CODE_BUSY, NULL, 250);
    is_text(&t, "{'req_id':'r','code':4001,'name':'BUSY','replayed':false,"
                "'detail':'the hub is busy, repeat the same req_id','retry_after_ms':250}");
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(order_of_the_protocol),
        cmocka_unit_test(order_with_money),
        cmocka_unit_test(expiry_never_shows_below_zero),
        cmocka_unit_test(stock_open_and_unlimited),
        cmocka_unit_test(stock_limited_with_a_capped_channel),
        cmocka_unit_test(stock_closed),
        cmocka_unit_test(ticket_shows_what_to_stop),
        cmocka_unit_test(pickup_is_ready_when_the_kitchen_is),
        cmocka_unit_test(reply_carries_the_order),
        cmocka_unit_test(refusal_says_which_lines),
        cmocka_unit_test(refusal_before_the_rules),
    };
    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
