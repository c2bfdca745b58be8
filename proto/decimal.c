#include "proto/decimal.h"

#include <string.h>

static const char PAIRS[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

size_t decimal_u64(uint64_t v, char *out)
{
    char digits[DECIMAL_DIGITS];
    size_t at = sizeof digits;
    for (; v >= 100; v /= 100) {
        at -= 2;
        memcpy(digits + at, PAIRS + 2 * (v % 100), 2);
    }
    if (v >= 10) {
        at -= 2;
        memcpy(digits + at, PAIRS + 2 * v, 2);
    } else {
        digits[--at] = (char)('0' + v);
    }
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

size_t decimal_i64(int64_t v, char *out)
{
    if (v >= 0)
        return decimal_u64((uint64_t)v, out);
    out[0] = '-';
    return 1 + decimal_u64(decimal_abs(v), out + 1);
}

uint64_t decimal_abs(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}
