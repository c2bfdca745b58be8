#include <string.h>

#include "proto/cloud_batch.h"

struct error_word {
    const char *text;
    int status;
};
static const struct error_word WORDS[] = {
#define X(name, status) {#name, status},
    CLOUD_ERROR_LIST(X)
#undef X
        {"OTHER", 0}};

const char *cloud_error_text(enum cloud_error_name name)
{
    return WORDS[name < CLOUD_OTHER ? name : CLOUD_OTHER].text;
}

int cloud_error_status(enum cloud_error_name name)
{
    return WORDS[name < CLOUD_OTHER ? name : CLOUD_OTHER].status;
}

void cloud_error_encode(struct jw *w, const struct cloud_error *e)
{
    bool named = e->name == CLOUD_OTHER && e->name_text.n > 0;
    jw_open(w, '{');
    jw_kint(w, "code", e->code != 0 ? e->code : cloud_error_status(e->name));
    jw_kstring(w, "name", named ? e->name_text : str_of(cloud_error_text(e->name)));
    jw_kstring(w, "detail", e->detail);
    if (e->expected != 0)
        wire_put_u64(w, "expected", e->expected);
    if (e->epoch != 0)
        jw_kint(w, "epoch", e->epoch);
    if (e->retry_after_ms != 0)
        jw_kint(w, "retry_after_ms", e->retry_after_ms);
    if (e->row) {
        jw_key(w, "row");
        cloud_row_encode(w, e->row, STR(""), STR(""));
    }
    jw_close(w, '}');
}

static enum cloud_error_name by_name(struct str name)
{
    unsigned i = 0;
    while (i < CLOUD_OTHER && !str_eq(name, str_of(WORDS[i].text)))
        i++;
    return (enum cloud_error_name)i;
}

/* An answer of the base API has a number alone: the first of the list that has it, for 409 the row
 * that has changed. */
static enum cloud_error_name by_status(int64_t status)
{
    unsigned i = 0;
    while (i < CLOUD_OTHER && WORDS[i].status != status)
        i++;
    return (enum cloud_error_name)i;
}

static struct str short_text(const struct json *v, const char *key, size_t max)
{
    struct str text = json_text_at(v, key);
    return text.n <= max ? text : STR("");
}

static int64_t natural_at(const struct json *v, const char *key)
{
    int64_t n = json_integer_at(v, key);
    return n > 0 ? n : 0;
}

void cloud_error_decode(const struct json *v, struct cloud_error *out)
{
    memset(out, 0, sizeof *out);
    out->code = json_integer_at(v, "code");
    out->name_text = short_text(v, "name", LIMIT_WORD);
    out->name = out->name_text.n > 0 ? by_name(out->name_text) : by_status(out->code);
    out->detail = short_text(v, "detail", LIMIT_DETAIL);
    out->expected = (uint64_t)natural_at(v, "expected");
    int64_t epoch = natural_at(v, "epoch");
    out->epoch = epoch <= UINT32_MAX ? (uint32_t)epoch : 0;
    out->retry_after_ms = natural_at(v, "retry_after_ms");
    const struct json *row = wire_member(v, "row");
    out->row_json = row && json_kind(row) == JSON_OBJECT ? row : NULL;
}
