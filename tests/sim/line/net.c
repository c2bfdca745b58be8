/* The network: what is said is lost, late, doubled and overtaken; now and then the line is cut. A
 * request that is lost is one that is never answered: the box learns it by waiting.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/line/line.h"

bool net_is_cut(const struct world *w)
{
    return !w->quiet && w->now_ms < w->cut_until_ms;
}

static uint32_t parcel_new(struct world *w, const struct parcel *p, struct str text)
{
    uint32_t i = 0;
    while (i < w->n_parcels && w->parcels[i].used)
        i++;
    if (i == w->n_parcels) {
        w->parcels = realloc(w->parcels, ++w->n_parcels * sizeof *w->parcels);
        if (!w->parcels)
            abort();
    }
    w->parcels[i] = *p;
    w->parcels[i].used = true;
    w->parcels[i].n = text.n;
    w->parcels[i].text = malloc(text.n + 1);
    if (!w->parcels[i].text)
        abort();
    memcpy(w->parcels[i].text, text.p, text.n);
    return i;
}

static void carry(struct world *w, const struct parcel *p, struct str text)
{
    bool late = !w->quiet && dice_chance(&w->net, 30);
    int64_t span_ms = dice_between(&w->net, 10, late ? 2 * MINUTE_MS : w->quiet ? 60 : w->slow_ms);
    plan(w, span_ms, COMES_PARCEL, parcel_new(w, p, text));
}

/* Each copy goes its own way. */
static void send(struct world *w, const struct parcel *p, struct str text)
{
    bool lost = net_is_cut(w) || (!w->quiet && dice_chance(&w->net, w->lost_permille));
    if (!lost)
        carry(w, p, text);
    if (!w->quiet && !net_is_cut(w) && dice_chance(&w->net, w->twice_permille))
        carry(w, p, text);
}

void net_request(struct world *w, const char *path, struct str text, uint32_t request)
{
    send(w, &(struct parcel){.path = path, .request = request, .life = w->box.life}, text);
    plan(w, HTTPS_TOTAL_MS, COMES_TIMEOUT, request);
}

void net_answer(struct world *w, const struct parcel *to, int status, struct str text)
{
    struct parcel p = {.down = true,
                       .answer = true,
                       .request = to->request,
                       .life = to->life,
                       .path = to->path,
                       .status = status};
    send(w, &p, text);
}

/* While the line is cut the broker keeps some of them, and forgets others. What it keeps comes when
 * it comes: the center may have failed over since. */
void net_push(struct world *w, struct str text, bool is_head)
{
    struct parcel p = {.down = true, .is_head = is_head};
    if (!net_is_cut(w))
        send(w, &p, text);
    else if (!is_head && dice_chance(&w->net, 500))
        plan(w, w->cut_until_ms - w->now_ms + dice_between(&w->net, 100, 2 * MINUTE_MS),
             COMES_PARCEL, parcel_new(w, &p, text));
}

void net_arrives(struct world *w, uint32_t parcel)
{
    struct parcel p = w->parcels[parcel];
    struct str text = {p.text, p.n};
    w->parcels[parcel] = (struct parcel){0};
    if (!p.down)
        center_hears(w, &p);
    else if (p.answer)
        talk_answered(w, &p);
    else if (p.is_head)
        talk_head(w, text);
    else
        talk_pushed(w, text);
    free(p.text);
}

void net_weather(struct world *w)
{
    static const uint32_t LOST[] = {0, 0, 20, 200};
    w->lost_permille = LOST[dice_below(&w->net, 4)];
    w->twice_permille = dice_chance(&w->net, 500) ? 100 : 0;
    w->slow_ms = dice_chance(&w->net, 200) ? 5 * SECOND_MS : 150;
    if (net_is_cut(w) || !dice_chance(&w->net, 300))
        return;
    int64_t longest_ms = w->options.sparse ? 40 * HOUR_MS : 15 * MINUTE_MS;
    if (w->options.sparse && dice_chance(&w->net, 50))
        longest_ms = 200 * HOUR_MS;
    int64_t span_ms = dice_between(&w->net, 5 * SECOND_MS, longest_ms);
    w->totals.cuts++;
    w->cut_until_ms = w->now_ms + span_ms;
    plan(w, span_ms + 10, COMES_TURN, 0);
    trace(w, "the line is cut for %lld ms", (long long)span_ms);
}

void net_free(struct world *w)
{
    for (uint32_t i = 0; i < w->n_parcels; i++)
        free(w->parcels[i].text);
    free(w->parcels);
}
