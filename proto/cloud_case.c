#include "proto/cloud_case.h"

#include <string.h>

#include "proto/row.h"
#include "proto/topic.h"

/* ---- the id ---- */

/* What stands before the next colon; `rest` moves behind it. False: there is none. */
static bool part(struct str *rest, struct str *out)
{
    const char *colon = memchr(rest->p, ':', rest->n);
    if (!colon)
        return false;
    size_t n = (size_t)(colon - rest->p);
    *out = (struct str){rest->p, n};
    *rest = (struct str){colon + 1, rest->n - n - 1};
    return true;
}

static bool number(struct str v, int64_t *out)
{
    int64_t n = 0;
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9' || n > (INT64_MAX - 9) / 10)
            return false;
        n = 10 * n + (v.p[i] - '0');
    }
    *out = n;
    return v.n > 0 && v.p[0] != '0';
}

bool cloud_case_id_parse(struct str id, struct object *object, struct str *gen_id)
{
    struct str rest = id, mark, poi, type, object_id;
    int64_t type_no, id_no;
    if (id.n >= OVERSELL_CASE_ID || !part(&rest, &mark) || !str_eq(mark, STR("ov")) ||
        !part(&rest, &poi) || !id_is_order(poi) || !part(&rest, &type) ||
        !part(&rest, &object_id) || !number(type, &type_no) || !number(object_id, &id_no) ||
        type_no > OBJECT_SKU || rest.n > LIMIT_GEN_ID)
        return false;
    *object = (struct object){(enum object_type)type_no, id_no};
    *gen_id = rest;
    return true;
}

/* ---- claims ---- */

static bool get_side(struct fields *f, const struct json *v, enum claim_side *out)
{
    struct str name;
    if (!wire_text(f, v, "side", LIMIT_WORD, &name))
        return false;
    *out = str_eq(name, STR("online")) ? SIDE_ONLINE : SIDE_STORE;
    return *out == SIDE_ONLINE || str_eq(name, STR("store"));
}

static void get_claim(struct fields *f, const struct json *v, struct cloud_claim *out)
{
    field_need(f, get_side(f, v, &out->side), "side");
    field_need(f, field_word(f, v, "order_id", id_is_order, &out->order_id), "order_id");
    if (wire_member(v, "line"))
        field_u32(f, v, "line", 0, UINT32_MAX, &out->line);
    field_need(f, wire_i64(f, v, "q_t", &out->q_t), "q_t");
    field_need(f, wire_i64(f, v, "short_t", &out->short_t), "short_t");
    wire_flag(f, v, "served", &out->served);
    wire_flag(f, v, "waived", &out->waived);
    out->wish = STR("");
    wire_text(f, v, "wish", LIMIT_WORD, &out->wish);
}

/* One round for those that are short, one for the others. */
static void get_claims_of(struct fields *f, const struct json *list, bool are_short,
                          struct cloud_case *out)
{
    size_t i = 0;
    for (const struct json *v = json_first(list); v; v = json_next(v), i++) {
        struct cloud_claim claim = {.side = SIDE_STORE};
        size_t mark = fields_enter(f, "claims", i);
        get_claim(f, v, &claim);
        fields_leave(f, mark);
        if ((claim.short_t > 0) != are_short)
            continue;
        if (out->n_claims < LIMIT_CASE_CLAIMS)
            out->claims[out->n_claims++] = claim;
        else
            out->left_out++;
    }
}

static void get_claims(struct fields *f, const struct json *v, struct cloud_case *out)
{
    const struct json *list = wire_array_at(f, v, "claims");
    size_t n = wire_count(list);
    if (wire_member(v, "claims_left_out"))
        field_u32(f, v, "claims_left_out", 0, INT32_MAX, &out->left_out);
    if (n == 0)
        return;
    out->claims = arena_alloc(f->arena, LIMIT_CASE_CLAIMS * sizeof *out->claims);
    if (!out->claims) {
        field_refuse(f, CODE_INTERNAL, "claims");
        return;
    }
    get_claims_of(f, list, true, out);
    get_claims_of(f, list, false, out);
}

/* ---- the whole ---- */

static bool get_state(struct fields *f, const struct json *v, enum case_state *out)
{
    struct str name;
    if (!wire_text(f, v, "state", LIMIT_WORD, &name))
        return false;
    for (int i = 0; i < CASE_STATE_COUNT; i++) {
        *out = (enum case_state)i;
        if (str_eq(name, str_of(case_state_name(*out))))
            return true;
    }
    return false;
}

static bool get_id(struct fields *f, const struct json *v, struct cloud_case *out)
{
    return wire_text(f, v, "case", OVERSELL_CASE_ID, &out->id) &&
           cloud_case_id_parse(out->id, &out->object, &out->gen_id);
}

enum code cloud_case_decode(const struct json *v, struct arena *arena, struct cloud_case *out,
                            char path[FIELD_PATH])
{
    struct fields f;
    struct str confidence = STR("");
    fields_begin(&f, arena, path);
    memset(out, 0, sizeof *out);
    field_need(&f, get_id(&f, v, out), "case");
    field_need(&f, get_state(&f, v, &out->state), "state");
    field_need(&f, wire_i64(&f, v, "over_t", &out->over_t), "over_t");
    wire_i64(&f, v, "at_risk_t", &out->at_risk_t);
    wire_i64(&f, v, "supply_t", &out->supply_t);
    wire_text(&f, v, "cause", LIMIT_WORD, &out->cause);
    wire_text(&f, v, "ranking", LIMIT_WORD, &out->ranking);
    wire_text(&f, v, "order_confidence", LIMIT_WORD, &confidence);
    out->confident = !str_eq(confidence, STR("low"));
    get_claims(&f, v, out);
    return f.code;
}
