/* The program's own time: microseconds that never jump. */
#ifndef STORESIM_CLOCK_H
#define STORESIM_CLOCK_H

#include <stdint.h>

int64_t clock_us(void);

#endif
