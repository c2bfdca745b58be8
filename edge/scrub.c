#include "edge/scrub.h"

#include <stdio.h>
#include <string.h>

#include "edge/log.h"

#define SLICE_ROWS 4000 /* about 2 ms of the loop */
#define DAY_MS     (24 * 3600 * 1000)
#define HOUR_MS    (3600 * 1000)

static void note(struct scrub *s, const char *fault)
{
    log_error("bad_record %s", fault);
    if (s->bad++ == 0)
        snprintf(s->first, sizeof(s->first), "%.127s", fault);
}

/* The smallest key above this one is the same with a 0 byte behind it. */
static void go_on_after(struct scrub *s, struct bytes key)
{
    s->from.n = key.n < KEY_BYTES ? key.n : KEY_BYTES - 1;
    memcpy(s->from.b, key.p, s->from.n);
    s->from.b[s->from.n++] = 0;
}

/* Up to `most` rows, to the end of the table or to a damaged row. How many they were. */
static size_t read_rows(struct scrub *s, struct txn *txn, size_t most, bool *ended)
{
    size_t rows = 0;
    bool more = true;
    struct scan scan = scan_begin(txn, s->table, key_bytes(&s->from), false);
    while (rows < most && (more = scan_next(&scan)))
        rows++;
    *ended = !more && txn_error(txn) == PH_OK;
    if (!*ended && scan.key.n > 0)
        go_on_after(s, scan.key);
    scan_end(&scan);
    return rows;
}

static void next_table(struct scrub *s)
{
    s->table++;
    s->from.n = 0;
}

/* False: the store cannot be read at all; the pass is given up. */
static bool slice(struct scrub *s, struct store *store)
{
    for (size_t rows = 0; rows < SLICE_ROWS && s->table < TABLE_COUNT;) {
        struct txn *txn;
        bool ended;
        if (txn_begin_read(store, &txn) != PH_OK)
            return false;
        rows += read_rows(s, txn, SLICE_ROWS - rows, &ended);
        enum ph_err err = txn_error(txn);
        if (err == PH_ERR_BAD_RECORD)
            note(s, txn_fault(txn));
        txn_abort(txn);
        if (err != PH_OK && err != PH_ERR_BAD_RECORD)
            return false;
        rows += err != PH_OK;
        if (ended)
            next_table(s);
    }
    return true;
}

bool scrub_step(struct scrub *s, struct store *store, int64_t now_ms)
{
    if (!s->running) {
        if (now_ms < s->next_ms)
            return false;
        *s = (struct scrub){.running = true, .found = s->found};
    }
    if (slice(s, store) && s->table < TABLE_COUNT)
        return false;
    s->running = false;
    s->found = s->bad;
    s->next_ms = now_ms + (s->found > 0 ? HOUR_MS : DAY_MS);
    return true;
}
