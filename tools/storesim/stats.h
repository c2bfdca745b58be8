/* What the devices went through: replies and latencies per verb, and the list of faults. */
#ifndef STORESIM_STATS_H
#define STORESIM_STATS_H

#include "proto/json.h"

#define STATS_CODES 32
#define FAULTS_KEPT 200
#define FAULT_TEXT  240

struct verb_stats {
    uint32_t *took_us; /* first send to final reply */
    size_t n, cap;
    uint64_t retries, replayed, refused, put_off; /* put_off: answers that were not final */
};
struct code_count {
    int code;
    uint64_t n;
};
struct stats {
    struct verb_stats verbs[VERB_COUNT];
    struct code_count codes[STATS_CODES];
    size_t n_codes;
    uint64_t messages, reconnects, hub_starts;
    char faults[FAULTS_KEPT][FAULT_TEXT];
    size_t n_faults; /* may exceed FAULTS_KEPT: only the first are kept */
};
void stats_finish(struct stats *s);
void stats_reply(struct stats *s, enum verb verb, int code, int64_t took_us);
/* BUSY and its like: the request goes on. */
void stats_put_off(struct stats *s, enum verb verb, int code);
void stats_fault(struct stats *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct percentiles {
    double p50_ms, p90_ms, p99_ms, max_ms;
};
/* Sorts in place. All zero for none. */
struct percentiles stats_percentiles(uint32_t *took_us, size_t n);
/* "verbs" and "codes" as members of an open object. */
void stats_view(struct stats *s, struct jw *w);
void stats_print(struct stats *s);

#endif
