/* Whatever a center or an old POS sends: a row decodes into values within their limits, or is
 * refused with a path; what was decoded and told again decodes to the same.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/cloud_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char first[1 << 16], second[1 << 16];

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void row_holds(const struct cloud_row *c)
{
    const struct stock_row *r = &c->row;
    must(r->object.id > 0 && r->n_channels <= STOCK_CHANNELS && c->n_cmds <= LIMIT_CMDS);
    must(r->plan_t >= 0 && r->plan_t <= LIMIT_QTY_T && r->step_t > 0);
    must(c->real_t >= -LIMIT_QTY_T && c->real_t <= LIMIT_QTY_T);
    must(r->lh_t >= 0 && r->lc_t >= 0 && r->gr_t >= 0 && r->xr_t >= 0);
    must(r->base_id.n <= LIMIT_GEN_ID && r->gen_id.n <= LIMIT_GEN_ID);
    for (uint16_t i = 0; i < r->n_channels; i++) {
        const struct stock_channel *ch = &r->channels[i];
        must(ch->code.n > 0 && ch->code.n <= CHANNEL_CODE && ch->limit_t >= 0);
        must(ch->limit_t <= LIMIT_QTY_T || ch->limit_t == AVAIL_INFINITE);
    }
}

static struct str told(char *buf, size_t cap, const struct cloud_row *r)
{
    struct jw w;
    jw_init(&w, buf, cap);
    cloud_row_encode(&w, r, STR(""), STR(""));
    must(jw_ok(&w));
    return jw_text(&w);
}

/* A sum of counters may leave the range of a quantity; then nobody can read what is told of it. */
static void comes_back(const struct cloud_row *r)
{
    char path[FIELD_PATH];
    struct cloud_row again;
    int64_t real_t = stock_real(&r->row);
    if (real_t > LIMIT_QTY_T || real_t < -LIMIT_QTY_T)
        return;
    struct str text = told(first, sizeof first, r);
    struct json *doc = json_parse(text.p, text.n, &JSON_CLOUD, NULL);
    must(doc != NULL && cloud_row_decode(doc, &again, path) == CODE_OK);
    must(str_eq(told(second, sizeof second, &again), text));
    json_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[FIELD_PATH];
    struct cloud_row row;
    struct json *doc = json_parse((const char *)data, size, &JSON_CLOUD, NULL);
    if (!doc)
        return 0;
    if (cloud_row_decode(doc, &row, path) == CODE_OK) {
        row_holds(&row);
        comes_back(&row);
    } else {
        must(memchr(path, 0, FIELD_PATH) != NULL && path[0] != '\0');
    }
    json_free(doc);
    return 0;
}
