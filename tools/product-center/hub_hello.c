/* POST /api/v1/poi/hub/hello: the hub says where it stands, the center says where it should go on
 * (sync-protocol 3.7, 4.1).
 */
#include <stdio.h>
#include <string.h>

#include "tools/product-center/endpoint.h"
#include "tools/product-center/guard.h"
#include "tools/product-center/setting.h"
#include "tools/product-center/zone.h"

/* The box has less than what it was told is safe here, or something else at the same place. */
static bool rolled_back(const struct store *s, const struct cloud_hello *h)
{
    return h->last_seq < s->acked ||
           (h->last_seq == s->acked && memcmp(h->tail, s->tail, HASH_BYTES) != 0);
}

/* The zone by which the hub restores. One that is unknown here changes nothing. */
static void take_zone(struct call *c, struct store *s, struct str name)
{
    if (name.n == 0 || str_eq(name, s->timezone))
        return;
    if (zone_is_known(c, name))
        zone_set(c, s, name);
    else
        fprintf(stderr, "<4>unknown time zone poi=%.*s tz=%.*s\n", (int)c->key.poi.n, c->key.poi.p,
                (int)name.n, name.p);
}

static void answer(struct call *c, const struct store *s)
{
    struct cloud_hello_reply reply = {.epoch = s->epoch,
                                      .center_epoch = s->center_epoch,
                                      .acked_seq = s->acked,
                                      .has_tail = true,
                                      .head_ver = s->ver,
                                      .server_hlc = s->hlc,
                                      .settings_text = setting_for_hello(c, s),
                                      .max_batch = LIMIT_BATCH_EVENTS};
    memcpy(reply.tail, s->tail, HASH_BYTES);
    c->status = 200;
    cloud_hello_reply_encode(&c->out, &reply);
}

void hub_hello(struct call *c)
{
    char path[FIELD_PATH];
    struct cloud_hello h;
    struct store s;
    enum code code = cloud_hello_decode(c->body, &c->arena, &h, path);
    if (code != CODE_OK) {
        call_malformed(c, code, path);
        return;
    }
    call_store(c, h.brand_id, h.poi_id);
    store_lock(c, &s);
    if (h.epoch < s.epoch) {
        call_error(c, &(struct cloud_error){.name = CLOUD_FENCED,
                                            .detail = STR("another box has taken over"),
                                            .epoch = s.epoch});
        return;
    }
    if (h.epoch > s.epoch) {
        call_fail(c, CLOUD_UNKNOWN_EPOCH, "this epoch was not opened here: claim one");
        return;
    }
    if (!guard_box(c, &s))
        return;
    if (rolled_back(&s, &h)) {
        call_fail(c, CLOUD_ROLLBACK_DETECTED, "the box is behind its own events: claim an epoch");
        return;
    }
    s.head = h.last_seq;
    s.applied = h.applied_ver < s.ver ? h.applied_ver : s.ver;
    s.box_id = h.box_id;
    s.seen_ms = c->now_ms;
    take_zone(c, &s, h.tz);
    store_save(c, &s);
    answer(c, &s);
}
