/* What topic_parse takes apart makes the same topic again; ids are printable and valid UTF-8. */
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/topic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LENGTH(s) (int)(s).n, (s).p

static void must(bool holds)
{
    if (!holds)
        abort();
}

static const char *device_topic(char *out, const struct topic *t, const char *kind)
{
    must(id_is_device(t->device));
    return topic_make(out, "dev/%.*s/%s%s%.*s", LENGTH(t->device), kind, t->name.n ? "/" : "",
                      LENGTH(t->name));
}

static const char *made_again(char *out, const struct topic *t)
{
    switch (t->kind) {
    case TOPIC_FOREIGN:
        return NULL;
    case TOPIC_HUB:
        return topic_make(out, "hub");
    case TOPIC_MENU:
        return topic_make(out, "menu");
    case TOPIC_STOCK:
        must(t->object.id > 0);
        return topic_make(out, "stock/%s/%lld", t->object.type == OBJECT_SKU ? "sku" : "spu",
                          (long long)t->object.id);
    case TOPIC_ORDER:
        return topic_make(out, "order/%.*s", LENGTH(t->name));
    case TOPIC_PICKUP:
        return topic_make(out, "pickup/%.*s", LENGTH(t->name));
    case TOPIC_TICKET:
        return topic_make(out, "ticket/%.*s/%.*s/%u", LENGTH(t->station), LENGTH(t->name),
                          t->round);
    case TOPIC_ALERT:
        return topic_make(out, "alert/%.*s", LENGTH(t->name));
    case TOPIC_DEVICE_ORDER:
        return device_topic(out, t, "order");
    case TOPIC_STATE:
        return device_topic(out, t, "state");
    case TOPIC_REQ:
        return device_topic(out, t, "req");
    case TOPIC_RES:
        return device_topic(out, t, "res");
    case TOPIC_CMD:
        return device_topic(out, t, "cmd");
    }
    return NULL;
}

static void ids(struct str text)
{
    if (id_is_device(text) || id_is_req(text) || id_is_order(text) || id_is_station(text)) {
        must(text.n > 0 && text.n <= LIMIT_REQ_ID);
        must(utf8_valid(text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char out[TOPIC_TEXT];
    struct str text = {(const char *)data, size};
    struct topic t = topic_parse(text);
    ids(text);
    utf8_valid(text);
    /* Names without a limit of their own (alert, pickup, verb, response) may be longer than any
     * topic that is made; and C text ends at a NUL. */
    if (t.kind == TOPIC_FOREIGN || size >= TOPIC_TEXT || memchr(data, 0, size))
        return 0;
    must(str_eq(str_of(made_again(out, &t)), text));
    return 0;
}
