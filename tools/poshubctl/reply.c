#include "tools/poshubctl/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/qty.h"

#define KEY_MAX 64

const struct json *reply_at(const struct json *v, const char *path)
{
    while (v && *path) {
        char key[KEY_MAX];
        size_t n = strcspn(path, ".");
        if (n >= sizeof key || json_kind(v) != JSON_OBJECT)
            return NULL;
        memcpy(key, path, n);
        key[n] = 0;
        v = json_get(v, key);
        path += path[n] ? n + 1 : n;
    }
    return v;
}

/* C0, DEL, and C1 as UTF-8 (c2 80 to c2 9f): the ones a terminal would obey. */
static bool is_control(const unsigned char *p, size_t left)
{
    return p[0] < 0x20 || p[0] == 0x7f || (left > 1 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0);
}

const char *reply_safe(struct str text, char buf[REPLY_TEXT])
{
    size_t n = 0;
    for (size_t i = 0; i < text.n && n < REPLY_TEXT - 1; i++) {
        const unsigned char *p = (const unsigned char *)text.p + i;
        bool control = is_control(p, text.n - i);
        i += control && *p == 0xc2;
        buf[n++] = control ? '?' : (char)*p;
    }
    buf[n] = 0;
    return buf;
}

/* Money travels with four decimals; people read two, unless the others say something. */
static struct str money_shown(struct str text)
{
    size_t point = text.n - 5;
    if (text.n < 6 || text.p[point] != '.' || memcmp(text.p + text.n - 2, "00", 2) != 0)
        return text;
    for (size_t i = text.p[0] == '-'; i < text.n; i++)
        if (i != point && (text.p[i] < '0' || text.p[i] > '9'))
            return text;
    return (struct str){text.p, text.n - 2};
}

const char *reply_value(const struct json *v, char buf[REPLY_TEXT])
{
    char digits[DECIMAL_TEXT];
    struct str text = STR("");
    if (v && json_kind(v) == JSON_BOOL)
        text = str_of(json_bool(v) ? "yes" : "no");
    else if (v && json_kind(v) == JSON_STRING)
        text = money_shown(json_string(v));
    else if (v && json_kind(v) == JSON_NUMBER)
        json_decimal(v, digits, &text);
    return reply_safe(text, buf);
}

int64_t reply_int(const struct json *v, const char *path)
{
    return strtoll(TEXT_AT(v, path), NULL, 10);
}

bool reply_true(const struct json *v, const char *path)
{
    const struct json *found = reply_at(v, path);
    return found && json_kind(found) == JSON_BOOL && json_bool(found);
}

static bool has_elements(const struct json *v)
{
    return v && (json_kind(v) == JSON_ARRAY || json_kind(v) == JSON_OBJECT);
}

int reply_count(const struct json *v)
{
    int n = 0;
    for (const struct json *e = has_elements(v) ? json_first(v) : NULL; e; e = json_next(e))
        n++;
    return n;
}

/* Appends, and stops quietly where the buffer is full. */
static void append(char buf[REPLY_TEXT], const char *text)
{
    size_t n = strlen(buf);
    snprintf(buf + n, REPLY_TEXT - n, "%s", text);
}

const char *reply_joined(const struct json *v, char buf[REPLY_TEXT])
{
    buf[0] = 0;
    for (const struct json *e = has_elements(v) ? json_first(v) : NULL; e; e = json_next(e)) {
        append(buf, buf[0] ? ", " : "");
        append(buf, TEXT_AT(e, ""));
    }
    return buf;
}

static void append_member(char buf[REPLY_TEXT], const struct json *member)
{
    char count[24];
    append(buf, buf[0] ? " " : "");
    append(buf, reply_safe(json_key(member), (char[REPLY_TEXT]){0}));
    append(buf, "=");
    snprintf(count, sizeof count, "[%d]", reply_count(member));
    append(buf, has_elements(member) ? count : TEXT_AT(member, ""));
}

const char *reply_summary(const struct json *v, char buf[REPLY_TEXT])
{
    buf[0] = 0;
    if (!has_elements(v))
        return reply_value(v, buf);
    for (const struct json *e = json_first(v); e; e = json_next(e))
        append_member(buf, e);
    return buf;
}
