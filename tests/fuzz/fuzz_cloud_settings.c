/* Whatever a center sends as settings: it decodes into values within their ranges that survive
 * being written and read again, or is refused with a path.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/cloud_settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void rate_holds(const struct cloud_rate *r)
{
    must(r->per_s <= SETTING_RATE_MAX && r->burst <= SETTING_RATE_MAX);
    must(r->per_s == 0 || r->burst > 0);
    must(r->said || r->per_s == 0);
}

static void settings_hold(const struct cloud_settings *s)
{
    rate_holds(&s->global);
    rate_holds(&s->account);
    rate_holds(&s->device);
    for (unsigned i = 0; i < VERB_COUNT; i++)
        rate_holds(&s->verbs[i]);
    for (unsigned i = 0; i < CHANNEL_COUNT; i++)
        must(s->channels[i].expiry_s <= SETTING_EXPIRY_MAX);
}

static void comes_back(const struct cloud_settings *s)
{
    char text[16384], path[FIELD_PATH];
    struct cloud_settings again;
    struct jw w;
    jw_init(&w, text, sizeof text);
    cloud_settings_encode(&w, s);
    must(jw_ok(&w));
    struct json *doc = json_parse(text, jw_text(&w).n, &JSON_CLOUD, NULL);
    must(doc && cloud_settings_decode(doc, &again, path) == CODE_OK);
    must(memcmp(s, &again, sizeof again) == 0);
    json_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[FIELD_PATH];
    struct cloud_settings s;
    struct json *doc = json_parse((const char *)data, size, &JSON_CLOUD, NULL);
    if (!doc)
        return 0;
    if (cloud_settings_decode(doc, &s, path) == CODE_OK) {
        settings_hold(&s);
        comes_back(&s);
    } else {
        must(memchr(path, 0, FIELD_PATH) != NULL && path[0] != '\0');
    }
    json_free(doc);
    return 0;
}
