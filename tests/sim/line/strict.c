/* What is left of each generation of a STRICT row, told by what people on both sides took, and not
 * by any Gr, Xr or offer (P6). Below zero it may only go by as much as waste and overrides took, or
 * was missing when STRICT began.
 *
 * The two parts have beginnings of their own: the hub's with the event by which its journal enters
 * STRICT or the generation, the center's when it hears of that, or restores. Until the center has
 * supplied a generation there is nothing to compare.
 */
#include <string.h>

#include "tests/sim/line/line.h"

/* Before the first restore a generation has no name. */
#define FIRST "first"

static struct account *find(struct row_truth *r, const char *id)
{
    id = *id ? id : FIRST;
    for (int i = 0; i < ACCOUNTS; i++)
        if (strcmp(r->accounts[i].id, id) == 0)
            return &r->accounts[i];
    return NULL;
}

/* The oldest makes room. */
static struct account *make(struct row_truth *r, const char *id)
{
    struct account *a = find(r, id);
    if (a)
        return a;
    memmove(&r->accounts[1], &r->accounts[0], (ACCOUNTS - 1) * sizeof *a);
    a = &r->accounts[0];
    *a = (struct account){.supplied = false};
    snprintf(a->id, sizeof a->id, "%s", *id ? id : FIRST);
    return a;
}

static void check(struct world *w, int item, struct account *a)
{
    int64_t left_t = a->hub_t + a->center_t + a->allowed_t;
    if (!a->supplied || left_t >= 0)
        return;
    w->totals.strict_oversold_t += (uint64_t)-left_t;
    violation(w, "P6", "item %d: %lld are missing in %s, %lld by waste and overrides", item,
              (long long)-(a->hub_t + a->center_t), a->id, (long long)a->allowed_t);
}

/* The account is begun anew: what a lost box moved in it is not in it any more. `id` NULL: all of
 * the item's. */
static void strays_out(struct world *w, int item, const char *id)
{
    for (uint32_t i = 0; i < w->truth.n_strays; i++) {
        struct stray *s = &w->truth.strays[i];
        if (s->item == item && (!id || strcmp(s->gen, id) == 0))
            s->strict = false;
    }
}

/* A box that was rolled back opens a generation again: what the store took in it stays taken. */
void strict_hub_opens(struct world *w, int item, const char *id, bool anew)
{
    struct row_truth *r = &w->truth.rows[item];
    struct account *a = make(r, id);
    if (anew) {
        a->supplied = a->awaited = false;
        a->acked = true;
        a->hub_t = a->allowed_t = 0;
        strays_out(w, item, id);
    }
    a->opened_t = a->hub_t;
    r->strict = true;
    snprintf(r->strict_gen, sizeof r->strict_gen, "%s", id);
    check(w, item, a);
}

void strict_hub_follows(struct world *w, int item, const char *id)
{
    struct row_truth *r = &w->truth.rows[item];
    make(r, id);
    r->strict = true;
    snprintf(r->strict_gen, sizeof r->strict_gen, "%s", id);
}

/* And what a lost box moved there is supply of whichever generation it is salvaged in. */
static void strays_back(struct world *w, int item, const char *from, const char *to)
{
    for (uint32_t i = 0; i < w->truth.n_strays; i++) {
        struct stray *s = &w->truth.strays[i];
        if (s->item == item && strcmp(s->gen, from) == 0)
            snprintf(s->gen, sizeof s->gen, "%s", to);
    }
}

/* The center refuses the generation that the hub was in: what the hub took there counts in the one
 * before, for whose rights it did not ask. */
void strict_hub_back(struct world *w, int item, const char *from, const char *to)
{
    struct row_truth *r = &w->truth.rows[item];
    struct account *a = find(r, from);
    int64_t hub_t = a ? a->hub_t : 0;
    if (!a)
        return;
    *a = (struct account){.supplied = false};
    struct account *b = make(r, to);
    b->hub_t += hub_t;
    b->allowed_t += hub_t < 0 ? -hub_t : 0;
    strays_back(w, item, from, to);
}

void strict_hub_lost(struct world *w, int item, int64_t due_ms)
{
    char id[GEN_TEXT];
    snprintf(id, sizeof id, "R:%lld", (long long)due_ms);
    struct account *a = find(&w->truth.rows[item], id);
    if (a && !a->supplied && due_ms > center_ms(w))
        a->hub_t = 0;
}

void strict_hub_ends(struct world *w, int item)
{
    struct row_truth *r = &w->truth.rows[item];
    r->strict = false;
    memset(r->accounts, 0, sizeof r->accounts);
    strays_out(w, item, NULL);
}

void strict_hub(struct world *w, int item, int64_t q_t, int64_t allowed_t)
{
    struct row_truth *r = &w->truth.rows[item];
    struct account *a = r->strict ? find(r, r->strict_gen) : NULL;
    if (!a)
        return;
    a->hub_t += q_t;
    a->allowed_t += allowed_t;
    check(w, item, a);
}

void strict_center(struct world *w, int item, int64_t q_t)
{
    struct row_truth *r = &w->truth.rows[item];
    char id[GEN_TEXT];
    const struct str gen = w->center.s.rows[item].gen_id;
    snprintf(id, sizeof id, "%.*s", (int)gen.n, gen.p);
    struct account *a = find(r, id);
    if (!a || !a->supplied)
        return;
    a->center_t += q_t;
    check(w, item, a);
}

void strict_center_free(struct world *w, int item, int64_t over_t)
{
    char id[GEN_TEXT];
    const struct str gen = w->center.s.rows[item].gen_id;
    snprintf(id, sizeof id, "%.*s", (int)gen.n, gen.p);
    struct account *a = find(&w->truth.rows[item], id);
    if (a && a->supplied)
        a->allowed_t += over_t;
}

void strict_supplied(struct world *w, int item, const char *id, int64_t center_t)
{
    struct row_truth *r = &w->truth.rows[item];
    if (!r->strict)
        return;
    struct account *a = make(r, id);
    a->supplied = true;
    a->center_t = center_t;
    if (center_t < 0)
        a->allowed_t += -center_t;
    check(w, item, a);
}

/* It may have restored in STRICT before it heard of that: that was no supply. */
void strict_center_ends(struct world *w, int item)
{
    struct row_truth *r = &w->truth.rows[item];
    for (int i = 0; i < ACCOUNTS; i++) {
        r->accounts[i].supplied = r->accounts[i].awaited = false;
        r->accounts[i].center_t = 0;
    }
}

/* The hub has said MODE_ACK in a later generation than the center's: the event that opened that one
 * was put aside, and the hub will restore at no time of before it. It comes back to the center's
 * generation, and brings what it has moved since its MODE_ACK (strict_hub_back). */
static bool comes_back(struct row_truth *r, const char *to)
{
    const struct account *a = find(r, r->strict_gen);
    return a && a->acked && restore_ms(str_of(r->strict_gen)) > restore_ms(str_of(to));
}

/* The center may have restored while the hub was LOOSE, or before it heard what the hub said. Then
 * what the hub moves between its MODE_ACK and its own restore it moves in the generation before,
 * and to the center it is of this one. */
void strict_supplied_by_mode(struct world *w, int item, const char *id, int64_t left_t)
{
    struct row_truth *r = &w->truth.rows[item];
    struct account *a = r->strict ? make(r, id) : NULL;
    if (a && (a->acked || comes_back(r, id)))
        strict_supplied(w, item, id, left_t);
    else if (a)
        a->awaited = true;
}

/* So what is there when the center hears of the hub's restore is what they have from then on. */
void strict_hub_opened(struct world *w, int item, const char *id, int64_t left_t)
{
    struct account *a = find(&w->truth.rows[item], id);
    if (!a || !a->awaited)
        return;
    a->awaited = false;
    strict_supplied(w, item, id, left_t - a->opened_t);
}

void strict_forgets(struct world *w)
{
    for (int i = 0; i < ITEMS; i++)
        memset(w->truth.rows[i].accounts, 0, sizeof w->truth.rows[i].accounts);
}
