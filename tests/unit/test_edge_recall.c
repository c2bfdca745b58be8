/* Remembered refusals: 64 of a device, for ten minutes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "edge/recall.h"

static const uint8_t ASKED[32] = {1}, OTHER[32] = {2};

static void keep(struct recall *r, const char *req_id, int64_t at_ms)
{
    struct refused_line line = {.line = 1, .object_id = 1044, .code = CODE_SOLD_OUT};
    struct outcome o = {.code = CODE_SOLD_OUT, .refused = &line, .n_refused = 1};
    snprintf(o.detail, sizeof(o.detail), "sold out: %s", req_id);
    recall_keep(r, str_of(req_id), ASKED, &o, at_ms);
}

static void the_same_request_gets_the_same_refusal(void **state)
{
    (void)state;
    struct recall r = {0};
    struct outcome o = {0};
    keep(&r, "a-1", 0);
    keep(&r, "a-2", 1);
    assert_int_equal(recall_find(&r, STR("a-1"), ASKED, 2, &o), RECALL_SAME);
    assert_int_equal(o.code, CODE_SOLD_OUT);
    assert_true(o.replayed);
    assert_string_equal(o.detail, "sold out: a-1");
    assert_int_equal(o.refused[0].object_id, 1044);
    assert_int_equal(recall_find(&r, STR("a-3"), ASKED, 2, &o), RECALL_NEW);
    recall_clear(&r);
}

static void other_content_under_the_same_id_is_told_apart(void **state)
{
    (void)state;
    struct recall r = {0};
    struct outcome o = {0};
    keep(&r, "a-1", 0);
    assert_int_equal(recall_find(&r, STR("a-1"), OTHER, 1, &o), RECALL_OTHER_CONTENT);
    recall_clear(&r);
}

static void a_refusal_is_forgotten_after_ten_minutes(void **state)
{
    (void)state;
    struct recall r = {0};
    struct outcome o = {0};
    keep(&r, "a-1", 0);
    assert_int_equal(recall_find(&r, STR("a-1"), ASKED, LIMIT_REFUSAL_AGE_MS, &o), RECALL_SAME);
    assert_int_equal(recall_find(&r, STR("a-1"), ASKED, LIMIT_REFUSAL_AGE_MS + 1, &o), RECALL_NEW);
    recall_clear(&r);
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    struct recall r = {0};
    struct outcome o = {0};
    char req_id[16];
    for (int i = 0; i <= LIMIT_REFUSALS; i++) {
        snprintf(req_id, sizeof(req_id), "a-%d", i);
        keep(&r, req_id, i);
    }
    assert_int_equal(r.n, LIMIT_REFUSALS);
    assert_int_equal(recall_find(&r, STR("a-0"), ASKED, 100, &o), RECALL_NEW);
    assert_int_equal(recall_find(&r, STR("a-1"), ASKED, 100, &o), RECALL_SAME);
    recall_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_request_gets_the_same_refusal),
        cmocka_unit_test(other_content_under_the_same_id_is_told_apart),
        cmocka_unit_test(a_refusal_is_forgotten_after_ten_minutes),
        cmocka_unit_test(the_oldest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
