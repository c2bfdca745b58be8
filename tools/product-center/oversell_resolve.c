/* POST /api/v1/poi/oversell/{case}/resolve: what is done about a claim that is short.
 *   {"brandId","poiId","order_id","line","action":"SUBSTITUTE|REFUND|COVER|WAIVE"[,"q_t"]
 *    [,"object_type"],"object_id" (SUBSTITUTE: what is sold instead),"operator"
 *    [,"note" (WAIVE needs one)]}
 * Without q_t it is what is short. In one opening of a case each action is done once for each line:
 * asked again, it answers and does nothing; with another q_t or object it is refused.
 *   {"code":0,"replayed":false,"case":{..report..}}
 *   404 no such case, or claim of it; 409 NOT_SHORT, INSUFFICIENT_STOCK, BAD_TRANSITION,
 *   RESOLVED_OTHERWISE
 */
#include "proto/topic.h"
#include "proto/wire.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/oversell_act.h"

static void needs_decode(struct fields *f, const struct resolution *r)
{
    if (r->action == RESOLVE_SUBSTITUTE)
        field_need(f, r->other.id > 0, "object_id");
    if (r->action == RESOLVE_WAIVE)
        field_need(f, r->note.n > 0, "note");
}

static enum code decode(struct call *c, struct resolution *out, char path[FIELD_PATH])
{
    struct fields f;
    struct str brand, poi, action;
    const struct json *v = c->body;
    *out = (struct resolution){0};
    fields_begin(&f, &c->arena, path);
    wire_need_store(&f, v, &brand, &poi);
    field_need(&f, field_word(&f, v, "order_id", id_is_order, &out->order_id), "order_id");
    field_need(&f, field_u32(&f, v, "line", 1, UINT32_MAX, &out->line), "line");
    bool named = wire_text(&f, v, "action", LIMIT_WORD, &action);
    field_need(&f, named && resolve_parse(action, &out->action), "action");
    if (wire_i64(&f, v, "q_t", &out->q_t) && (out->q_t < 1 || out->q_t > LIMIT_QTY_T))
        field_refuse(&f, CODE_BAD_QUANTITY, "q_t");
    wire_object(&f, v, &out->other);
    field_need(&f, wire_text(&f, v, "operator", LIMIT_OPERATOR, &out->operator_id), "operator");
    wire_text(&f, v, "note", LIMIT_NOTE, &out->note);
    needs_decode(&f, out);
    if (f.code == CODE_OK)
        call_store(c, brand, poi);
    return f.code;
}

static void answer(struct call *c, bool replayed)
{
    struct oversell_cases now = oversell_cases_list(c, -1, c->path_id);
    call_answer(c);
    jw_kbool(&c->out, "replayed", replayed);
    jw_key(&c->out, "case");
    jw_raw(&c->out, now.n == 1 ? now.at->report : STR("null"));
    call_done(c);
}

static void again(struct call *c, bool same)
{
    if (same)
        answer(c, true);
    else
        call_error(c, &(struct cloud_error){
                          .code = 409,
                          .name = CLOUD_OTHER,
                          .name_text = STR("RESOLVED_OTHERWISE"),
                          .detail = STR("the line was resolved so, of another quantity or object: "
                                        "take another action for the rest")});
}

/* The claim, short; NULL: the call has failed. */
static const struct claim *claim_of(struct call *c, const struct oversell_case *k,
                                    const struct resolution *r)
{
    struct items items = items_load(c, &k->object, 1);
    struct claims claims = {0};
    if (items.n == 1)
        claims = oversell_claims(c, k, &items.at->row);
    const struct claim *claim = claims_find(&claims, r->order_id, r->line);
    if (claim == NULL)
        call_fail(c, CLOUD_NOT_FOUND, "the order line is no claim of this case");
    else if (!oversell_case_is_open(k) || claim->short_t == 0 || claim->waived ||
             r->q_t > claim->q_t)
        call_error(c, &(struct cloud_error){.code = 409,
                                            .name = CLOUD_OTHER,
                                            .name_text = STR("NOT_SHORT"),
                                            .detail = STR("the line is not short, or not of so "
                                                          "much")});
    return c->refused ? NULL : claim;
}

void oversell_resolve(struct call *c)
{
    char path[FIELD_PATH];
    struct resolution r;
    struct store s;
    bool same = false;
    enum code code = decode(c, &r, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    store_lock(c, &s);
    struct oversell_cases cases = oversell_cases_list(c, -1, c->path_id);
    if (cases.n == 0) {
        call_fail(c, CLOUD_NOT_FOUND, "no such case of this store");
        return;
    }
    if (resolution_is_there(c, cases.at, &r, &same)) {
        again(c, same);
        return;
    }
    const struct claim *claim = claim_of(c, cases.at, &r);
    if (claim == NULL)
        return;
    oversell_act(c, &s, cases.at, claim, r);
    if (!c->refused)
        answer(c, false);
}
