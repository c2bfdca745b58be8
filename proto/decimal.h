/* Integers to decimal digits, for everything that writes numbers often. */
#ifndef PROTO_DECIMAL_H
#define PROTO_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#define DECIMAL_DIGITS 20 /* the longest, UINT64_MAX and INT64_MIN with its sign */

/* Return the length, at most DECIMAL_DIGITS; no NUL. */
size_t decimal_u64(uint64_t v, char *out);
size_t decimal_i64(int64_t v, char *out);
/* |v| without the overflow of INT64_MIN. */
uint64_t decimal_abs(int64_t v);

#endif
