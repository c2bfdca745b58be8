#include "proto/json_scan.h"

#include <string.h>

#include "proto/limits.h"
#include "proto/topic.h"

/* Errors stick: `fault.wrong` holds the first one and every caller returns when it is set. */
struct scan {
    const char *p;
    size_t n, at;
    size_t depth, depth_max, tokens, tokens_max;
    struct json_fault fault;
};

static bool refuse(struct scan *s, const char *wrong)
{
    if (!s->fault.wrong)
        s->fault = (struct json_fault){wrong, s->at};
    return false;
}

/* The next character, or NUL at the end: NUL is not part of any token. */
static inline char peek(const struct scan *s)
{
    return s->at < s->n ? s->p[s->at] : '\0';
}

static inline bool accept(struct scan *s, char c)
{
    if (peek(s) != c)
        return false;
    s->at++;
    return true;
}

static inline void blanks(struct scan *s)
{
    for (;;) {
        char c = peek(s);
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return;
        s->at++;
    }
}

/* ---- strings ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits after \u; -1 where there are not four. */
static int code_unit(struct scan *s)
{
    int unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(peek(s));
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
        s->at++;
    }
    return unit;
}

static bool low_surrogate(struct scan *s)
{
    if (!accept(s, '\\') || !accept(s, 'u'))
        return refuse(s, "half of a surrogate pair");
    int unit = code_unit(s);
    return (unit >= 0xdc00 && unit <= 0xdfff) || refuse(s, "half of a surrogate pair");
}

static bool unicode_escape(struct scan *s)
{
    int unit = code_unit(s);
    if (unit < 0)
        return refuse(s, "bad \\u escape");
    if (unit == 0)
        return refuse(s, "\\u0000 in a string");
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return refuse(s, "half of a surrogate pair");
    return unit < 0xd800 || unit > 0xdbff || low_surrogate(s);
}

static bool escape(struct scan *s)
{
    char c = peek(s);
    if (c == '\0' || !strchr("\"\\/bfnrtu", c))
        return refuse(s, "bad escape in a string");
    s->at++;
    return c != 'u' || unicode_escape(s);
}

static inline bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/* From the character after the opening quote. */
static bool string(struct scan *s)
{
    for (;;) {
        while (s->at < s->n && is_plain(s->p[s->at]))
            s->at++;
        if (accept(s, '"'))
            return true;
        if (s->at == s->n)
            return refuse(s, "unfinished string");
        if (!accept(s, '\\'))
            return refuse(s, "control character in a string");
        if (!escape(s))
            return false;
    }
}

/* ---- numbers ---- */

static size_t digits(struct scan *s)
{
    size_t from = s->at;
    while (peek(s) >= '0' && peek(s) <= '9')
        s->at++;
    return s->at - from;
}

static bool integer_in_range(const char *p, size_t n)
{
    int64_t value = 0;
    if (n > 16)
        return false;
    for (size_t i = 0; i < n; i++)
        value = value * 10 + (p[i] - '0');
    return value <= LIMIT_INTEGER;
}

/* After the point. A double keeps any 15 digits; more of them would come back changed. */
static bool fraction(struct scan *s, size_t whole_n)
{
    size_t n = digits(s);
    if (n == 0)
        return refuse(s, "bad number");
    if (n > LIMIT_FRACTION_DIGITS || whole_n + n > LIMIT_FRACTION_DIGITS)
        return refuse(s, "number with more than 15 digits");
    return true;
}

static bool number(struct scan *s)
{
    accept(s, '-');
    const char *whole = s->p + s->at;
    size_t whole_n = digits(s);
    if (whole_n == 0 || (whole[0] == '0' && whole_n > 1))
        return refuse(s, "bad number");
    if (accept(s, '.')) {
        if (!fraction(s, whole[0] == '0' ? 0 : whole_n))
            return false;
    } else if (!integer_in_range(whole, whole_n)) {
        return refuse(s, "integer beyond 2^53-1");
    }
    if (peek(s) == 'e' || peek(s) == 'E')
        return refuse(s, "number with an exponent");
    return true;
}

/* ---- values ---- */

static bool word(struct scan *s, struct str text)
{
    if (s->n - s->at < text.n || memcmp(s->p + s->at, text.p, text.n) != 0)
        return refuse(s, "not a value");
    s->at += text.n;
    return true;
}

static bool value(struct scan *s);

static bool member(struct scan *s)
{
    blanks(s);
    if (!accept(s, '"'))
        return refuse(s, "a member's name must be a string");
    if (!string(s))
        return false;
    blanks(s);
    return accept(s, ':') ? value(s) : refuse(s, "':' expected");
}

/* From the character after the opening bracket. The caller counts the depth. */
static bool elements(struct scan *s, char close, bool (*element)(struct scan *))
{
    blanks(s);
    if (accept(s, close))
        return true;
    do {
        if (!element(s))
            return false;
        blanks(s);
    } while (accept(s, ','));
    return accept(s, close) || refuse(s, "',' or closing bracket expected");
}

static bool container(struct scan *s, char close, bool (*element)(struct scan *))
{
    if (s->depth == s->depth_max)
        return refuse(s, "nested too deeply");
    s->at++;
    s->depth++;
    bool fine = elements(s, close, element);
    s->depth--;
    return fine;
}

static bool value(struct scan *s)
{
    blanks(s);
    if (s->tokens++ == s->tokens_max)
        return refuse(s, "too many values");
    switch (peek(s)) {
    case '{':
        return container(s, '}', member);
    case '[':
        return container(s, ']', value);
    case '"':
        s->at++;
        return string(s);
    case 't':
        return word(s, STR("true"));
    case 'f':
        return word(s, STR("false"));
    case 'n':
        return word(s, STR("null"));
    default:
        return number(s);
    }
}

static bool document(struct scan *s)
{
    blanks(s);
    if (peek(s) != '{')
        return refuse(s, "not an object");
    if (!value(s))
        return false;
    blanks(s);
    return s->at == s->n || refuse(s, "something follows the object");
}

struct json_fault json_scan(struct str text, size_t depth_max, size_t tokens_max)
{
    struct scan s = {.p = text.p, .n = text.n, .depth_max = depth_max, .tokens_max = tokens_max};
    if (!utf8_valid(text))
        return (struct json_fault){"not UTF-8", 0};
    document(&s);
    return s.fault;
}
