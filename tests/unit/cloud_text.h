/* Documents of the cloud line for tests: fixtures read, texts compared as values. */
#ifndef TESTS_CLOUD_TEXT_H
#define TESTS_CLOUD_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/json.h"
#include "proto/limits.h"

/* Of an object with ' for ", or of a fixture; freed with json_free. */
static inline struct json *doc_of(const char *text)
{
    char why[JSON_WHY] = "", *copy = strdup(text);
    for (char *p = copy; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    struct json *doc = json_parse(copy, strlen(copy), &JSON_CLOUD, why);
    if (!doc)
        fail_msg("%s: %s", why, copy);
    free(copy);
    return doc;
}

static inline struct json *fixture(const char *name)
{
    char path[256], text[4096];
    snprintf(path, sizeof path, "%s/tests/fixtures/%s", PH_SOURCE_DIR, name);
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("%s: cannot be read", path);
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    return doc_of(text);
}

/* Both have the same members, whatever their order. */
static inline void same_value(const struct json *a, const struct json *b)
{
    static char one[65536], other[65536];
    struct jw w;
    jw_init(&w, one, sizeof one - 1);
    jw_value(&w, a);
    assert_true(jw_ok(&w));
    one[w.n] = '\0';
    jw_init(&w, other, sizeof other - 1);
    jw_value(&w, b);
    assert_true(jw_ok(&w));
    other[w.n] = '\0';
    assert_string_equal(one, other);
}

static inline void same_text(const struct jw *w, const struct json *b)
{
    char why[JSON_WHY] = "";
    assert_true(jw_ok(w));
    struct json *a = json_parse(w->p, w->n, &JSON_CLOUD, why);
    if (!a)
        fail_msg("%s: %.*s", why, (int)w->n, w->p);
    same_value(a, b);
    json_free(a);
}

static inline void assert_str(struct str v, const char *text)
{
    char copy[512];
    snprintf(copy, sizeof copy, "%.*s", (int)v.n, v.p);
    assert_string_equal(copy, text);
}

#endif
