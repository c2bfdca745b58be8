/* What is parsed is within its limits, and its text parses to the same value. */
#include <stdlib.h>

#include "proto/limits.h"
#include "proto/qty.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_qty(int64_t v_t)
{
    char text[DECIMAL_TEXT];
    int64_t back_t;
    must(v_t >= -LIMIT_QTY_T && v_t <= LIMIT_QTY_T);
    size_t n = qty_format(v_t, text);
    must(qty_parse((struct str){text, n}, &back_t) && back_t == v_t);
}

static void check_money(int64_t v_e4)
{
    char text[DECIMAL_TEXT];
    int64_t back_e4;
    must(v_e4 >= -LIMIT_MONEY_E4 && v_e4 <= LIMIT_MONEY_E4);
    size_t n = money_format(v_e4, text);
    must(money_parse((struct str){text, n}, &back_e4) && back_e4 == v_e4);
}

static void check_amount(int64_t qty_t, int64_t unit_e4)
{
    int64_t amount_e4;
    if (!money_line_amount(qty_t, unit_e4, &amount_e4))
        return;
    must(amount_e4 >= -LIMIT_MONEY_E4 && amount_e4 <= LIMIT_MONEY_E4);
    int64_t rest = qty_t * unit_e4 - amount_e4 * 10;
    must(rest >= -5 && rest <= 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t half = size / 2;
    struct str front = {(const char *)data, half}, back = {(const char *)data + half, size - half};
    int64_t qty_t = 0, unit_e4 = 0;
    if (qty_parse(front, &qty_t))
        check_qty(qty_t);
    if (money_parse(back, &unit_e4))
        check_money(unit_e4);
    check_amount(qty_t, unit_e4);
    return 0;
}
