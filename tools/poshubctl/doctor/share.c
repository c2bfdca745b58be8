/* What the checks share: the time, what the hub says, what the reader has read. */
#include <string.h>
#include <time.h>

#include "tools/poshubctl/doctor/doctor.h"
#include "tools/poshubctl/reply.h"

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

bool doctor_may_look(const struct doctor *d, struct finding *f)
{
    if (!d->has_config)
        found_skip(f, "needs \"config\"");
    else if (!d->may_look)
        found_skip(f, "you may not look into %s: sudo poshubctl doctor", d->config.data_dir);
    return d->has_config && d->may_look;
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
