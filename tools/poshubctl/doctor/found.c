/* Findings, and what the checks share of the hub's answer. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/poshubctl/doctor/doctor.h"
#include "tools/poshubctl/reply.h"

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

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t doctor_mono_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t doctor_wall_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

bool doctor_store(struct doctor *d, struct reader_view *out)
{
    pthread_mutex_lock(&d->store_lock);
    if (!d->store_known)
        d->store_alive = reader_wait(&d->store, d->began_ms + DOCTOR_READ_MS, &d->view);
    d->store_known = true;
    *out = d->view;
    pthread_mutex_unlock(&d->store_lock);
    return d->store_alive;
}

const struct json *doctor_status(struct doctor *d)
{
    pthread_mutex_lock(&d->lock);
    while (!d->asked)
        pthread_cond_wait(&d->heard, &d->lock);
    const struct json *status = d->status;
    pthread_mutex_unlock(&d->lock);
    return status;
}

const struct json *doctor_fault(struct doctor *d, const char *code)
{
    const struct json *s = doctor_status(d), *list = s ? reply_at(s, "faults") : NULL;
    for (const struct json *f = list ? json_first(list) : NULL; f; f = json_next(f)) {
        if (strcmp(TEXT_AT(f, "code"), code) == 0)
            return f;
    }
    return NULL;
}
