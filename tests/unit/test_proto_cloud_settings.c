/* proto/cloud_settings: read, written, and refused as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/cloud_settings.h"
#include "tests/unit/cloud_text.h"

static void the_published_settings_come_back(void **state)
{
    (void)state;
    struct cloud_settings s;
    char path[FIELD_PATH], text[2048];
    struct jw w;
    struct json *doc = fixture("sync-protocol/settings.json");
    assert_int_equal(cloud_settings_decode(doc, &s, path), CODE_OK);
    assert_int_equal(s.rev, 7);
    assert_true(s.global.said && s.global.per_s == 2000 && s.global.burst == 4000);
    assert_true(s.device.said && s.device.per_s == 0);
    assert_false(s.account.said);
    assert_true(s.verbs[VERB_ORDER_LIST].said && s.verbs[VERB_ORDER_LIST].burst == 40);
    const struct cloud_channel *kiosk = &s.channels[CHANNEL_KIOSK];
    assert_true(kiosk->has_open && !kiosk->open && kiosk->has_expiry && kiosk->expiry_s == 600);
    assert_true(s.channels[CHANNEL_EMENU].has_expiry && !s.channels[CHANNEL_EMENU].has_open);
    jw_init(&w, text, sizeof text);
    cloud_settings_encode(&w, &s);
    assert_true(jw_ok(&w));
    text[jw_text(&w).n] = '\0';
    struct json *again = doc_of(text);
    same_value(doc, again);
    json_free(again);
    json_free(doc);
}

static void what_is_out_of_range_refuses_the_whole(void **state)
{
    static const struct {
        const char *text, *at; /* at "": it is taken */
    } TABLE[] = {
        {"{}", ""},
        {"{'rev':null,'limits':null,'channels':{'KIOSK':null}}", ""},
        {"{'limits':{'global':{'per_s':1000000,'burst':1000000}}}", ""},
        {"{'limits':{'global':{'per_s':1000001,'burst':1}}}", "limits.global.per_s"},
        {"{'limits':{'account':{'per_s':1,'burst':1000001}}}", "limits.account.burst"},
        {"{'limits':{'device':{'per_s':1,'burst':0}}}", "limits.device.burst"},
        {"{'limits':{'device':{'per_s':-1,'burst':1}}}", "limits.device.per_s"},
        {"{'limits':{'device':{'burst':1}}}", "limits.device.per_s"},
        {"{'limits':{'verbs':{'order.list':{'per_s':1}}}}", "limits.verbs.order.list.burst"},
        {"{'limits':{'verbs':{'order.sing':{'per_s':-1}}}}", ""},
        {"{'limits':[]}", "limits"},
        {"{'channels':{'KIOSK':{'expiry_s':604800}}}", ""},
        {"{'channels':{'KIOSK':{'expiry_s':604801}}}", "channels.KIOSK.expiry_s"},
        {"{'channels':{'KIOSK':{'open':'yes'}}}", "channels.KIOSK.open"},
        {"{'channels':{'ONLINE_ORDER':{'open':'yes'},'DRONE':7},'menu':[]}", ""},
        {"{'rev':-1}", "rev"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
        struct cloud_settings s;
        char path[FIELD_PATH] = "";
        struct json *doc = doc_of(TABLE[i].text);
        enum code code = cloud_settings_decode(doc, &s, path);
        assert_int_equal(code, TABLE[i].at[0] ? CODE_BAD_REQUEST : CODE_OK);
        if (TABLE[i].at[0])
            assert_string_equal(path, TABLE[i].at);
        json_free(doc);
    }
    struct cloud_settings none;
    char path[FIELD_PATH] = "";
    assert_int_equal(cloud_settings_decode(NULL, &none, path), CODE_BAD_REQUEST);
    assert_string_equal(path, "settings");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_settings_come_back),
        cmocka_unit_test(what_is_out_of_range_refuses_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
