/* Device rows: what is saved is loaded, and damage is named. */
#include "edge/books/device.h"

#include "tests/unit/storage_scratch.h"

static const struct device_row KDS = {
    .id = {"kds-hot", 7},
    .name = {"Hot kitchen", 11},
    .account = {"kitchen", 7},
    .role = ROLE_KDS,
    .channels = 0,
    .stations = {{"oven", 4}, {"pasta", 5}},
    .n_stations = 2,
    .password_line = {"kds-hot:$7$101$c2FsdA==$aGFzaA==", 32},
    .added_at_ms = 1769565600123,
};

static void save(struct scratch *s, const struct device_row *d)
{
    struct txn *txn;
    assert_int_equal(txn_begin_write(s->store, &txn), PH_OK);
    device_save(txn, d);
    assert_int_equal(txn_commit(txn), PH_OK);
}

static struct txn *reading(struct scratch *s)
{
    struct txn *txn;
    assert_int_equal(txn_begin_read(s->store, &txn), PH_OK);
    return txn;
}

static void device_saved_is_loaded_field_by_field(void **state)
{
    struct scratch *s = *state;
    struct device_row got;
    save(s, &KDS);
    struct txn *txn = reading(s);
    assert_true(device_load(txn, STR("kds-hot"), &got));
    assert_true(str_eq(got.id, KDS.id));
    assert_true(str_eq(got.name, KDS.name));
    assert_true(str_eq(got.account, KDS.account));
    assert_true(str_eq(got.password_line, KDS.password_line));
    assert_int_equal(got.role, ROLE_KDS);
    assert_int_equal(got.n_stations, 2);
    assert_true(str_eq(got.stations[1], STR("pasta")));
    assert_int_equal(got.added_at_ms, KDS.added_at_ms);
    txn_abort(txn);
}

static void device_unknown_is_not_there_and_no_error(void **state)
{
    struct scratch *s = *state;
    struct device_row got;
    struct txn *txn = reading(s);
    assert_false(device_load(txn, STR("nobody"), &got));
    assert_false(device_load(txn, STR("an-id-that-is-longer-than-any-device-id-can-be"), &got));
    assert_int_equal(txn_error(txn), PH_OK);
    txn_abort(txn);
}

static void device_saved_again_is_replaced(void **state)
{
    struct scratch *s = *state;
    struct device_row changed = KDS, got;
    save(s, &KDS);
    changed.n_stations = 1;
    changed.channels = 5;
    changed.role = ROLE_POS;
    save(s, &changed);
    struct txn *txn = reading(s);
    assert_true(device_load(txn, KDS.id, &got));
    assert_int_equal(got.n_stations, 1);
    assert_int_equal(got.channels, 5);
    assert_int_equal(got.role, ROLE_POS);
    assert_int_equal(txn_entries(txn, TABLE_DEVICE), 1);
    txn_abort(txn);
}

static void device_with_everything_at_its_limit_fits(void **state)
{
    struct scratch *s = *state;
    static char text[PASSWORD_LINE];
    struct device_row big = {
        .role = ROLE_BOARD, .channels = UINT32_MAX, .n_stations = LIMIT_STATIONS};
    struct device_row got;
    memset(text, 'x', sizeof text);
    big.id = (struct str){text, LIMIT_DEVICE_ID};
    big.name = big.account = (struct str){text, LIMIT_NAME};
    big.password_line = (struct str){text, PASSWORD_LINE};
    big.added_at_ms = INT64_MAX;
    for (int i = 0; i < LIMIT_STATIONS; i++)
        big.stations[i] = (struct str){text, LIMIT_STATION};
    save(s, &big);
    struct txn *txn = reading(s);
    assert_true(device_load(txn, big.id, &got));
    assert_true(str_eq(got.stations[LIMIT_STATIONS - 1], big.stations[0]));
    txn_abort(txn);
}

static void device_row_that_does_not_decode_is_named(void **state)
{
    struct scratch *s = *state;
    struct device_row got;
    struct key key = key_text(STR("kds-hot"));
    struct txn *txn;
    assert_int_equal(txn_begin_write(s->store, &txn), PH_OK);
    txn_put(txn, TABLE_DEVICE, key_bytes(&key), (struct bytes){"\x07kds", 4});
    assert_false(device_load(txn, STR("kds-hot"), &got));
    assert_int_equal(txn_error(txn), PH_ERR_BAD_RECORD);
    assert_non_null(strstr(txn_fault(txn), "device"));
    txn_abort(txn);
}

static void device_unpack_refuses_an_unknown_role_and_trailing_bytes(void **state)
{
    (void)state;
    struct device_row copy = KDS, got;
    uint8_t buf[512];
    struct pack p;
    copy.role = ROLE_COUNT;
    pack_writer(&p, buf, sizeof buf);
    device_fields(&p, &copy);
    assert_false(device_unpack((struct bytes){buf, p.at}, &got));
    copy.role = ROLE_KDS;
    pack_writer(&p, buf, sizeof buf);
    device_fields(&p, &copy);
    assert_true(device_unpack((struct bytes){buf, p.at}, &got));
    assert_false(device_unpack((struct bytes){buf, p.at + 1}, &got));
    assert_false(device_unpack((struct bytes){buf, p.at - 1}, &got));
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(device_saved_is_loaded_field_by_field),
        CASE(device_unknown_is_not_there_and_no_error),
        CASE(device_saved_again_is_replaced),
        CASE(device_with_everything_at_its_limit_fits),
        CASE(device_row_that_does_not_decode_is_named),
        cmocka_unit_test(device_unpack_refuses_an_unknown_role_and_trailing_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
