#include "edge/cloud_resolve.h"

#include <stdio.h>

#include "proto/cloud_case.h"

#define RETRY_MS 2000

/* What the center is told; the case is in the path. */
static const char *const MEMBERS[] = {"order_id",    "line",      "action",   "q_t",
                                      "object_type", "object_id", "operator", "note"};

/* Only what needs no escaping may stand in the path. */
static bool is_case(struct str id)
{
    struct object object;
    struct str gen;
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == ':' || c == '-' || c == '_' || c == '.';
        if (!plain)
            return false;
    }
    return cloud_case_id_parse(id, &object, &gen);
}

static bool compose(struct cloud_resolve *r, const struct command *c)
{
    struct jw w;
    struct ask *ask = &r->ask;
    int n = snprintf(ask->path, sizeof(ask->path), "/api/v1/poi/oversell/%.*s/resolve",
                     (int)c->target.n, c->target.p);
    jw_init(&w, ask->body, sizeof(ask->body));
    jw_open(&w, '{');
    jw_kstring(&w, "brandId", r->intake->identity->brand_id);
    jw_kstring(&w, "poiId", r->intake->identity->poi_id);
    for (size_t i = 0; i < sizeof(MEMBERS) / sizeof(MEMBERS[0]); i++) {
        const struct json *v = json_get(c->body, MEMBERS[i]);
        if (v == NULL)
            continue;
        jw_key(&w, MEMBERS[i]);
        jw_value(&w, v);
    }
    jw_close(&w, '}');
    ask->n = jw_text(&w).n;
    return jw_ok(&w) && n > 0 && n < ASK_PATH;
}

static const char *refusal(const struct cloud_resolve *r, const struct command *c)
{
    if (!is_case(c->target))
        return "case";
    return r->request != NULL ? "another one is being resolved" : NULL;
}

void cloud_resolve_run(struct cloud_resolve *r, struct session *session, bool up,
                       struct request *request)
{
    const char *why = refusal(r, &request->command);
    if (why != NULL)
        intake_refuse(r->intake, request, CODE_BAD_REQUEST, why, 0);
    else if (!up)
        intake_refuse(r->intake, request, CODE_BUSY,
                      "the center does not hear us; it decides, so try again when it does",
                      RETRY_MS);
    else if (!compose(r, &request->command))
        intake_refuse(r->intake, request, CODE_BAD_REQUEST, "too long", 0);
    else if (!session_ask(session, &r->ask))
        intake_refuse(r->intake, request, CODE_BUSY, "another one is being resolved", RETRY_MS);
    else
        r->request = request;
}

/* ---- the answer ---- */

static void refuse_in_its_words(struct cloud_resolve *r, struct request *request,
                                const struct json *doc)
{
    char text[LIMIT_DETAIL + 1];
    struct str name = json_text_at(doc, "name"), detail = json_text_at(doc, "detail");
    snprintf(text, sizeof(text), "the center: %ld %.*s %.*s", r->ask.status, (int)name.n, name.p,
             (int)detail.n, detail.p);
    intake_refuse(r->intake, request, CODE_BAD_REQUEST, text, 0);
}

static void pass_on(struct cloud_resolve *r, struct request *request)
{
    char why[JSON_WHY];
    struct json *doc = json_parse(r->ask.answer, r->ask.answer_n, &JSON_CLOUD, why);
    if (doc != NULL && r->ask.status == 200) {
        intake_note(r->intake, &request->command);
        intake_result(r->intake, request, (struct str){r->ask.answer, r->ask.answer_n});
    } else {
        refuse_in_its_words(r, request, doc);
    }
    json_free(doc);
}

void cloud_resolve_answered(struct cloud_resolve *r)
{
    struct request *request = r->request;
    r->request = NULL;
    if (r->ask.line == HTTPS_ANSWERED)
        pass_on(r, request);
    else
        intake_refuse(r->intake, request, CODE_BUSY, https_result_text(r->ask.line), RETRY_MS);
}

void cloud_resolve_end(struct cloud_resolve *r)
{
    if (r->request == NULL)
        return;
    r->ask.line = HTTPS_STOPPED;
    cloud_resolve_answered(r);
}
