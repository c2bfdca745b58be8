/* sync/legacy: what is posted to a center of the base API, and what its rows mean here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sync/legacy.h"

static const struct object EGG = {OBJECT_SKU, 1003};
static const struct store_identity ID = {{"1", 1}, {"417", 3}};
static const struct position ACKED = {1, 10};
#define T1 "2026-01-28T10:00:00+08:00"
#define T2 "2026-01-28T10:00:05+08:00"

/* Limited to 10, counted 10, and so many sold. */
static struct stock_row egg(int64_t sold_t)
{
    struct stock_row r;
    stock_plain(EGG, &r);
    r.type = STOCK_LIMITED;
    r.plan_t = r.base_t = 100;
    r.base_id = STR("H:1.1");
    r.base_hf = r.base_cf = true;
    r.h_t = -sold_t;
    r.h_at = r.at = (struct position){1, 12};
    return r;
}

static struct json *doc;

static struct cloud_row heard(const char *text)
{
    char path[FIELD_PATH];
    struct cloud_row r;
    json_free(doc);
    doc = json_parse(text, strlen(text), &JSON_CLOUD, NULL);
    assert_non_null(doc);
    assert_int_equal(cloud_row_decode(doc, &r, path), CODE_OK);
    return r;
}

#define ROW(token, real)                                                                           \
    "{\"object_id\":1003,\"stock_status\":1,\"stock_type\":2,\"plan_quantity\":10,"                \
    "\"real_quantity\":" real ",\"auto_restore_type\":2,\"updated_at\":\"" token "\"}"

/* The center has the row as it stood with so many sold. */
static struct legacy_row agreed(int64_t sold_t)
{
    struct legacy_row l = {.object = EGG};
    struct stock_row row = egg(sold_t);
    legacy_sent(&l, &row);
    legacy_taken(&l, legacy_hash(&row), STR(T1));
    return l;
}

static void a_row_goes_out_as_the_base_api_says_it(void **state)
{
    char buf[LEGACY_BODY];
    struct stock_row row = egg(20);
    struct legacy_row l = agreed(0);
    (void)state;
    struct str text = legacy_body(&row, &l, &ID, buf);
    struct json *v = json_parse(text.p, text.n, &JSON_CLOUD, NULL);
    assert_non_null(v);
    assert_true(str_eq(json_text_at(v, "brandId"), STR("1")));
    assert_int_equal(json_integer_at(v, "real_quantity"), 8);
    assert_int_equal(json_integer_at(v, "plan_quantity"), 10);
    assert_true(str_eq(json_text_at(v, "updated_at"), STR(T1)));
    assert_null(json_get(v, "x"));
    json_free(v);
}

static void an_oversold_row_goes_out_as_nothing(void **state)
{
    char buf[LEGACY_BODY];
    struct stock_row row = egg(130);
    struct legacy_row l = agreed(0);
    (void)state;
    struct str text = legacy_body(&row, &l, &ID, buf);
    struct json *v = json_parse(text.p, text.n, &JSON_CLOUD, NULL);
    assert_int_equal(json_integer_at(v, "real_quantity"), 0);
    json_free(v);
}

static void our_own_row_is_no_news(void **state)
{
    struct legacy_row l = agreed(20);
    struct stock_row mine = egg(30);
    struct legacy_merge out;
    (void)state;
    struct cloud_row theirs = heard(ROW(T1, "8"));
    assert_false(legacy_hear(&l, &mine, &theirs, ACKED, &out));
    assert_int_equal(l.h_t, -20);
}

/* T28, and the rule of 4.2: real := row.real + (H - H at the last success). */
static void a_number_of_somebody_else_keeps_the_sales_since(void **state)
{
    struct legacy_row l = agreed(20);
    struct stock_row mine = egg(30);
    struct legacy_merge out;
    (void)state;
    struct cloud_row theirs = heard(ROW(T2, "20"));
    assert_true(legacy_hear(&l, &mine, &theirs, ACKED, &out));
    assert_int_equal(stock_real(&out.row.row), 190);
    assert_string_equal(l.token, T2);
    assert_int_equal(l.h_t, -20);
    assert_true(position_cmp(out.row.row.h_at, ACKED) == 0);
}

/* The post came to the center, the answer did not come back, and one more was sold. */
static void a_post_whose_answer_was_lost_counts_once(void **state)
{
    struct legacy_row l = agreed(0);
    struct stock_row posted = egg(20), mine = egg(30);
    struct legacy_merge out;
    (void)state;
    legacy_sent(&l, &posted);
    struct cloud_row theirs = heard(ROW(T2, "8"));
    assert_false(legacy_hear(&l, &mine, &theirs, ACKED, &out));
    assert_int_equal(l.h_t, -20);
    assert_false(l.in_flight);
}

/* The same, but it never came there. */
static void a_post_that_was_lost_is_not_taken_for_granted(void **state)
{
    struct legacy_row l = agreed(0);
    struct stock_row posted = egg(20);
    struct legacy_merge out;
    (void)state;
    legacy_sent(&l, &posted);
    struct cloud_row theirs = heard(ROW(T2, "15"));
    assert_true(legacy_hear(&l, &posted, &theirs, ACKED, &out));
    assert_int_equal(stock_real(&out.row.row), 130);
}

static void the_first_row_is_taken_as_it_stands(void **state)
{
    struct legacy_row l = {.object = EGG};
    struct stock_row mine = egg(30);
    struct legacy_merge out;
    (void)state;
    struct cloud_row theirs = heard(ROW(T1, "50"));
    assert_true(legacy_hear(&l, &mine, &theirs, ACKED, &out));
    assert_int_equal(stock_real(&out.row.row), 500);
}

static void registers_that_differ_take_the_centers_word(void **state)
{
    struct legacy_row l = agreed(0);
    struct stock_row mine = egg(0);
    struct legacy_merge out;
    (void)state;
    struct cloud_row theirs =
        heard("{\"object_id\":1003,\"stock_status\":2,\"stock_type\":2,\"plan_quantity\":12,"
              "\"real_quantity\":10,\"auto_restore_type\":2,\"updated_at\":\"" T2 "\","
              "\"channel_stocks\":[{\"stock_status\":2,\"stock_type\":1,\"channel_code\":\"POS\"},"
              "{\"stock_status\":1,\"stock_type\":1,\"channel_code\":\"KIOSK\"}]}");
    assert_true(legacy_hear(&l, &mine, &theirs, ACKED, &out));
    const struct stock_row *r = &out.row.row;
    assert_int_equal(r->status, STATUS_SOLD_OUT);
    assert_int_equal(r->plan_t, 120);
    assert_int_equal(r->status_stamp.l_ms, theirs.updated_at_ms);
    assert_int_equal(r->n_channels, 1);
    assert_true(str_eq(r->channels[0].code, STR("POS")));
    assert_true(str_eq(r->base_id, mine.base_id));
}

static void a_row_without_a_token_is_news_when_it_reads_otherwise(void **state)
{
#define BARE(real)                                                                                 \
    "{\"object_id\":1003,\"stock_status\":1,\"stock_type\":2,\"plan_quantity\":10,"                \
    "\"real_quantity\":" real ",\"auto_restore_type\":2}"
    struct legacy_row l = {.object = EGG};
    struct stock_row mine = egg(0);
    struct legacy_merge out;
    (void)state;
    struct cloud_row theirs = heard(BARE("9"));
    assert_true(legacy_hear(&l, &mine, &theirs, ACKED, &out));
    assert_false(legacy_hear(&l, &mine, &theirs, ACKED, &out));
    theirs = heard(BARE("7"));
    assert_true(legacy_hear(&l, &mine, &theirs, ACKED, &out));
}

static int forget(void **state)
{
    (void)state;
    json_free(doc);
    doc = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_goes_out_as_the_base_api_says_it),
        cmocka_unit_test(an_oversold_row_goes_out_as_nothing),
        cmocka_unit_test(our_own_row_is_no_news),
        cmocka_unit_test(a_number_of_somebody_else_keeps_the_sales_since),
        cmocka_unit_test(a_post_whose_answer_was_lost_counts_once),
        cmocka_unit_test(a_post_that_was_lost_is_not_taken_for_granted),
        cmocka_unit_test(the_first_row_is_taken_as_it_stands),
        cmocka_unit_test(registers_that_differ_take_the_centers_word),
        cmocka_unit_test(a_row_without_a_token_is_news_when_it_reads_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, forget);
}
