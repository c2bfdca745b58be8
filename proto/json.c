#include "proto/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "proto/decimal.h"
#include "proto/json_scan.h"
#include "proto/limits.h"
#include "proto/qty.h"

const struct json_limits JSON_REQUEST = {LIMIT_REQUEST_BYTES, LIMIT_JSON_DEPTH, LIMIT_JSON_TOKENS};
const struct json_limits JSON_IMPORT = {LIMIT_IMPORT_BYTES, LIMIT_JSON_DEPTH, LIMIT_IMPORT_TOKENS};
const struct json_limits JSON_CLOUD = {LIMIT_CLOUD_BYTES, LIMIT_CLOUD_DEPTH, LIMIT_CLOUD_TOKENS};
const struct json_limits JSON_PUSH = {LIMIT_PACKET_BYTES, LIMIT_CLOUD_DEPTH, LIMIT_PUSH_TOKENS};

/* A struct json is a cJSON under a name that nobody else can look into. */
static const cJSON *node(const struct json *v)
{
    return (const cJSON *)v;
}

static const struct json *opaque(const cJSON *n)
{
    return (const struct json *)n;
}

/* ---- members in bytewise order: duplicates become neighbours, the canonical form a plain walk
 * ---- */

static cJSON *merge(cJSON *a, cJSON *b)
{
    cJSON *first = NULL, **link = &first;
    while (a && b) {
        cJSON **low = strcmp(a->string, b->string) <= 0 ? &a : &b;
        *link = *low;
        link = &(*low)->next;
        *low = *link;
    }
    *link = a ? a : b;
    return first;
}

/* Sorts the first n >= 1 members of a list and drops what follows them from the result. */
static cJSON *sort(cJSON *first, size_t n)
{
    if (n == 1) {
        first->next = NULL;
        return first;
    }
    cJSON *second = first;
    for (size_t i = 0; i < n / 2; i++)
        second = second->next;
    cJSON *upper = sort(second, n - n / 2);
    return merge(sort(first, n / 2), upper);
}

static bool in_order(const cJSON *first)
{
    for (const cJSON *m = first; m && m->next; m = m->next) {
        if (strcmp(m->string, m->next->string) > 0)
            return false;
    }
    return true;
}

static size_t count(const cJSON *first)
{
    size_t n = 0;
    for (; first; first = first->next)
        n++;
    return n;
}

/* cJSON's own shape: prev of the first is the last. */
static void relink(cJSON *object)
{
    cJSON *last = NULL;
    for (cJSON *m = object->child; m; last = m, m = m->next)
        m->prev = last;
    object->child->prev = last;
}

static void sort_members(cJSON *object)
{
    if (in_order(object->child))
        return;
    object->child = sort(object->child, count(object->child));
    relink(object);
}

static bool has_duplicate(const cJSON *object)
{
    for (const cJSON *m = object->child; m && m->next; m = m->next) {
        if (strcmp(m->string, m->next->string) == 0)
            return true;
    }
    return false;
}

/* Sorts every object of the tree; false as soon as one has a key twice. The pre-scan has bounded
 * the depth. */
static bool arrange(cJSON *n)
{
    if (cJSON_IsObject(n)) {
        sort_members(n);
        if (has_duplicate(n))
            return false;
    }
    for (cJSON *child = n->child; child; child = child->next) {
        if (!arrange(child))
            return false;
    }
    return true;
}

/* ---- documents ---- */

static struct json *refused(char *why, const char *wrong)
{
    if (why)
        snprintf(why, JSON_WHY, "%s", wrong);
    return NULL;
}

static struct json *refused_at(char *why, struct json_fault fault)
{
    if (why)
        snprintf(why, JSON_WHY, "%s, at byte %zu", fault.wrong, fault.at);
    return NULL;
}

struct json *json_parse(const char *p, size_t n, const struct json_limits *limits, char *why)
{
    if (n > limits->bytes)
        return refused(why, "too long");
    struct json_fault fault = json_scan((struct str){p, n}, limits->depth, limits->tokens);
    if (fault.wrong)
        return refused_at(why, fault);
    cJSON *doc = cJSON_ParseWithLength(p, n);
    if (!doc)
        return refused(why, "out of memory");
    if (!arrange(doc)) {
        cJSON_Delete(doc);
        return refused(why, "an object has the same key twice");
    }
    return (struct json *)doc;
}

void json_free(struct json *doc)
{
    cJSON_Delete((cJSON *)doc);
}

/* ---- values ---- */

enum json_kind json_kind(const struct json *v)
{
    switch (node(v)->type & 0xff) {
    case cJSON_False:
    case cJSON_True:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NULL;
    }
}

const struct json *json_get(const struct json *object, const char *key)
{
    if (!cJSON_IsObject(node(object)))
        return NULL;
    for (const cJSON *m = node(object)->child; m; m = m->next) {
        int order = strcmp(m->string, key);
        if (order >= 0)
            return order == 0 ? opaque(m) : NULL;
    }
    return NULL;
}

const struct json *json_first(const struct json *array_or_object)
{
    return opaque(node(array_or_object)->child);
}

const struct json *json_next(const struct json *v)
{
    return opaque(node(v)->next);
}

struct str json_key(const struct json *v)
{
    return str_of(node(v)->string);
}

struct str json_string(const struct json *v)
{
    return str_of(node(v)->valuestring);
}

bool json_bool(const struct json *v)
{
    return cJSON_IsTrue(node(v));
}

static bool is_integer(double v)
{
    return v == trunc(v) && fabs(v) <= (double)LIMIT_INTEGER;
}

bool json_integer(const struct json *v, int64_t *out)
{
    if (!cJSON_IsNumber(node(v)) || !is_integer(node(v)->valuedouble))
        return false;
    *out = (int64_t)node(v)->valuedouble;
    return true;
}

struct str json_text_at(const struct json *object, const char *key)
{
    const struct json *v = json_get(object, key);
    return v != NULL && json_kind(v) == JSON_STRING ? json_string(v) : STR("");
}

int64_t json_integer_at(const struct json *object, const char *key)
{
    const struct json *v = json_get(object, key);
    int64_t n = 0;
    return v != NULL && json_integer(v, &n) ? n : 0;
}

/* The pre-scan let only 15 digits pass, and those a double gives back unchanged. Small numbers
 * would get an exponent from %g. */
static size_t fraction_text(double v, char buf[DECIMAL_TEXT])
{
    if (fabs(v) >= 1e-4)
        return (size_t)snprintf(buf, DECIMAL_TEXT, "%.15g", v);
    size_t n = (size_t)snprintf(buf, DECIMAL_TEXT, "%.15f", v);
    while (buf[n - 1] == '0')
        n--;
    return n;
}

static size_t number_text(double v, char buf[DECIMAL_TEXT])
{
    return is_integer(v) ? decimal_i64((int64_t)v, buf) : fraction_text(v, buf);
}

bool json_decimal(const struct json *v, char *buf, struct str *out)
{
    if (cJSON_IsString(node(v))) {
        *out = json_string(v);
        return true;
    }
    if (!cJSON_IsNumber(node(v)))
        return false;
    *out = (struct str){buf, number_text(node(v)->valuedouble, buf)};
    return true;
}
