/* What cloud.enrol and cloud.claim may say, at its edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/command.h"

static enum code decode(enum verb verb, const char *body)
{
    static const struct caller admin = {.device = {"poshubctl", 9}, .role = ROLE_ADMIN};
    char path[FIELD_PATH];
    struct command c;
    struct arena arena;
    struct json *doc = json_parse(body, strlen(body), &JSON_REQUEST, NULL);
    assert_non_null(doc);
    arena_init(&arena, 65536);
    enum code code = command_decode(&c, verb, &admin, doc, &arena, path);
    arena_free(&arena);
    json_free(doc);
    return code;
}

static enum code decode_with(enum verb verb, const char *key, size_t n)
{
    char body[1024], text[512];
    memset(text, 'x', sizeof text);
    snprintf(body, sizeof body, "{\"token\":\"t\",\"%s\":\"%.*s\"}", key, (int)n, text);
    if (strcmp(key, "token") == 0)
        snprintf(body, sizeof body, "{\"token\":\"%.*s\"}", (int)n, text);
    return decode(verb, body);
}

static void token_is_needed_to_enrol_and_not_to_claim(void **state)
{
    (void)state;
    assert_int_equal(decode(VERB_CLOUD_ENROL, "{}"), CODE_BAD_REQUEST);
    assert_int_equal(decode(VERB_CLOUD_ENROL, "{\"token\":\"t\"}"), CODE_OK);
    assert_int_equal(decode(VERB_CLOUD_ENROL, "{\"token\":7}"), CODE_BAD_REQUEST);
    assert_int_equal(decode(VERB_CLOUD_CLAIM, "{}"), CODE_OK);
}

static void texts_are_as_long_as_their_limits(void **state)
{
    static const struct {
        const char *key;
        size_t most;
    } EDGES[] = {{"token", LIMIT_TOKEN}, {"url", LIMIT_URL}, {"ca", LIMIT_PATH}};
    (void)state;
    for (size_t i = 0; i < sizeof EDGES / sizeof *EDGES; i++) {
        assert_int_equal(decode_with(VERB_CLOUD_ENROL, EDGES[i].key, EDGES[i].most), CODE_OK);
        assert_int_equal(decode_with(VERB_CLOUD_ENROL, EDGES[i].key, EDGES[i].most + 1),
                         CODE_BAD_REQUEST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_is_needed_to_enrol_and_not_to_claim),
        cmocka_unit_test(texts_are_as_long_as_their_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
