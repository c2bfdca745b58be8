/* Findings, as checks put them. */
#include <stdarg.h>
#include <stdio.h>

#include "tools/poshubctl/doctor/doctor.h"

const char *const DOCTOR_NAMES[DOCTOR_CHECKS] = {
#define X(e, name, run) [e] = name,
    DOCTOR_LIST(X)
#undef X
};

#define SAY(f, given_state, given_code, format)                                                    \
    do {                                                                                           \
        va_list list;                                                                              \
        (f)->state = given_state;                                                                  \
        (f)->code = given_code;                                                                    \
        va_start(list, format);                                                                    \
        vsnprintf((f)->text, sizeof(f)->text, format, list);                                       \
        va_end(list);                                                                              \
    } while (0)

void found_ok(struct finding *f, const char *format, ...)
{
    SAY(f, DOCTOR_OK, NULL, format);
}

void found_skip(struct finding *f, const char *format, ...)
{
    SAY(f, DOCTOR_SKIP, NULL, format);
}

void found_warn(struct finding *f, const char *code, const char *format, ...)
{
    SAY(f, DOCTOR_WARN, code, format);
}

void found_fail(struct finding *f, const char *code, const char *format, ...)
{
    SAY(f, DOCTOR_FAIL, code, format);
}

void found_next(struct finding *f, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(f->next, sizeof f->next, format, list);
    va_end(list);
}
