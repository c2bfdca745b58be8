/* edge/books/stock_row: what a row is on disk, old and new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edge/books/stock.h"

#define SINCE_AGREED 2                   /* bytes of agreed_ms and sure_ms, both zero */
#define SINCE_RIGHTS (11 + SINCE_AGREED) /* and of what came with the rights, all of it zero */

static struct bytes packed(const struct stock_row *r, uint8_t buf[STOCK_BYTES])
{
    struct pack p;
    struct stock_row writable = *r;
    pack_writer(&p, buf, STOCK_BYTES);
    stock_fields(&p, &writable);
    assert_true(pack_ok(&p));
    return (struct bytes){buf, p.at};
}

static void a_record_of_before_rights_is_read(void **state)
{
    uint8_t buf[STOCK_BYTES];
    struct stock_row r, back;
    (void)state;
    stock_plain((struct object){OBJECT_SKU, 1001}, &r);
    r.plan_t = 100;
    struct bytes whole = packed(&r, buf);
    assert_true(stock_unpack((struct bytes){whole.p, whole.n - SINCE_RIGHTS}, &back));
    assert_int_equal(back.plan_t, 100);
    assert_int_equal(back.mode_in_force, MODE_LOOSE);
    assert_int_equal(back.restored_ms, 0);
    assert_int_equal(back.n_offers, 0);
    r.mode = MODE_STRICT;
    whole = packed(&r, buf);
    assert_true(stock_unpack((struct bytes){whole.p, whole.n - SINCE_RIGHTS}, &back));
    assert_int_equal(back.mode_in_force, MODE_STRICT);
    assert_true(stock_unpack((struct bytes){whole.p, whole.n - SINCE_AGREED}, &back));
    assert_int_equal(back.agreed_ms, 0);
    for (size_t cut = 1; cut < SINCE_RIGHTS; cut++)
        assert_int_equal(stock_unpack((struct bytes){whole.p, whole.n - cut}, &back),
                         cut == SINCE_AGREED);
}

static void rights_and_restores_are_kept(void **state)
{
    uint8_t buf[STOCK_BYTES];
    struct stock_row r, back;
    (void)state;
    stock_plain((struct object){OBJECT_SKU, 1001}, &r);
    r.mode_in_force = MODE_STRICT;
    r.gen_op = (struct position){7, 900};
    r.gr_op = (struct position){7, 901};
    r.restored_ms = 1769551200000;
    r.agreed_ms = 1769378400000;
    r.sure_ms = 1769464800000;
    r.released = true;
    r.presumed_t = 30;
    r.n_offers = 1;
    r.offers[0] = (struct offer){4, 70, 100, 1769637600000};
    r.offer_acked = 4;
    r.cmd_done = 9;
    assert_true(stock_unpack(packed(&r, buf), &back));
    assert_int_equal(back.mode_in_force, MODE_STRICT);
    assert_int_equal(position_cmp(back.gen_op, r.gen_op), 0);
    assert_int_equal(position_cmp(back.gr_op, r.gr_op), 0);
    assert_int_equal(back.restored_ms, r.restored_ms);
    assert_int_equal(back.agreed_ms, r.agreed_ms);
    assert_int_equal(back.sure_ms, r.sure_ms);
    assert_true(back.released);
    assert_int_equal(back.presumed_t, 30);
    assert_memory_equal(&back.offers[0], &r.offers[0], sizeof r.offers[0]);
    assert_int_equal(back.offer_acked, 4);
    assert_int_equal(back.cmd_done, 9);
}

static void fill(struct stock_channel *ch)
{
    memset(ch, 0, sizeof *ch);
    ch->code = STR("CHANNEL_OF_16_CH");
    ch->status = STATUS_SOLD_OUT;
    ch->type = STOCK_LIMITED;
    ch->limit_t = ch->reserve_t = ch->used_t = ch->m_t = INT64_MIN;
    ch->weight = UINT32_MAX;
    ch->stamp = (struct stamp){INT64_MIN, UINT32_MAX, ORIGIN_TIMER};
    ch->op = (struct position){UINT32_MAX, UINT64_MAX};
}

/* Numbers of any size in all channels, offers and counters, and ids at their longest. */
static void the_longest_row_fits(void **state)
{
    static const char LONG[] = "0123456789012345678901234567890123456789012345678901234567890123"
                               "01234567890123456789012345678901";
    uint8_t buf[STOCK_BYTES];
    struct stock_row r;
    (void)state;
    memset(&r, 0xff, sizeof r);
    stock_plain((struct object){OBJECT_SKU, INT64_MAX}, &r);
    r.name = (struct str){LONG, 96};
    r.base_id = r.gen_id = (struct str){LONG, 48};
    r.base_t = r.base_h_t = r.base_c_t = r.h_t = r.lh_t = r.xr_t = INT64_MIN;
    r.c_t = r.lc_t = r.gr_t = r.plan_t = r.presumed_t = INT64_MIN;
    r.restore_at_ms = r.release_at_ms = r.restored_ms = INT64_MIN;
    r.agreed_ms = r.sure_ms = INT64_MIN;
    r.status_stamp = r.plan_stamp = r.policy_stamp = r.base_stamp =
        (struct stamp){INT64_MIN, UINT32_MAX, ORIGIN_TIMER};
    r.status_op = r.plan_op = r.base_op = r.h_at = r.at = r.gen_op = r.gr_op =
        (struct position){UINT32_MAX, UINT64_MAX};
    r.c_ver = r.offer_acked = r.cmd_done = UINT64_MAX;
    for (r.n_offers = 0; r.n_offers < OFFERS; r.n_offers++)
        r.offers[r.n_offers] = (struct offer){UINT64_MAX, INT64_MIN, INT64_MIN, INT64_MIN};
    for (r.n_channels = 0; r.n_channels < STOCK_CHANNELS; r.n_channels++)
        fill(&r.channels[r.n_channels]);
    packed(&r, buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_of_before_rights_is_read),
        cmocka_unit_test(rights_and_restores_are_kept),
        cmocka_unit_test(the_longest_row_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
