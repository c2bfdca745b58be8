#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "proto/cloud_event.h"
#include "proto/crypto.h"
#include "tests/unit/cloud_text.h"

static char buf[65536], path[FIELD_PATH];
static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 4 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static void decode(const struct json *v, struct cloud_event *out)
{
    enum code code = cloud_event_decode(v, out, path);
    if (code != CODE_OK)
        fail_msg("%s at %s", code_name(code), path);
}

/* ---- sync-protocol 3.1 ---- */

static void the_published_event_follows_its_genesis(void **state)
{
    (void)state;
    struct cloud_event e;
    uint8_t genesis[HASH_BYTES];
    struct json *doc = fixture("sync-protocol/event.json");
    decode(doc, &e);
    chain_genesis(STR("1"), STR("1"), 7, genesis);
    assert_true(cloud_event_follows(&e, genesis));
    assert_true(cloud_event_body_is_whole(&e));
    assert_true(e.known && e.kind_no == EVENT_ORDER_LOCK && !e.suspect);
    json_free(doc);
}

static void an_edited_event_does_not_follow(void **state)
{
    (void)state;
    struct cloud_event e;
    uint8_t genesis[HASH_BYTES];
    struct json *doc = fixture("sync-protocol/event.json");
    decode(doc, &e);
    chain_genesis(STR("1"), STR("1"), 8, genesis);
    assert_false(cloud_event_follows(&e, genesis));
    chain_genesis(STR("1"), STR("1"), 7, genesis);
    e.hlc.c++;
    assert_false(cloud_event_follows(&e, genesis));
    json_free(doc);
}

static void an_edited_body_is_noticed(void **state)
{
    (void)state;
    struct cloud_event e;
    struct json *doc = fixture("sync-protocol/event.json");
    struct json *other = doc_of("{'order_id':'P2','channel':'POS'}");
    struct json *list = doc_of("{'a':[]}");
    decode(doc, &e);
    e.body = other;
    assert_false(cloud_event_body_is_whole(&e));
    e.body = json_get(list, "a");
    assert_false(cloud_event_body_is_whole(&e));
    e.body = NULL;
    assert_true(cloud_event_body_is_whole(&e));
    json_free(list);
    json_free(other);
    json_free(doc);
}

/* ---- from the journal's parts and back ---- */

static struct cloud_event event_of(const char *kind, const char *text)
{
    struct cloud_event e = {.seq = 1042,
                            .cv = 88120,
                            .hlc = {1769565600123, 4},
                            .kind = str_of(kind),
                            .text = str_of(text)};
    memset(e.bh, 0x11, sizeof e.bh);
    memset(e.hash, 0x22, sizeof e.hash);
    return e;
}

static struct json *sent(const struct cloud_event *e)
{
    struct jw w;
    jw_init(&w, buf, sizeof buf);
    cloud_event_encode(&w, e);
    assert_true(jw_ok(&w));
    struct json *doc = json_parse(w.p, w.n, &JSON_CLOUD, NULL);
    assert_non_null(doc);
    return doc;
}

static void an_event_arrives_as_it_was_written(void **state)
{
    (void)state;
    const char *text = "{\"on_sale\":true}";
    struct cloud_event e = event_of("STATUS_SET", text), got;
    sha256(text, strlen(text), e.bh);
    e.suspect = true;
    struct json *doc = sent(&e);
    decode(doc, &got);
    assert_true(got.seq == 1042 && got.cv == 88120 && got.suspect);
    assert_int_equal(hlc_cmp(got.hlc, e.hlc), 0);
    assert_memory_equal(got.hash, e.hash, HASH_BYTES);
    assert_true(cloud_event_body_is_whole(&got));
    json_free(doc);
}

static void a_local_event_is_its_header(void **state)
{
    (void)state;
    struct cloud_event e = event_of("TICKET", ""), got;
    assert_false(cloud_event_is_whole(EVENT_TICKET));
    assert_false(cloud_event_is_whole(EVENT_CENTER_ROW));
    assert_true(cloud_event_is_whole(EVENT_ROW_STATE));
    assert_true(cloud_event_is_whole(EVENT_DAY_CLOSE));
    assert_true(cloud_event_is_whole(EVENT_ORDER_LOCK));
    struct json *doc = sent(&e);
    decode(doc, &got);
    assert_null(got.body);
    assert_true(cloud_event_body_is_whole(&got));
    json_free(doc);
}

static void an_unknown_kind_still_chains(void **state)
{
    (void)state;
    struct cloud_event e = event_of("XYZ", "{}"), got;
    uint8_t prev[HASH_BYTES] = {7};
    chain_hash(&(struct chain_link){e.seq, e.cv, e.hlc, e.kind, e.bh, prev}, e.hash);
    struct json *doc = sent(&e);
    decode(doc, &got);
    assert_false(got.known);
    assert_str(got.kind, "XYZ");
    assert_true(cloud_event_follows(&got, prev));
    json_free(doc);
}

static void a_gave_up_event_is_carried_blindly(void **state)
{
    (void)state;
    struct cloud_event e = event_of("ORDER_LOCK", ""), got;
    uint8_t prev[HASH_BYTES] = {7};
    struct jw w;
    e.raw = STR("{bad");
    jw_init(&w, buf, sizeof buf);
    cloud_event_encode_gave_up(&w, &e);
    struct json *doc = json_parse(w.p, w.n, &JSON_CLOUD, NULL);
    decode(doc, &got);
    assert_true(got.gave_up && got.seq == 1042);
    assert_str(got.raw, "e2JhZA==");
    assert_memory_equal(got.hash, e.hash, HASH_BYTES);
    assert_true(cloud_event_follows(&got, prev));
    json_free(doc);
    doc = doc_of("{'seq':5,'raw':'AA==','gave_up':true}");
    decode(doc, &got);
    json_free(doc);
}

static void a_bad_header_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
    } BAD[] = {{"seq", "0"},   {"seq", "'1'"},       {"hlc", "[1]"},
               {"cv", "-1"},   {"kind", "'A\\\\B'"}, {"kind", "7"},
               {"bh", "'00'"}, {"hash", "'XY'"},     {"hlc", "[-1,0]"}};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        char text[512], hash[65];
        struct cloud_event e;
        static const char *const KEYS[] = {"seq", "hlc", "cv", "kind", "bh", "hash"};
        memset(hash, 'a', 64);
        hash[64] = 0;
        size_t n = (size_t)snprintf(text, sizeof text, "{'%s':%s", BAD[i].key, BAD[i].value);
        const char *const good[] = {"1", "[1,0]", "0", "'TICKET'", NULL, NULL};
        for (size_t k = 0; k < 6; k++) {
            if (strcmp(KEYS[k], BAD[i].key) == 0)
                continue;
            n += (size_t)(good[k]
                              ? snprintf(text + n, sizeof text - n, ",'%s':%s", KEYS[k], good[k])
                              : snprintf(text + n, sizeof text - n, ",'%s':'%s'", KEYS[k], hash));
        }
        snprintf(text + n, sizeof text - n, "}");
        struct json *doc = doc_of(text);
        assert_int_equal(cloud_event_decode(doc, &e, path), CODE_BAD_REQUEST);
        assert_string_equal(path, BAD[i].key);
        json_free(doc);
    }
}

/* ---- facts ---- */

struct reading {
    struct json *doc;
    struct event_facts facts;
    enum code code;
};

static struct reading read_body(enum event_kind kind, const char *body)
{
    struct reading r = {.doc = doc_of(body)};
    struct cloud_event e = {.known = true, .kind_no = kind, .body = r.doc};
    r.code = cloud_event_facts(&e, &arena, &r.facts, path);
    return r;
}

static void an_order_tells_its_lines_and_movements(void **state)
{
    (void)state;
    struct reading r = read_body(
        EVENT_ORDER_LOCK,
        "{'adjust':[{'adj':1,'amount_e4':-5000,'kind':'DISCOUNT'}],'cause':'PLACE','channel':'POS',"
        "'day':'20260128','device':'till-1','due_e4':250000,'kitchen':'QUEUED','lines':["
        "{'amount_e4':255000,'eff':[{'H':0,'Lh':20,'lk_a':20,'lk_b':0,'object_id':1001,"
        "'object_type':2,'q_t':20,'real_a':100,'real_b':100,'used':20},{'H':-5,'Lh':20,'lk_a':20,"
        "'lk_b':0,'object_id':500,'object_type':1,'q_t':20,'real_a':30,'real_b':30}],'line':1,"
        "'name':'Soup','object_id':1001,'object_type':2,'options':[{'name':'Egg','option_id':7,"
        "'price_e4':5000,'q_t':10}],'price_e4':120000,'q_t':20,'round':1,'unit_e4':125000}],"
        "'number':'P001','order_id':'P1','origin':'HUB','payments':[{'amount_e4':10,'pay_id':'a'}],"
        "'state':'PLACED'}");
    const struct event_facts *f = &r.facts;
    assert_int_equal(r.code, CODE_OK);
    assert_true(f->whole && f->has_lines && f->n_lines == 1 && f->n_effects == 2);
    assert_str(f->order_id, "P1");
    assert_int_equal(f->state, ORDER_PLACED);
    assert_int_equal(f->due_e4, 250000);
    assert_str(f->lines[0].name, "Soup");
    assert_int_equal(f->lines[0].options[0].price_e4, 5000);
    assert_int_equal(f->effects[0].lh_t, 20);
    assert_int_equal(f->effects[0].line, 1);
    assert_int_equal(f->effects[0].n_used, 1);
    assert_str(f->effects[0].used[0].code, "POS");
    assert_int_equal(f->effects[0].used[0].used_t, 20);
    assert_true(f->effects[1].object.type == OBJECT_SPU && f->effects[1].n_used == 0);
    assert_int_equal(f->adjusts[0].amount_e4, -5000);
    assert_str(f->payments[0].pay_id, "a");
    json_free(r.doc);
}

static void a_count_tells_its_base_and_stamp(void **state)
{
    (void)state;
    struct reading r =
        read_body(EVENT_STOCK_SET,
                  "{'base':{'c':-10,'h':-20,'id':'S:7.12','v_t':120},'basis':'sellable','eff':["
                  "{'H':-20,'Lh':0,'lk_a':0,'lk_b':0,'object_id':1001,'object_type':2,'q_t':120,"
                  "'real_a':120,'real_b':70}],'object_id':1001,'object_type':2,'q_t':120,"
                  "'stamp':[1769565600123,0,1]}");
    assert_int_equal(r.code, CODE_OK);
    assert_true(r.facts.has_base && r.facts.has_stamp && r.facts.n_effects == 1);
    assert_str(r.facts.base_id, "S:7.12");
    assert_int_equal(r.facts.base_c_t, -10);
    assert_int_equal(r.facts.stamp.origin, ORIGIN_HUB);
    assert_int_equal(r.facts.effects[0].line, 0);
    json_free(r.doc);
}

static void used_may_stand_by_channel(void **state)
{
    (void)state;
    struct reading r =
        read_body(EVENT_STOCK_ADJUST, "{'object_id':1,'eff':[{'object_id':1,'H':1,'Lh':2,'Xr':3,"
                                      "'used':{'POS':20,'KIOSK':-5}}]}");
    assert_int_equal(r.code, CODE_OK);
    const struct effect_fact *e = &r.facts.effects[0];
    assert_true(e->has_xr && e->xr_t == 3 && e->n_used == 2);
    assert_str(e->used[0].code, "KIOSK");
    assert_int_equal(e->used[0].used_t, -5);
    assert_int_equal(e->used[1].used_t, 20);
    json_free(r.doc);
}

static void registers_say_what_they_set(void **state)
{
    (void)state;
    struct reading r = read_body(EVENT_CHANNEL_SET,
                                 "{'channel':'KIOSK','limit_t':65,'limited':true,'object_id':1,"
                                 "'object_type':1,'on_sale':false,'stamp':[5,0,1],'cmd':'c-9'}");
    const struct event_facts *f = &r.facts;
    assert_int_equal(r.code, CODE_OK);
    assert_true(f->has_limit && f->limit_t == 65 && f->has_limited && f->limited);
    assert_true(f->has_on_sale && !f->on_sale && !f->has_plan && f->object.type == OBJECT_SPU);
    assert_str(f->cmd_id, "c-9");
    json_free(r.doc);
}

/* The vectors of the kinds that came with restores and rights: hashed as written, and what they
 * say. */
static void restores_and_rights_say_what_happened(void **state)
{
    (void)state;
    struct json *doc = fixture("sync-protocol/rights-events.json");
    struct event_facts facts[9];
    struct fields fields;
    size_t n = 0;
    const struct json *list = json_get(doc, "events");
    for (const struct json *v = json_first(list); v && n < 9; v = json_next(v), n++) {
        struct cloud_event e = {.known = true, .body = json_get(v, "body")};
        struct str kind;
        fields_begin(&fields, &arena, path);
        assert_true(wire_text(&fields, v, "kind", LIMIT_KIND, &kind));
        assert_true(event_kind_parse(kind, &e.kind_no) && wire_hash(&fields, v, "bh", e.bh));
        assert_true(cloud_event_is_whole(e.kind_no) && cloud_event_body_is_whole(&e));
        assert_int_equal(cloud_event_facts(&e, &arena, &facts[n], path), CODE_OK);
    }
    assert_int_equal(n, 9);
    const struct event_facts *restore = &facts[0], *given = &facts[3], *note = &facts[6];
    assert_true(restore->due_at_ms == 1769637600000 && restore->has_offer);
    assert_true(restore->offer_n == 4 && restore->hub_t == 70 && restore->plan_t == 100);
    assert_true(restore->has_base && restore->base_h_t == -50 && restore->effects[0].n_used == 2);
    assert_true(restore->effects[0].has_xr && restore->effects[0].xr_t == 0);
    assert_true(!facts[1].has_offer && facts[1].object.id == 1001);
    assert_true(given->q_t == 20 && given->effects[0].xr_t == 20);
    assert_str(given->effects[0].gen, "R:1769637600000");
    assert_str(given->cmd_id, "c-9");
    assert_true(facts[4].offer_n == 4 && facts[5].mode == MODE_STRICT);
    assert_true(note->n_over == 2 && note->over[1].over_t == 5 && note->state == ORDER_NONE);
    assert_str(note->order_id, "P1");
    assert_true(facts[7].has_restore && facts[7].auto_restore && facts[7].daily);
    assert_true(facts[7].restore_at_ms == 1769637600000);
    assert_true(facts[8].has_weight && facts[8].weight == 5 && facts[8].reserve_t == 40);
    json_free(doc);
}

static void expect_bad_body(enum event_kind kind, const char *body, const char *at)
{
    struct reading r = read_body(kind, body);
    assert_int_equal(r.code, CODE_BAD_REQUEST);
    assert_string_equal(path, at);
    json_free(r.doc);
}

static void the_sums_of_a_day_are_no_lines(void **state)
{
    (void)state;
    struct reading r = read_body(EVENT_DAY_CLOSE, "{'day':'20260128','lines':153,'orders':126}");
    assert_true(r.facts.n_lines == 0 && r.facts.n_effects == 0);
    json_free(r.doc);
}

static void a_bad_body_is_named(void **state)
{
    (void)state;
    expect_bad_body(EVENT_ORDER_LOCK, "{}", "order_id");
    expect_bad_body(EVENT_ORDER_SERVED, "{'order_id':'P1'}", "state");
    expect_bad_body(EVENT_ORDER_STATE, "{'order_id':'P1','state':'ODD'}", "state");
    expect_bad_body(EVENT_STATUS_SET, "{'on_sale':true}", "object_id");
    expect_bad_body(EVENT_ORDER_LOCK, "{'lines':7}", "lines");
    expect_bad_body(EVENT_STOCK_SET, "{'object_id':1,'eff':[{'object_id':1,'H':1}]}", "eff[0].Lh");
    expect_bad_body(EVENT_RESTORE, "{'object_id':1}", "due_at_ms");
    expect_bad_body(EVENT_RESTORE, "{'object_id':1,'due_at_ms':0}", "due_at_ms");
    expect_bad_body(EVENT_LEASE_RETURN, "{'q_t':1}", "object_id");
    expect_bad_body(EVENT_OFFER_ACK, "{'object_id':1}", "n");
    expect_bad_body(EVENT_MODE_ACK, "{'object_id':1,'mode':'TIGHT'}", "mode");
    expect_bad_body(EVENT_OVERRIDE_NOTE, "{'rows':[{'object_id':1}]}", "rows[0].over_t");
    expect_bad_body(EVENT_CHANNEL_SET, "{'object_id':1,'weight':10001}", "weight");
    expect_bad_body(EVENT_ORDER_UNLOCK,
                    "{'order_id':'P1','state':'PLACED','lines':[{'line':1,'eff':[]},{'line':2,"
                    "'eff':[{'object_id':1,'H':1.5,'Lh':0}]}]}",
                    "lines[1].eff[0].H");
}

static void a_full_arena_is_told(void **state)
{
    (void)state;
    struct arena small;
    struct event_facts facts;
    struct json *doc = doc_of("{'object_id':1,'eff':[{'object_id':1,'H':1,'Lh':2,'used':3}]}");
    struct cloud_event e = {.known = true, .kind_no = EVENT_STOCK_ADJUST, .body = doc};
    arena_init(&small, 16);
    assert_int_equal(cloud_event_facts(&e, &small, &facts, path), CODE_INTERNAL);
    arena_free(&small);
    json_free(doc);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_published_event_follows_its_genesis),
        TEST(an_edited_event_does_not_follow),
        TEST(an_edited_body_is_noticed),
        TEST(an_event_arrives_as_it_was_written),
        TEST(a_local_event_is_its_header),
        TEST(an_unknown_kind_still_chains),
        TEST(a_gave_up_event_is_carried_blindly),
        TEST(a_bad_header_is_named),
        TEST(an_order_tells_its_lines_and_movements),
        TEST(a_count_tells_its_base_and_stamp),
        TEST(used_may_stand_by_channel),
        TEST(registers_say_what_they_set),
        TEST(restores_and_rights_say_what_happened),
        TEST(the_sums_of_a_day_are_no_lines),
        TEST(a_bad_body_is_named),
        TEST(a_full_arena_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
