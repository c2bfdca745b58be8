#include "proto/qty.h"

#include "proto/decimal.h"
#include "proto/limits.h"

#define QTY_DECIMALS   1
#define MONEY_DECIMALS 4

/* Digits read so far, as one integer in the unit's own scale. */
struct reading {
    int64_t value, max;
};

static bool add_digit(struct reading *r, int64_t digit)
{
    r->value = r->value * 10 + digit;
    return r->value <= r->max;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(struct str text, size_t from)
{
    size_t n = 0;
    while (from + n < text.n && is_digit(text.p[from + n]))
        n++;
    return n;
}

/* `decimals` digits, missing ones being zero; further digits must be zero. */
static bool read_fraction(struct reading *r, struct str fraction, size_t decimals)
{
    for (size_t i = 0; i < decimals; i++) {
        if (!add_digit(r, i < fraction.n ? fraction.p[i] - '0' : 0))
            return false;
    }
    for (size_t i = decimals; i < fraction.n; i++) {
        if (fraction.p[i] != '0')
            return false;
    }
    return true;
}

/* Cuts "123.45" into its digits; false where it is anything else. */
static bool cut(struct str text, struct str *whole, struct str *fraction)
{
    size_t n = digits_at(text, 0);
    *whole = (struct str){text.p, n};
    *fraction = STR("");
    if (n == 0 || n == text.n)
        return n > 0;
    *fraction = (struct str){text.p + n + 1, digits_at(text, n + 1)};
    return text.p[n] == '.' && fraction->n > 0 && n + 1 + fraction->n == text.n;
}

static bool parse(struct str text, size_t decimals, int64_t max, int64_t *out)
{
    struct reading r = {0, max};
    struct str whole, fraction;
    bool negative = text.n > 0 && text.p[0] == '-';
    if (negative)
        text = (struct str){text.p + 1, text.n - 1};
    if (!cut(text, &whole, &fraction))
        return false;
    for (size_t i = 0; i < whole.n; i++) {
        if (!add_digit(&r, whole.p[i] - '0'))
            return false;
    }
    if (!read_fraction(&r, fraction, decimals))
        return false;
    *out = negative ? -r.value : r.value;
    return true;
}

bool qty_parse(struct str text, int64_t *out_t)
{
    return parse(text, QTY_DECIMALS, LIMIT_QTY_T, out_t);
}

bool money_parse(struct str text, int64_t *out_e4)
{
    return parse(text, MONEY_DECIMALS, LIMIT_MONEY_E4, out_e4);
}

static size_t put_whole(bool negative, uint64_t whole, char *out)
{
    size_t n = 0;
    if (negative)
        out[n++] = '-';
    return n + decimal_u64(whole, out + n);
}

size_t qty_format(int64_t v_t, char out[DECIMAL_TEXT])
{
    uint64_t tenths = decimal_abs(v_t);
    size_t n = put_whole(v_t < 0, tenths / 10, out);
    if (tenths % 10 != 0) {
        out[n++] = '.';
        out[n++] = (char)('0' + tenths % 10);
    }
    out[n] = '\0';
    return n;
}

size_t money_format(int64_t v_e4, char out[DECIMAL_TEXT])
{
    uint64_t e4 = decimal_abs(v_e4);
    size_t n = put_whole(v_e4 < 0, e4 / 10000, out);
    out[n++] = '.';
    for (uint64_t unit = 1000; unit > 0; unit /= 10)
        out[n++] = (char)('0' + e4 / unit % 10);
    out[n] = '\0';
    return n;
}

static int64_t divide_half_up(int64_t v, int64_t unit)
{
    int64_t rest = v % unit;
    int64_t up = v < 0 ? -1 : 1;
    return v / unit + (2 * (rest < 0 ? -rest : rest) >= unit ? up : 0);
}

bool money_line_amount(int64_t qty_t, int64_t unit_e4, int64_t *out_e4)
{
    int64_t product;
    if (__builtin_mul_overflow(qty_t, unit_e4, &product))
        return false;
    int64_t amount_e4 = divide_half_up(product, 10);
    if (amount_e4 > LIMIT_MONEY_E4 || amount_e4 < -LIMIT_MONEY_E4)
        return false;
    *out_e4 = amount_e4;
    return true;
}

int64_t money_round(int64_t v_e4, int decimals)
{
    int64_t unit = 1;
    for (int i = decimals; i < MONEY_DECIMALS; i++)
        unit *= 10;
    return divide_half_up(v_e4, unit) * unit;
}
