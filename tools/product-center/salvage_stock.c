#include "tools/product-center/salvage_stock.h"

#include "proto/merge.h"
#include "proto/rights.h"

static const struct db_statement COUNTS = {
    "SELECT DISTINCT ON (type, id) type, id, hlc_l_ms, hlc_c FROM (SELECT"
    " coalesce((body->>'object_type')::int, 2) AS type, (body->>'object_id')::bigint AS id,"
    " hlc_l_ms, hlc_c FROM hub_event WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"
    " AND epoch > $4 AND kind = 'STOCK_SET') AS counts ORDER BY type, id, hlc_l_ms DESC,"
    " hlc_c DESC"};

struct counts counts_read(struct call *c, uint32_t epoch)
{
    struct db_args a = {0};
    struct counts counts = {0};
    arg_store(&a, &c->key);
    arg_int(&a, epoch);
    const struct db_rows *r = db_query(c->db, &COUNTS, &a);
    counts.at = arena_alloc(&c->arena, rows_count(r) * sizeof(*counts.at));
    for (size_t i = 0; counts.at != NULL && i < rows_count(r); i++)
        counts.at[counts.n++] =
            (struct counted){.object = {(enum object_type)rows_int(r, i, 0), rows_int(r, i, 1)},
                             .hlc = {rows_int(r, i, 2), (uint32_t)rows_int(r, i, 3)}};
    return counts;
}

/* "R:<ms>", "T:<epoch>": the number; 0 for anything else. */
static int64_t generation(struct str id, char kind)
{
    int64_t n = 0;
    if (id.n < 3 || id.p[0] != kind || id.p[1] != ':')
        return 0;
    for (size_t i = 2; i < id.n && id.p[i] >= '0' && id.p[i] <= '9'; i++)
        n = n * 10 + (id.p[i] - '0');
    return n;
}

static bool covered(const struct counts *counts, const struct stock_row *row, struct hlc hlc,
                    uint32_t epoch)
{
    if (generation(row->gen_id, 'R') > hlc.l_ms || generation(row->gen_id, 'T') > epoch)
        return true;
    for (size_t i = 0; i < counts->n; i++)
        if (counts->at[i].object.type == row->object.type &&
            counts->at[i].object.id == row->object.id)
            return hlc_cmp(counts->at[i].hlc, hlc) > 0;
    return false;
}

/* A wild clock must not put a sale after every count. */
static struct hlc bounded(struct hlc hlc, int64_t center_ms)
{
    struct stamp s = {.l_ms = hlc.l_ms, .c = hlc.c, .origin = ORIGIN_HUB};
    s = merge_stamp_bounded(s, center_ms);
    return (struct hlc){s.l_ms, s.c};
}

static bool moves_h(enum event_kind kind)
{
    return kind == EVENT_ORDER_DEDUCT || kind == EVENT_ORDER_SELL || kind == EVENT_ORDER_UNLOCK ||
           kind == EVENT_ORDER_REFUND || kind == EVENT_STOCK_ADJUST;
}

void salvage_merge(int64_t center_ms, const struct counts *counts, struct items *items,
                   const struct arrival *a, size_t n, uint32_t epoch)
{
    for (size_t i = 0; i < n; i++) {
        struct hlc hlc = bounded(a[i].event.hlc, center_ms);
        bool commanded = a[i].facts.cmd_id.n > 0;
        if (a[i].dead != NULL || commanded || !moves_h(a[i].event.kind_no))
            continue;
        for (uint32_t k = 0; k < a[i].facts.n_effects; k++) {
            const struct effect_fact *e = &a[i].facts.effects[k];
            struct item *it = items_find(items, e->object);
            int64_t moved_t = e->real_a_t - e->real_b_t; /* no base moves in these events */
            if (it == NULL || moved_t == 0 || covered(counts, &it->row, hlc, epoch))
                continue;
            rights_unpresume(&it->row, -moved_t);
            it->row.c_t += moved_t;
            it->changed = it->news = true;
        }
    }
}
