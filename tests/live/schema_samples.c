/* Tells a story that meets every verb of the LAN, and prints what is said: one line per message,
 * "<schema>\t<JSON>". test_books_schemas.py holds each line to its schema.
 */
#include "edge/books/alert.h"
#include "edge/books/menu.h"
#include "edge/books/query.h"
#include "edge/books/ticket.h"
#include "tests/lib/shop.h"
#include "tests/lib/toy_center.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t SECRET[32] = {1};

struct teller {
    struct shop shop;
    struct arena scratch;
    char text[LIMIT_PAGE_BYTES * 2];
    char request[4096];
};

static void say(const char *schema, const char *name, struct jw *w)
{
    if (!jw_ok(w))
        abort();
    printf("%s.json#/$defs/%s\t%.*s\n", schema, name, (int)w->n, w->p);
}

static void say_request(struct teller *t, const char *verb)
{
    for (char *p = t->request; *p; p++)
        if (*p == '\'')
            *p = '"';
    printf("request.json#/$defs/%s\t{\"req_id\":\"r-1\"%s%s\n", verb,
           t->request[1] == '}' ? "" : ",", t->request + 1);
}

static bool is_of_the_lan(enum verb v)
{
    return verb_allowed(v, ROLE_POS);
}

static struct str page(struct teller *t, enum role role)
{
    struct query q = {.secret = SECRET, .now_u_ms = t->shop.uptime_ms, .wall_ms = t->shop.wall_ms};
    struct journal j;
    struct jw w;
    if (txn_begin_read(t->shop.store, &q.txn) || !journal_load(&j, q.txn))
        abort();
    arena_reset(&t->scratch);
    q.head = &j.head;
    q.scratch = &t->scratch;
    q.identity = &t->shop.config.identity;
    t->shop.cmd.who.role = role;
    jw_init(&w, t->text, sizeof t->text);
    if (!query_execute(&q, &t->shop.cmd, &w) || txn_error(q.txn))
        abort();
    txn_abort(q.txn);
    return jw_text(&w);
}

/* One request of a till; a query is asked after it was decoded. */
static void ask(struct teller *t, const char *verb, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void ask(struct teller *t, const char *verb, const char *fmt, ...)
{
    enum verb v;
    struct jw w;
    va_list args;
    va_start(args, fmt);
    vsnprintf(t->request, sizeof t->request, fmt, args);
    va_end(args);
    if (!verb_parse(str_of(verb), &v))
        abort();
    enum role role = is_of_the_lan(v) ? ROLE_POS : ROLE_ADMIN;
    enum code code = shop_do(&t->shop, "till-1", role, verb, "%s", t->request);
    bool formed = !verb_writes(v) || (code != CODE_BAD_REQUEST && code != CODE_BAD_QUANTITY);
    if (is_of_the_lan(v) && formed)
        say_request(t, verb);
    jw_init(&w, t->text, sizeof t->text);
    arena_reset(&t->scratch);
    view_reply(&w, t->shop.cmd.req_id, &t->shop.out, &t->scratch);
    if (!verb_writes(v))
        w.n = page(t, role).n;
    if (is_of_the_lan(v))
        say("reply", verb, &w);
}

/* The test menu, and a lunch of pizza. */
static const char MENU[] =
    "{'currency':'EUR','stations':['oven','bar'],'categories':['Food'],"
    "'spus':[{'id':'500','name':'Pizza','category':'Food'}],"
    "'groups':[{'id':'9','name':'Extras','max':3,'options':["
    "{'option_id':'77','name':'Cheese','price':'1'},"
    "{'option_id':'78','name':'Egg','price':'0.5','object_id':'1003'}]}],"
    "'items':[{'object_id':'1001','spu_id':'500','name':'Pizza M','price':'10','station':'oven',"
    "'tax':'A','groups':['9'],'channel_prices':{'KIOSK':'9.5'}},"
    "{'object_id':'1002','spu_id':'500','name':'Pizza L','price':'10','station':'oven'},"
    "{'object_id':'1003','name':'Egg','price':'10','station':'bar'},"
    "{'object_id':'1004','name':'Salad','price':'10','station':'bar','step':'0.1'},"
    "{'object_id':'1005','name':'Lunch','price':'12'}],"
    "'combos':[{'object_id':'1005','parts':[{'object_id':'1002','price':'1'}]}]}";

#define LINE(n, id) "{'line':" #n ",'object_id':'" #id "','qty':1}"

static void stock(struct teller *t)
{
    ask(t, "stock.plan", "{'object_type':2,'object_id':'1001','limited':true,'plan':'5'}");
    ask(t, "stock.plan", "{'object_type':1,'object_id':'500','limited':true,'plan':20}");
    ask(t, "stock.set", "{'object_type':2,'object_id':'1001','qty':'6','basis':'physical'}");
    ask(t, "stock.set", "{'object_type':2,'object_id':'1003','qty':0}");
    ask(t, "stock.adjust",
        "{'object_type':2,'object_id':'1003','delta':9,'reason':'RECEIPT','operator':'anna'}");
    ask(t, "stock.adjust", "{'object_type':2,'object_id':'1003','delta':'-0.5','reason':'WASTE'}");
    ask(t, "stock.channel",
        "{'object_type':2,'object_id':'1001','channel':'KIOSK','limited':true,'limit':'2'}");
    ask(t, "stock.channel",
        "{'object_type':2,'object_id':'1002','channel':'EMENU','on_sale':false}");
    ask(t, "stock.sold_out", "{'object_type':2,'object_id':'1004'}");
}

static void refusals(struct teller *t)
{
    ask(t, "order.place", "{'order_id':'x-0','lines':[" LINE(1, 1004) "]}");
    ask(t, "order.place", "{'order_id':'x-0','lines':[{'line':1,'object_id':'1001','qty':40}]}");
    ask(t, "order.place", "{'order_id':'x-0','lines':[" LINE(1, 4711) "]}");
    ask(t, "order.place", "{'order_id':'x-0','lines':[]}");
    ask(t, "order.place", "{'order_id':'x-0','lines':[{'line':1,'object_id':'1001','qty':0.25}]}");
    ask(t, "order.place",
        "{'order_id':'x-0','lines':[{'line':1,'object_id':'1001','qty':1,'price':'9'}]}");
    ask(t, "order.cancel", "{'order_id':'nobody'}");
    ask(t, "order.get", "{'order_id':'nobody'}");
    ask(t, "stock.get", "{'object_type':2,'object_id':'4711'}");
    ask(t, "ticket.start", "{'order_id':'nobody','station':'oven','round':1}");
    ask(t, "stock.on_sale", "{'object_type':2,'object_id':'1004'}");
}

static void a_long_dinner(struct teller *t)
{
    ask(t, "order.place",
        "{'order_id':'x-1','table':'7','note':'quick','user_id':'u','operator':'anna','lines':["
        "{'line':1,'object_id':'1001','qty':'2','options':[{'option_id':'77','qty':1},"
        "{'option_id':'78','qty':1}],'note':'thin','seat':2,'course':1,'price':'10.0000'},"
        "{'line':2,'object_id':'1004','qty':'0.5'},"
        "{'line':3,'object_id':'1005','qty':1},{'line':4,'object_id':'1002','qty':1,'parent':3}]}");
    ask(t, "order.add", "{'order_id':'x-1','lines':[" LINE(5, 1003) "," LINE(6, 1002) "]}");
    ask(t, "order.void", "{'order_id':'x-1','void_id':'v','lines':[{'line':6,'qty':1}]}");
    ask(t, "order.update", "{'order_id':'x-1','table':'8','note':'by the window','user_id':'v'}");
    ask(t, "order.adjust",
        "{'order_id':'x-1','adjust':[{'adj':1,'kind':'DISCOUNT','name':'guest','amount':'-1.005'},"
        "{'adj':2,'kind':'SERVICE','line':1,'amount':'0.5'}]}");
    ask(t, "order.pay_begin", "{'order_id':'x-1','pay_id':'p1','amount':'3','tender':'CARD'}");
    ask(t, "order.pay_failed", "{'order_id':'x-1','pay_id':'p1'}");
    ask(t, "order.pay", "{'order_id':'x-1','pay_id':'p2','tender':'CASH','amount':'3'}");
    ask(t, "order.pay",
        "{'order_id':'x-1','pay_id':'p3','tender':'CARD','amount':'99','ref':'t-1',"
        "'lines':[{'line':2,'actual_qty':'0.4'}]}");
    ask(t, "order.pay",
        "{'order_id':'x-1','pay_id':'p3','tender':'CARD','amount':'99','ref':'t-1',"
        "'lines':[{'line':2,'actual_qty':'0.4'}]}");
    ask(t, "ticket.start", "{'order_id':'x-1','station':'oven','round':1}");
    ask(t, "ticket.start", "{'order_id':'x-1','station':'oven','round':1}");
    ask(t, "sync.snapshot", "{}");
    ask(t, "order.refund",
        "{'order_id':'x-1','refund_id':'r1','lines':[{'line':1,'qty':1,'restock':true}],"
        "'amount':'5'}");
    ask(t, "ticket.ready", "{'order_id':'x-1','station':'oven','round':1}");
    ask(t, "ticket.recall", "{'order_id':'x-1','station':'oven','round':1}");
    ask(t, "ticket.ready", "{'order_id':'x-1','station':'oven','round':1}");
    ask(t, "ticket.bump", "{'order_id':'x-1','station':'oven','round':1}");
}

static void short_ones(struct teller *t)
{
    ask(t, "order.sell",
        "{'order_id':'x-2','lines':[" LINE(
            1, 1002) "],'payments':[{'pay_id':'p','tender':'CASH','amount':'10','ref':'r'}]}");
    ask(t, "order.serve", "{'order_id':'x-2','round':1}");
    ask(t, "order.place", "{'order_id':'x-3','lines':[" LINE(1, 1002) "]}");
    ask(t, "order.place", "{'order_id':'x-3','lines':[" LINE(1, 1002) "]}");
    ask(t, "order.cancel", "{'order_id':'x-3','restock':[1]}");
    ask(t, "order.pay", "{'order_id':'x-3','pay_id':'p','tender':'CASH','amount':'10'}");
    ask(t, "order.place", "{'order_id':'x-4','lines':[" LINE(1, 1003) "]}");
    ask(t, "order.place", "{'order_id':'x-5','lines':[" LINE(1, 1002) "]}");
    shop_wait(&t->shop, 901 * 1000);
    ask(t, "order.pay", "{'order_id':'x-5','pay_id':'p','tender':'CASH','amount':'10'}");
    ask(t, "stock.set", "{'object_type':2,'object_id':'1003','qty':'0'}");
    ask(t, "order.pay", "{'order_id':'x-4','pay_id':'p','tender':'CASH','amount':'10'}");
}

/* More is reserved than is there. */
static void a_shortage(struct teller *t)
{
    struct alert_row a;
    struct txn *txn;
    struct jw w;
    ask(t, "stock.set", "{'object_type':2,'object_id':'1003','qty':'3'}");
    ask(t, "order.place", "{'order_id':'x-6','lines':[{'line':1,'object_id':'1003','qty':3}]}");
    ask(t, "stock.set", "{'object_type':2,'object_id':'1003','qty':'1'}");
    if (txn_begin_read(t->shop.store, &txn) || !alert_load(txn, STR("short-2-1003"), &a))
        abort();
    jw_init(&w, t->text, sizeof t->text);
    alert_view(&w, &a, SECRET);
    say("topic", "alert", &w);
    txn_abort(txn);
}

static void questions(struct teller *t)
{
    ask(t, "order.get", "{'order_id':'x-1'}");
    ask(t, "order.list", "{'limit':2}");
    ask(t, "order.list", "{'state':'CANCELLED','since':1000}");
    ask(t, "order.trace", "{'order_id':'x-1'}");
    ask(t, "stock.get", "{'object_type':2,'object_id':'1001'}");
    ask(t, "stock.get", "{'object_type':1,'object_id':'500'}");
    ask(t, "stock.get", "{'object_type':2,'object_id':'1002'}");
    ask(t, "stock.history", "{'object_type':2,'object_id':'1001','limit':3}");
    ask(t, "stock.history", "{'object_type':2,'object_id':'1003'}");
    ask(t, "stock.explain", "{'object_type':2,'object_id':'1001'}");
    ask(t, "stock.explain", "{'object_type':2,'object_id':'1002'}");
    ask(t, "menu.get", "{}");
    ask(t, "menu.get", "{'cursor':'9-9-9'}");
    ask(t, "sync.snapshot", "{}");
    ask(t, "time.get", "{}");
}

static void the_journal(struct teller *t)
{
    struct event e;
    struct txn *txn;
    if (txn_begin_read(t->shop.store, &txn))
        abort();
    struct journal_scan s = journal_scan_begin(txn, (struct position){1, 1}, false);
    while (journal_scan_next(&s, &e))
        printf("event.json#/$defs/%s\t%.*s\n", event_kind_name(e.kind), (int)e.body.n, e.body.p);
    journal_scan_end(&s);
    txn_abort(txn);
}

/* The center sells of a row, counts it, drops another, and asks for counters once more. */
static void the_center(struct teller *t)
{
    struct toy_center c;
    struct txn *txn;
    struct object object = {OBJECT_SKU, 1001}, gone = {OBJECT_SKU, 1003};
    toy_open(&c, t->shop.wall_ms);
    if (txn_begin_read(t->shop.store, &txn))
        abort();
    toy_hears(&c, txn, UINT64_MAX);
    txn_abort(txn);
    toy_sells(&c, object, 25);
    toy_counts(&c, object, 70);
    toy_deletes(&c, gone);
    struct cloud_row rows[] = {toy_sends(&c, object), toy_sends(&c, gone)};
    ask(t, "stock.set", "{'object_type':2,'object_id':'1001','qty':'5'}");
    rows[0].row.base_stamp.l_ms += 5000;
    shop_center_rows(&t->shop, &(struct center_rows){.rows = rows, .n = 2, .ver = c.ver});
    shop_row_state(&t->shop,
                   &(struct state_ask){.objects = (struct object[]){object, gone}, .n = 2});
    toy_close(&c);
}

static void say_stored(struct teller *t, const char *order_id, const char *alert)
{
    struct alert_row a;
    struct order o;
    struct ticket k;
    struct txn *txn;
    struct jw w;
    arena_reset(&t->scratch);
    if (txn_begin_read(t->shop.store, &txn) ||
        !order_find(txn, str_of(order_id), &t->scratch, &o) ||
        !ticket_load(txn, o.no, STR("oven"), 1, &t->scratch, &k))
        abort();
    jw_init(&w, t->text, sizeof t->text);
    view_order(&w, &o, t->shop.uptime_ms, SECRET);
    say("topic", "order", &w);
    jw_init(&w, t->text, sizeof t->text);
    view_ticket(&w, &k, &o, SECRET);
    say("topic", "ticket", &w);
    if (alert && !alert_load(txn, str_of(alert), &a))
        abort();
    jw_init(&w, t->text, sizeof t->text);
    if (alert) {
        alert_view(&w, &a, SECRET);
        say("topic", "alert", &w);
    }
    txn_abort(txn);
}

static void order_of_the_center(struct teller *t, struct cloud_order *o, uint64_t over)
{
    o->over = over;
    shop_center_rows(&t->shop, &(struct center_rows){
                                   .orders = o, .n_orders = 1, .prev_ver = over - 1, .ver = over});
}

/* A guest orders online, changes it, and calls it off while it is cooked. */
static void online(struct teller *t)
{
    struct line_fact lines[] = {{.line = 1, .object = {OBJECT_SKU, 1001}, .q_t = 10},
                                {.line = 2, .object = {OBJECT_SKU, 4711}, .q_t = 20}};
    struct cloud_order o = {.order_id = STR("web-1"),
                            .channel = STR("ONLINE_ORDER"),
                            .state = ORDER_PAID,
                            .paid_at_ms = t->shop.wall_ms,
                            .ready_at_ms = t->shop.wall_ms + 1800000,
                            .note = STR("ring twice"),
                            .amount_e4 = 300000,
                            .lines = lines,
                            .n_lines = 2};
    lines[0].name = lines[1].name = STR("of the web");
    order_of_the_center(t, &o, 1001);
    say_stored(t, "web-1", NULL);
    ask(t, "ticket.start", "{'order_id':'web-1','station':'oven','round':1}");
    ask(t, "order.refund", "{'order_id':'web-1','refund_id':'r1','amount':'5'}");
    o.n_lines = 1;
    order_of_the_center(t, &o, 1002);
    o.state = ORDER_CANCELLED;
    order_of_the_center(t, &o, 1003);
    say_stored(t, "web-1", "order-web-1");
}

/* Channels share the salad, and its plan comes back overnight. */
static void shares(struct teller *t)
{
    ask(t, "stock.set", "{'object_type':2,'object_id':'1004','qty':'15'}");
    ask(t, "stock.channel", "{'object_type':2,'object_id':'1004','channel':'POS','weight':5}");
    ask(t, "stock.channel",
        "{'object_type':2,'object_id':'1004','channel':'KIOSK','weight':3,'reserve':'4.5'}");
    ask(t, "stock.policy",
        "{'object_type':2,'object_id':'1004','policy':'WEIGHTED_SOFT','release_at':'20:00'}");
    ask(t, "stock.schedule",
        "{'object_type':2,'object_id':'1004','auto':true,'at':'06:00','daily':true}");
    ask(t, "stock.schedule", "{'object_type':2,'object_id':'1003','auto':true,'next_day':true}");
    ask(t, "stock.schedule",
        "{'object_type':2,'object_id':'1002','auto':true,'at_ms':1900000000000}");
    ask(t, "stock.schedule", "{'object_type':2,'object_id':'1003','auto':false}");
    ask(t, "order.sell",
        "{'order_id':'x-7','lines':[" LINE(
            1, 1004) "],'payments':[{'pay_id':'p','tender':'CASH','amount':'10'}]}");
    shop_wait(&t->shop, 24 * 3600 * 1000);
    ask(t, "stock.get", "{'object_type':2,'object_id':'1004'}");
    ask(t, "stock.history", "{'object_type':2,'object_id':'1004'}");
    ask(t, "stock.explain", "{'object_type':2,'object_id':'1004'}");
    ask(t, "sync.snapshot", "{}");
}

/* The center's row of the salad, which is sold by rights from now on. */
static void strict_row(struct teller *t, uint64_t over)
{
    struct cloud_row in = {.has_x = true, .over = over};
    struct stock_row *r = &in.row;
    struct txn *txn;
    arena_reset(&t->scratch);
    if (txn_begin_read(t->shop.store, &txn) ||
        !stock_load(txn, (struct object){OBJECT_SKU, 1004}, r))
        abort();
    r->name = arena_str(&t->scratch, r->name);
    r->base_id = arena_str(&t->scratch, r->base_id);
    r->gen_id = arena_str(&t->scratch, r->gen_id);
    r->n_channels = 0;
    txn_abort(txn);
    r->c_ver = over;
    r->mode = MODE_STRICT;
    r->gr_t = 60;
    r->offers[0] = (struct offer){1, 70, 150, r->restored_ms + 1};
    r->n_offers = 1;
    shop_center_rows(&t->shop, &(struct center_rows){.rows = &in, .n = 1});
}

static void by_rights(struct teller *t)
{
    strict_row(t, 9001);
    strict_row(t, 9002);
    ask(t, "stock.get", "{'object_type':2,'object_id':'1004'}");
    ask(t, "stock.explain", "{'object_type':2,'object_id':'1004'}");
    ask(t, "stock.return", "{'object_type':2,'object_id':'1004','qty':'2'}");
    t->shop.pin_is_right = true;
    ask(t, "order.sell",
        "{'order_id':'x-8','override_pin':'4711','operator':'eva','lines':[{'line':1,"
        "'object_id':'1004','qty':'20'}],'payments':[{'pay_id':'p','tender':'CASH',"
        "'amount':'200'}]}");
    t->shop.pin_is_right = false;
    ask(t, "sync.snapshot", "{}");
}

int main(void)
{
    struct teller *t = calloc(1, sizeof *t);
    if (!t)
        return 1;
    arena_init(&t->scratch, 16 << 20);
    shop_open(&t->shop);
    ask(t, "menu.import", "%s", MENU);
    stock(t);
    refusals(t);
    a_long_dinner(t);
    short_ones(t);
    a_shortage(t);
    questions(t);
    the_center(t);
    online(t);
    shares(t);
    by_rights(t);
    ask(t, "day.close", "{}");
    ask(t, "store.new_epoch", "{'reason':'test'}");
    t->shop.seen_epoch = 1;
    ask(t, "store.confirm", "{}");
    the_journal(t);
    shop_close(&t->shop);
    arena_free(&t->scratch);
    free(t);
    return 0;
}
