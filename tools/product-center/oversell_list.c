/* GET /api/v1/poi/oversell?brandId=&poiId=[&state=OPEN][&case=ID]: oversell cases, latest first, at
 * most 200; with case= that one, and what was done about it.
 *   {"code":0,"cases":[{..report of sync-protocol 5.3..}]}
 *   {"code":0,"cases":[{..}],"resolutions":[{"order_id","line","action","q_t","operator","note",
 *    "wish","at"}]}
 */
#include "tools/product-center/endpoint.h"
#include "tools/product-center/oversell_case.h"

/* -1: any. False: no such state, and the call has failed. */
static bool state_query(struct call *c, int *out)
{
    struct str name = http_query(c->request, "state");
    *out = -1;
    for (int i = 0; i < CASE_STATE_COUNT; i++)
        if (str_eq(name, str_of(case_state_name((enum case_state)i))))
            *out = i;
    if (name.n > 0 && *out < 0)
        call_fail(c, CLOUD_BAD_REQUEST, "state is PROVISIONAL, OPEN, COVERED or CLOSED");
    return !c->refused;
}

void oversell_list(struct call *c)
{
    int state;
    struct str id = http_query(c->request, "case");
    if (!call_store_query(c) || !state_query(c, &state))
        return;
    struct oversell_cases cases = oversell_cases_list(c, state, id);
    if (id.n > 0 && cases.n == 0) {
        call_fail(c, CLOUD_NOT_FOUND, "no such case of this store in that state");
        return;
    }
    call_answer(c);
    jw_karray(&c->out, "cases");
    for (size_t i = 0; i < cases.n; i++)
        jw_raw(&c->out, cases.at[i].report);
    jw_close(&c->out, ']');
    if (id.n > 0)
        resolutions_write(c, cases.at);
    call_done(c);
}
