/* proto/cloud_digest: what is asked is what is understood, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/cloud_digest.h"

static struct arena arena;
static char path[FIELD_PATH];

static struct json *parsed(const char *text)
{
    char why[JSON_WHY] = "";
    struct json *v = json_parse(text, strlen(text), &JSON_CLOUD, why);
    assert_string_equal(why, "");
    return v;
}

static void a_question_reads_as_it_was_written(void **state)
{
    const struct object hot[] = {{OBJECT_SKU, 9}, {OBJECT_SPU, 7}, {OBJECT_SKU, 9}};
    struct cloud_digest q = {.brand_id = STR("1"),
                             .poi_id = STR("417"),
                             .epoch = 7,
                             .applied_ver = 12,
                             .acked_seq = 3,
                             .want = DIGEST_ROWS,
                             .after = {OBJECT_SKU, 5},
                             .hot = hot,
                             .n_hot = 3,
                             .objects = hot,
                             .n_objects = 1};
    struct cloud_digest got;
    char buf[512];
    struct jw w;
    (void)state;
    arena_init(&arena, 1 << 16);
    jw_init(&w, buf, sizeof(buf) - 1);
    cloud_digest_encode(&w, &q);
    buf[w.n] = 0;
    struct json *v = parsed(buf);
    assert_int_equal(cloud_digest_decode(v, &arena, &got, path), CODE_OK);
    assert_int_equal(got.epoch, 7);
    assert_int_equal(got.applied_ver, 12);
    assert_int_equal(got.acked_seq, 3);
    assert_int_equal(got.want, DIGEST_ROWS);
    assert_int_equal(got.after.id, 5);
    assert_int_equal(got.n_hot, 2);
    assert_int_equal(got.hot[0].id, 7);
    assert_int_equal(got.n_objects, 1);
    json_free(v);
    arena_free(&arena);
}

static enum code reply(const char *text, enum cloud_digest_want want,
                       struct cloud_digest_reply *out)
{
    struct json *v = parsed(text);
    arena_init(&arena, 1 << 16);
    enum code code = cloud_digest_reply_decode(v, want, &arena, out, path);
    if (code == CODE_OK && out->n_pairs > 0)
        assert_int_equal(out->pairs[out->n_pairs - 1].digest, 0x22);
    json_free(v);
    arena_free(&arena);
    return code;
}

static void answers_are_read(void **state)
{
    struct cloud_digest_reply r;
    (void)state;
    assert_int_equal(
        reply("{\"hot\":[],\"root\":\"c5ec05db50e1df89\",\"server_hlc\":[5,1]}", DIGEST_ROOT, &r),
        CODE_OK);
    assert_true(r.root == 0xc5ec05db50e1df89u);
    assert_int_equal(r.server_hlc.l_ms, 5);
    assert_int_equal(reply("{\"pairs\":[[\"1:5\",\"0000000000000011\"],"
                           "[\"2:1\",\"0000000000000022\"]],\"more\":true}",
                           DIGEST_LIST, &r),
                     CODE_OK);
    assert_int_equal(r.n_pairs, 2);
    assert_true(r.more);
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *text;
        enum cloud_digest_want want;
    } BAD[] = {
        {"{\"hot\":[]}", DIGEST_ROOT},
        {"{\"root\":\"c5ec05db50e1df8\"}", DIGEST_ROOT},
        {"{\"hot\":[\"3:1\"],\"root\":\"c5ec05db50e1df89\"}", DIGEST_ROOT},
        {"{\"pairs\":[],\"more\":true}", DIGEST_LIST},
        {"{\"pairs\":[]}", DIGEST_LIST},
        {"{\"pairs\":[[\"2:1\"]],\"more\":false}", DIGEST_LIST},
        {"{\"pairs\":[[\"2:2\",\"0000000000000011\"],[\"2:1\",\"0000000000000022\"]],"
         "\"more\":false}",
         DIGEST_LIST},
        {"{\"hot\":[]}", DIGEST_ROWS},
    };
    struct cloud_digest_reply r;
    (void)state;
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
        assert_int_equal(reply(BAD[i].text, BAD[i].want, &r), CODE_BAD_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_reads_as_it_was_written),
        cmocka_unit_test(answers_are_read),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
