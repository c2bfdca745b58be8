#include "tools/product-center/guard.h"

#include <string.h>

#include "proto/wire.h"
#include "tools/product-center/settings.h"

enum who { WHO_MERCHANT, WHO_HUB, WHO_BASE_API, WHO_STAFF, WHO_ANYONE };
struct rule {
    const char *path;
    enum who who;
};
/* The base API's bodies come from hubs or from a merchant's till. Enrolling shows a token. */
static const struct rule RULES[] = {{"/api/v1/poi/stock/sync-from-pos", WHO_BASE_API},
                                    {"/api/v1/poi/stock/find-to-pos", WHO_BASE_API},
                                    {"/api/v1/poi/stock/digest", WHO_HUB},
                                    {"/api/v1/poi/hub/hello", WHO_HUB},
                                    {"/api/v1/poi/hub/claim", WHO_HUB},
                                    {"/api/v1/poi/hub/salvage", WHO_HUB},
                                    {"/api/v1/poi/hub/enrol", WHO_ANYONE},
                                    {"/health", WHO_ANYONE}};

/* Staff in the store decide through their hub, those of the cloud through a merchant's program. */
static bool is_resolve(struct str path)
{
    static const struct str BEFORE = {"/api/v1/poi/oversell/", 21}, AFTER = {"/resolve", 8};
    return path.n > BEFORE.n + AFTER.n && memcmp(path.p, BEFORE.p, BEFORE.n) == 0 &&
           memcmp(path.p + path.n - AFTER.n, AFTER.p, AFTER.n) == 0;
}

static enum who who(const struct call *c)
{
    for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++) {
        if (!str_eq(c->request->path, str_of(RULES[i].path)))
            continue;
        bool batch = c->body != NULL && json_get(c->body, "proto") != NULL;
        return RULES[i].who == WHO_BASE_API && batch ? WHO_HUB : RULES[i].who;
    }
    return is_resolve(c->request->path) ? WHO_STAFF : WHO_MERCHANT;
}

/* A body that names no store is for the endpoint to refuse. */
static bool hub_fits(struct call *c)
{
    char path[FIELD_PATH];
    struct fields f;
    struct str brand = STR(""), poi = STR("");
    if (!c->settings->papers.tls.cert)
        return true;
    if (!c->has_peer)
        return false;
    fields_begin(&f, &c->arena, path);
    wire_need_store(&f, c->body, &brand, &poi);
    struct str box = json_text_at(c->body, "box_id");
    return f.code != CODE_OK ||
           (str_eq(brand, str_of(c->peer.brand)) && str_eq(poi, str_of(c->peer.poi)) &&
            (box.n == 0 || str_eq(box, str_of(c->peer.box))));
}

static bool merchant_fits(const struct call *c)
{
    static const char SCHEME[] = "Bearer ";
    const size_t scheme = sizeof(SCHEME) - 1;
    uint8_t hash[SHA256_BYTES];
    struct str shown = http_header(c->request, "Authorization");
    if (!c->settings->papers.has_merchant)
        return true;
    if (shown.n <= scheme || memcmp(shown.p, SCHEME, scheme) != 0)
        return false;
    sha256(shown.p + scheme, shown.n - scheme,
           hash); /* a hash is compared: its time tells nothing */
    return memcmp(hash, c->settings->papers.merchant, sizeof(hash)) == 0;
}

static bool refuse_merchant(struct call *c)
{
    call_error(c, &(struct cloud_error){.code = 401,
                                        .name = CLOUD_OTHER,
                                        .name_text = STR("UNAUTHORIZED"),
                                        .detail = STR("want the merchant's token")});
    return false;
}

bool guard_pass(struct call *c)
{
    enum who needed = who(c);
    if (needed == WHO_ANYONE)
        return true;
    c->has_peer = c->settings->papers.tls.cert != NULL && http_peer(c->request, &c->peer);
    if (needed == WHO_STAFF && c->has_peer && hub_fits(c))
        return true;
    if (needed == WHO_MERCHANT || needed == WHO_STAFF)
        return merchant_fits(c) || refuse_merchant(c);
    if (hub_fits(c) || (needed == WHO_BASE_API && merchant_fits(c)))
        return true;
    call_fail(c, CLOUD_WRONG_STORE, "want the certificate of this store's box");
    return false;
}

bool guard_box(struct call *c, const struct store *s)
{
    if (!c->has_peer || s->box_id.n == 0 || str_eq(s->box_id, str_of(c->peer.box)))
        return true;
    call_error(c, &(struct cloud_error){.name = CLOUD_FENCED,
                                        .detail = STR("another box has taken over"),
                                        .epoch = s->epoch});
    return false;
}
