#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "proto/code.h"
#include "proto/err.h"
#include "proto/types.h"

static void str_cmp_puts_the_shorter_first(void **state)
{
    (void)state;
    assert_true(str_cmp(STR("ab"), STR("abc")) < 0);
    assert_true(str_cmp(STR("b"), STR("abc")) > 0);
    assert_int_equal(str_cmp(STR("abc"), STR("abc")), 0);
    assert_true(str_cmp(STR("\x7f"), STR("\x80")) < 0);
}

static void str_of_null_is_empty(void **state)
{
    (void)state;
    assert_true(str_eq(str_of(NULL), STR("")));
    assert_true(str_eq((struct str){NULL, 0}, STR("")));
    assert_false(str_eq(STR("a"), STR("b")));
}

static void position_is_ordered_by_epoch_then_seq(void **state)
{
    (void)state;
    assert_true(position_cmp((struct position){7, 9}, (struct position){8, 1}) < 0);
    assert_true(position_cmp((struct position){8, 2}, (struct position){8, 1}) > 0);
    assert_int_equal(position_cmp((struct position){8, 1}, (struct position){8, 1}), 0);
}

#define ROUND_TRIP(type, e)                                                                        \
    do {                                                                                           \
        enum type back;                                                                            \
        assert_true(type##_parse(str_of(type##_name(e)), &back));                                  \
        assert_int_equal(back, e);                                                                 \
    } while (0)

static void every_name_leads_back_to_its_value(void **state)
{
    (void)state;
#define X(e, ...) ROUND_TRIP(channel, e);
    CHANNEL_LIST(X)
#undef X
#define X(e, ...) ROUND_TRIP(role, e);
    ROLE_LIST(X)
#undef X
#define X(e, ...) ROUND_TRIP(order_state, e);
    ORDER_STATE_LIST(X)
#undef X
#define X(e, ...) ROUND_TRIP(adjust_kind, e);
    ADJUST_KIND_LIST(X)
#undef X
#define X(e, ...) ROUND_TRIP(stock_reason, e);
    STOCK_REASON_LIST(X)
#undef X
#define X(e, ...) ROUND_TRIP(verb, e);
    VERB_LIST(X)
#undef X
}

static void values_outside_a_list_are_named_with_a_question_mark(void **state)
{
    (void)state;
    assert_string_equal(channel_name(CHANNEL_COUNT), "?");
    assert_string_equal(order_state_name((enum order_state)7), "?");
    assert_string_equal(verb_name((enum verb)9999), "?");
    assert_int_equal(channel_letter(CHANNEL_COUNT), '?');
    assert_false(channel_is_hub(CHANNEL_COUNT));
}

static void an_unknown_name_leaves_the_output_alone(void **state)
{
    (void)state;
    enum channel channel = CHANNEL_EMENU;
    assert_false(channel_parse(STR("pos"), &channel));
    assert_false(channel_parse(STR(""), &channel));
    assert_int_equal(channel, CHANNEL_EMENU);
    enum order_state order_state;
    assert_false(order_state_parse(STR(""), &order_state));
}

static void only_online_order_belongs_to_the_center(void **state)
{
    (void)state;
    assert_true(channel_is_hub(CHANNEL_POS));
    assert_true(channel_is_hub(CHANNEL_KIOSK));
    assert_true(channel_is_hub(CHANNEL_EMENU));
    assert_false(channel_is_hub(CHANNEL_ONLINE_ORDER));
    assert_int_equal(channel_letter(CHANNEL_KIOSK), 'A');
}

static void queries_do_not_write(void **state)
{
    (void)state;
    assert_true(verb_writes(VERB_ORDER_PLACE));
    assert_true(verb_writes(VERB_TIMERS));
    assert_false(verb_writes(VERB_ORDER_GET));
    assert_false(verb_writes(VERB_COUNT));
}

static void codes_have_the_names_of_the_wire(void **state)
{
    (void)state;
    assert_string_equal(code_name(CODE_OK), "OK");
    assert_string_equal(code_name(CODE_SOLD_OUT), "SOLD_OUT");
    assert_string_equal(code_text(CODE_SOLD_OUT), "sold out");
    assert_string_equal(code_name((enum code)1006), "UNKNOWN");
    assert_non_null(code_text((enum code)1006));
}

static void busy_rate_limit_and_internal_are_not_final(void **state)
{
    (void)state;
#define X(name, number, text)                                                                      \
    assert_int_equal(code_is_final(CODE_##name),                                                   \
                     number != 4001 && number != 4002 && number != 5000);
    CODE_LIST(X)
#undef X
}

static void errors_have_a_name_and_a_text(void **state)
{
    (void)state;
    assert_string_equal(ph_err_name(PH_ERR_FULL), "PH_ERR_FULL");
    assert_string_equal(ph_err_text(PH_OK), "ok");
    assert_non_null(ph_err_text((enum ph_err)999));
    assert_non_null(ph_err_name((enum ph_err)999));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(str_cmp_puts_the_shorter_first),
        cmocka_unit_test(str_of_null_is_empty),
        cmocka_unit_test(position_is_ordered_by_epoch_then_seq),
        cmocka_unit_test(every_name_leads_back_to_its_value),
        cmocka_unit_test(values_outside_a_list_are_named_with_a_question_mark),
        cmocka_unit_test(an_unknown_name_leaves_the_output_alone),
        cmocka_unit_test(only_online_order_belongs_to_the_center),
        cmocka_unit_test(queries_do_not_write),
        cmocka_unit_test(codes_have_the_names_of_the_wire),
        cmocka_unit_test(busy_rate_limit_and_internal_are_not_final),
        cmocka_unit_test(errors_have_a_name_and_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
