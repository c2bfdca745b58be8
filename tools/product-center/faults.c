#include "tools/product-center/faults.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CRASH_EXIT 3

void faults_init(struct faults *f)
{
    *f = (struct faults){0};
    pthread_mutex_init(&f->lock, NULL);
}

static bool kind_parse(struct str name, enum fault_kind *out)
{
    static const char *const NAME[] = {
#define X(e, name) name,
        FAULT_LIST(X)
#undef X
    };
    for (size_t i = 0; i < sizeof(NAME) / sizeof(NAME[0]); i++)
        if (str_eq(name, str_of(NAME[i]))) {
            *out = (enum fault_kind)i;
            return true;
        }
    return false;
}

bool faults_set(struct faults *f, const struct json *body)
{
    enum fault_kind kind = FAULT_NONE;
    struct str path = json_text_at(body, "path"), name = json_text_at(body, "fault");
    struct str holds = json_text_at(body, "holds");
    if (path.n >= FAULTS_PATH_BYTES || holds.n >= FAULTS_HOLDS_BYTES ||
        (name.n > 0 && !kind_parse(name, &kind)))
        return false;
    pthread_mutex_lock(&f->lock);
    f->clock_ms = json_integer_at(body, "clock_ms");
    f->count = json_integer_at(body, "count");
    f->next = (struct fault){.kind = kind,
                             .status = (unsigned)json_integer_at(body, "status"),
                             .delay_ms = json_integer_at(body, "delay_ms")};
    snprintf(f->path, sizeof(f->path), "%.*s", (int)path.n, path.p);
    snprintf(f->holds, sizeof(f->holds), "%.*s", (int)holds.n, holds.n > 0 ? holds.p : "");
    pthread_mutex_unlock(&f->lock);
    return true;
}

static bool holds(struct str text, struct str part)
{
    for (size_t i = 0; i + part.n <= text.n; i++)
        if (memcmp(text.p + i, part.p, part.n) == 0)
            return true;
    return false;
}

struct fault faults_take(struct faults *f, struct str path, struct str body)
{
    struct fault taken = {.kind = FAULT_NONE};
    pthread_mutex_lock(&f->lock);
    if (f->count > 0 && str_eq(path, str_of(f->path)) && holds(body, str_of(f->holds))) {
        f->count--;
        taken = f->next;
    }
    pthread_mutex_unlock(&f->lock);
    return taken;
}

int64_t faults_clock_ms(struct faults *f)
{
    pthread_mutex_lock(&f->lock);
    int64_t ms = f->clock_ms;
    pthread_mutex_unlock(&f->lock);
    return ms;
}

void fault_wait(const struct fault *f)
{
    struct timespec t = {f->delay_ms / 1000, (long)(f->delay_ms % 1000 * 1000000)};
    if (f->kind == FAULT_DELAY && f->delay_ms > 0)
        nanosleep(&t, NULL);
}

void fault_crash(const struct fault *f, enum fault_kind at)
{
    if (f->kind == at)
        _exit(CRASH_EXIT);
}
