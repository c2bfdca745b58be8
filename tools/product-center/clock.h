/* The center's one wall clock: what hubs are judged by, whoever looks. Several processes may run on
 * a database whose own clock is another one; only spans between its own times are measured by that.
 */
#ifndef TOOLS_PRODUCT_CENTER_CLOCK_H
#define TOOLS_PRODUCT_CENTER_CLOCK_H

#include <stdint.h>

struct settings;
/* Now, in ms since 1970; moved by tests (faults.h). */
int64_t center_clock_ms(const struct settings *settings);

#endif
