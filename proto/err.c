#include "proto/err.h"

#include <stddef.h>

const char *ph_err_text(enum ph_err err)
{
    static const char *const TEXTS[] = {
#define X(name, text) [name] = text,
        PH_ERR_LIST(X)
#undef X
    };
    return (size_t)err < sizeof TEXTS / sizeof TEXTS[0] ? TEXTS[err] : "unknown error";
}

const char *ph_err_name(enum ph_err err)
{
    static const char *const NAMES[] = {
#define X(name, text) [name] = #name,
        PH_ERR_LIST(X)
#undef X
    };
    return (size_t)err < sizeof NAMES / sizeof NAMES[0] ? NAMES[err] : "PH_ERR_UNKNOWN";
}
