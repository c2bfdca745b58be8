#include "tools/poshubctl/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/qty.h"

bool object_parse(const char *text, struct object *out)
{
    const char *digits = text;
    out->type = OBJECT_SKU;
    if (strncmp(text, "spu:", 4) == 0 || strncmp(text, "sku:", 4) == 0) {
        out->type = text[1] == 'p' ? OBJECT_SPU : OBJECT_SKU;
        digits += 4;
    }
    size_t n = strspn(digits, "0123456789");
    if (n == 0 || digits[n] || n > 18) {
        fprintf(stderr, "poshubctl: \"%s\" is no object; an SKU is 1001, an SPU is spu:500\n",
                text);
        return false;
    }
    out->id = strtoll(digits, NULL, 10);
    return true;
}

/* Opens a body with the object that the first word names. */
bool object_body(struct body *b, const struct args *args)
{
    struct object object;
    if (!object_parse(args->words[0], &object))
        return false;
    body_begin(b);
    jw_kint(&b->w, "object_type", object.type);
    jw_kid(&b->w, "object_id", object.id);
    return true;
}

static bool is_time(const char *text)
{
    int hour, minute, end = 0;
    return sscanf(text, "%2d:%2d%n", &hour, &minute, &end) == 2 && text[end] == 0 && end == 5 &&
           hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
}

bool time_member(struct body *b, const char *key, const char *text)
{
    if (!is_time(text)) {
        fprintf(stderr, "poshubctl: \"%s\" is no time of day; 06:00 is\n", text);
        return false;
    }
    jw_kstring(&b->w, key, str_of(text));
    return true;
}

bool quantity_member(struct body *b, const char *key, const char *text)
{
    int64_t qty_t;
    if (!qty_parse(str_of(text), &qty_t)) {
        fprintf(stderr, "poshubctl: \"%s\" is no quantity; 12, 8.5 and -2 are\n", text);
        return false;
    }
    jw_kqty(&b->w, key, qty_t);
    return true;
}
