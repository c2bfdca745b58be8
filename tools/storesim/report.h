/* The last word: were all promises kept, and how fast. */
#ifndef STORESIM_REPORT_H
#define STORESIM_REPORT_H

#include "tools/storesim/order.h"

/* Compares what each order came to with what was asked; adds to the faults. */
void report_judge(struct sim *sim);
void report_print(struct sim *sim);
void report_json(struct sim *sim);

#endif
