/* POST /api/v1/poi/hub/enrol: a box gets its certificate (sync-protocol 4.1).
 *   {"brandId","poiId","box_id","token","csr":"<PEM>"}
 *   {"code":0,"cert":"<PEM>","ca":"<PEM>"}
 * The token belongs to that box from then on; until its claim spends it the box may ask again.
 */
#include "proto/wire.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/settings.h"
#include "tools/product-center/token.h"

struct enrolment {
    struct str brand, poi, box_id, token, csr;
};

static enum code decode(struct call *c, struct enrolment *out, char path[FIELD_PATH])
{
    struct fields f;
    *out = (struct enrolment){0};
    fields_begin(&f, &c->arena, path);
    wire_need_store(&f, c->body, &out->brand, &out->poi);
    field_need(&f, wire_text(&f, c->body, "box_id", LIMIT_BOX_ID, &out->box_id), "box_id");
    field_need(&f, wire_text(&f, c->body, "token", TOKEN_MAX, &out->token), "token");
    field_need(&f, wire_text(&f, c->body, "csr", CERT_PEM, &out->csr), "csr");
    return f.code;
}

static void refuse(struct call *c, int64_t code, struct str name, const char *detail)
{
    call_error(c,
               &(struct cloud_error){
                   .code = code, .name = CLOUD_OTHER, .name_text = name, .detail = str_of(detail)});
}

static bool names_fit(const struct enrolment *e, const struct cert_names *names)
{
    return str_eq(e->brand, str_of(names->brand)) && str_eq(e->poi, str_of(names->poi)) &&
           str_eq(e->box_id, str_of(names->box));
}

static void answer(struct call *c, struct str cert)
{
    call_answer(c);
    jw_kstring(&c->out, "cert", cert);
    jw_kstring(&c->out, "ca", cert_authority_pem(c->settings->papers.authority));
    call_done(c);
}

void hub_enrol(struct call *c)
{
    char path[FIELD_PATH], pem[CERT_PEM];
    const struct cert_authority *authority = c->settings->papers.authority;
    struct enrolment e;
    struct cert_names names;
    enum code code = decode(c, &e, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, e.brand, e.poi);
    if (authority == NULL)
        refuse(c, 501, STR("NO_AUTHORITY"), "this center signs no certificates");
    else if (!cert_request_read(e.csr, &names) || !names_fit(&e, &names))
        refuse(c, 422, STR("BAD_CSR"), "csr: want one signed for O, OU, CN of this body");
    else if (!token_bind(c, e.token, e.box_id))
        refuse(c, 403, STR("BAD_TOKEN"), "no such token, or another box has it, or it was spent");
    else {
        size_t n = cert_sign(authority, e.csr, &names, c->now_ms, pem);
        if (n > 0)
            answer(c, (struct str){pem, n});
        else
            call_fail(c, CLOUD_INTERNAL, "the certificate could not be made");
    }
}
