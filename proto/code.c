#include "proto/code.h"

#include <stddef.h>

struct entry {
    enum code code;
    const char *name, *text;
};

static const struct entry *find(enum code code)
{
    static const struct entry ENTRIES[] = {
#define X(name, number, text) {CODE_##name, #name, text},
        CODE_LIST(X)
#undef X
    };
    for (size_t i = 0; i < sizeof ENTRIES / sizeof ENTRIES[0]; i++) {
        if (ENTRIES[i].code == code)
            return &ENTRIES[i];
    }
    return NULL;
}

const char *code_name(enum code code)
{
    const struct entry *e = find(code);
    return e ? e->name : "UNKNOWN";
}

const char *code_text(enum code code)
{
    const struct entry *e = find(code);
    return e ? e->text : "unknown code";
}

bool code_is_final(enum code code)
{
    return code != CODE_BUSY && code != CODE_RATE_LIMITED && code != CODE_INTERNAL;
}
