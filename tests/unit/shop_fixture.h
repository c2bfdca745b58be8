/* A shop for one test: eggs (1003) are counted, and at the end the books have to be sound. */
#ifndef TESTS_UNIT_SHOP_FIXTURE_H
#define TESTS_UNIT_SHOP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/lib/shop.h"

static inline int shop_setup(void **state, int eggs)
{
    struct shop *s = calloc(1, sizeof *s);
    assert_non_null(s);
    shop_open(s);
    assert_int_equal(pos(s, "stock.set", "{'object_type':'2','object_id':'1003','qty':'%d'}", eggs),
                     0);
    *state = s;
    return 0;
}

static inline int shop_teardown(void **state)
{
    struct shop *s = *state;
    bool sound = shop_sound(s);
    shop_close(s);
    free(s);
    return sound ? 0 : -1;
}

#endif
