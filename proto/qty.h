/* Quantities (tenths) and money (ten-thousandths): decimal text to int64 and back, exactly.
 * Nothing is ever rounded on the way in: 8.50 is 85 tenths, 8.55 is refused (sync-protocol 1.1).
 */
#ifndef PROTO_QTY_H
#define PROTO_QTY_H

#include "proto/types.h"

#define DECIMAL_TEXT 32 /* room for any value below, with its NUL */

/* Plain decimal: optional '-', digits, optional '.' and digits; no exponent, blank or plus.
 * False: not such a text, not an exact multiple of the unit, or outside +-max; *out untouched. */
bool qty_parse(struct str text, int64_t *out_t);    /* within +-LIMIT_QTY_T; sign allowed */
bool money_parse(struct str text, int64_t *out_e4); /* within +-LIMIT_MONEY_E4 */

/* 80 -> "8", 85 -> "8.5". Returns the length. */
size_t qty_format(int64_t v_t, char out[DECIMAL_TEXT]);
/* 127500 -> "12.7500"; always four decimals. Returns the length. */
size_t money_format(int64_t v_e4, char out[DECIMAL_TEXT]);

/* Line amount: round half up (away from zero for negatives) of qty_t * unit_e4 / 10.
 * The product must fit: |qty_t| <= LIMIT_QTY_T and |unit_e4| <= LIMIT_MONEY_E4; false on overflow
 * of LIMIT_MONEY_E4, *out untouched. */
bool money_line_amount(int64_t qty_t, int64_t unit_e4, int64_t *out_e4);
/* To the currency's decimals (0..4), half up. */
int64_t money_round(int64_t v_e4, int decimals);

#endif
