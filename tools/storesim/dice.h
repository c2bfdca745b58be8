/* Chance, from one seed for the whole program: guests, jitter, misbehaviour. */
#ifndef STORESIM_DICE_H
#define STORESIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

void dice_seed(uint64_t seed);
/* Evenly in low..high, both included; low when high is below it. */
int64_t dice_between(int64_t low, int64_t high);
/* True with this probability. */
bool dice_chance(double p);
/* A waiting time with this mean, as between independent guests. */
int64_t dice_wait_us(double mean_us);

#endif
