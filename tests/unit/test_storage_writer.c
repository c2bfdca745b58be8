/* storage/writer: many jobs one commit, a bad job fails alone, nothing is lost at the end. */
#include "tests/unit/storage_scratch.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "proto/limits.h"
#include "storage/writer.h"

enum does { PUT, READ_DAMAGED, FILL_UP };

struct put_job {
    struct job job;
    uint64_t number;
    enum does does;
    int executed, undone;
};

struct bench {
    struct scratch *s;
    struct writer *w;
    int begins, finishes, fatals;
    bool refuse_begin;
    pthread_mutex_t lock; /* guards what done counts */
    size_t done, done_bad;
    uint64_t last_done;
    bool in_order;
};

static enum ph_err on_begin(void *ctx, struct txn *txn)
{
    struct bench *b = ctx;
    (void)txn;
    b->begins++;
    return b->refuse_begin ? PH_ERR_FORMAT : PH_OK;
}

#define BLOCK (1u << 20)

static void fill_up(struct txn *txn)
{
    char *zeros = calloc(1, BLOCK);
    const struct bytes block = {zeros, BLOCK};
    if (zeros == NULL)
        abort();
    for (uint64_t i = 0; i < SCRATCH_MAP / BLOCK + 1; i++) {
        struct key key = key_u64(i);
        txn_put(txn, TABLE_MENU, key_bytes(&key), block);
    }
    free(zeros);
}

static void on_execute(void *ctx, struct txn *txn, struct job *job)
{
    struct put_job *p = (struct put_job *)job;
    struct key key = key_u64(p->number);
    struct bytes value;
    (void)ctx;
    p->executed++;
    if (p->does == READ_DAMAGED)
        txn_get(txn, TABLE_DEVICE, bytes_z("pos-2"), &value);
    if (p->does == FILL_UP)
        fill_up(txn);
    txn_append(txn, TABLE_REPLY, key_bytes(&key), bytes_z("reply"));
}

static void on_finish(void *ctx, struct txn *txn)
{
    struct bench *b = ctx;
    b->finishes++;
    txn_put(txn, TABLE_META, bytes_z("count"), bytes_z("1"));
}

static void on_undo(void *ctx, struct job *job)
{
    (void)ctx;
    ((struct put_job *)job)->undone++;
}

static void on_done(void *ctx, struct job *chain)
{
    struct bench *b = ctx;
    pthread_mutex_lock(&b->lock);
    for (; chain != NULL; chain = chain->next) {
        uint64_t number = ((struct put_job *)chain)->number;
        b->in_order = b->in_order && number > b->last_done;
        b->last_done = number;
        b->done++;
        b->done_bad += chain->err != PH_OK;
    }
    pthread_mutex_unlock(&b->lock);
}

static void on_fatal(void *ctx, enum ph_err err, const char *what)
{
    struct bench *b = ctx;
    assert_true(err == PH_ERR_IO || err == PH_ERR_PANIC);
    assert_string_not_equal(what, "");
    b->fatals++;
}

static void bench_open(struct bench *b, struct scratch *s, bool threaded)
{
    struct writer_hooks hooks = {b, on_begin, on_execute, on_finish, on_undo, on_done, on_fatal};
    *b = (struct bench){.s = s, .in_order = true};
    pthread_mutex_init(&b->lock, NULL);
    assert_int_equal(writer_open(&b->w, s->store, &hooks, threaded), PH_OK);
}

static struct put_job *jobs_make(size_t n)
{
    struct put_job *jobs = calloc(n, sizeof(*jobs));
    assert_non_null(jobs);
    for (size_t i = 0; i < n; i++)
        jobs[i].number = i + 1;
    return jobs;
}

static void submit(struct bench *b, struct put_job *jobs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(writer_submit(b->w, &jobs[i].job), PH_OK);
}

static uint64_t replies(struct scratch *s)
{
    struct txn *txn = scratch_read(s);
    uint64_t n = txn_entries(txn, TABLE_REPLY);
    txn_abort(txn);
    return n;
}

static void many_jobs_share_one_commit(void **state)
{
    struct scratch *s = *state;
    struct bench b;
    struct put_job *jobs = jobs_make(100);
    bench_open(&b, s, false);
    submit(&b, jobs, 100);
    assert_int_equal(writer_waiting(b.w), 100);
    assert_int_equal(writer_step(b.w), 100);
    assert_int_equal(writer_step(b.w), 0);
    struct writer_stats stats = writer_stats(b.w);
    assert_int_equal(stats.commits, 1);
    assert_int_equal(stats.jobs, 100);
    assert_int_equal(stats.max_batch, 100);
    assert_int_equal(stats.failed, 0);
    assert_int_equal(b.begins, 1);
    assert_int_equal(b.finishes, 1);
    assert_int_equal(b.done, 100);
    assert_int_equal(b.done_bad, 0);
    assert_true(b.in_order);
    assert_int_equal(replies(s), 100);
    writer_close(b.w);
    free(jobs);
}

static void batch_is_bounded(void **state)
{
    struct bench b;
    struct put_job *jobs = jobs_make(LIMIT_BATCH + 5);
    bench_open(&b, *state, false);
    submit(&b, jobs, LIMIT_BATCH + 5);
    assert_int_equal(writer_step(b.w), LIMIT_BATCH);
    assert_int_equal(writer_waiting(b.w), 5);
    assert_int_equal(writer_step(b.w), 5);
    writer_close(b.w);
    free(jobs);
}

static void damage(struct scratch *s)
{
    struct txn *txn = scratch_write(s);
    put_z(txn, TABLE_DEVICE, "pos-2", "second record");
    assert_int_equal(txn_commit(txn), PH_OK);
    scratch_close(s);
    assert_true(scratch_damage(s, "second record") > 0);
    scratch_open(s, SCRATCH_MAP);
}

static void one_job_fails_alone(struct scratch *s, enum does does, enum ph_err err,
                                const char *fault)
{
    struct bench b;
    struct put_job *jobs = jobs_make(7);
    bench_open(&b, s, false);
    jobs[3].does = does;
    submit(&b, jobs, 7);
    assert_int_equal(writer_step(b.w), 7);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(jobs[i].job.err, i == 3 ? err : PH_OK);
        assert_int_equal(jobs[i].executed - jobs[i].undone, i == 3 ? 0 : 1);
    }
    assert_int_equal(jobs[0].undone, 1);
    assert_int_equal(jobs[6].undone, 0);
    assert_non_null(strstr(jobs[3].job.fault, fault));
    assert_string_equal(jobs[4].job.fault, "");
    assert_int_equal(replies(s), 6);
    assert_int_equal(b.done, 7);
    assert_int_equal(b.done_bad, 1);
    assert_true(b.in_order);
    assert_int_equal(b.fatals, 0);
    assert_int_equal(writer_stats(b.w).failed, 1);
    writer_close(b.w);
    free(jobs);
}

static void damaged_record_fails_only_its_job(void **state)
{
    damage(*state);
    one_job_fails_alone(*state, READ_DAMAGED, PH_ERR_BAD_RECORD, "table device, key pos-2");
}

static void full_map_fails_only_its_job(void **state)
{
    one_job_fails_alone(*state, FILL_UP, PH_ERR_FULL, "MDB_MAP_FULL");
}

/* No file may grow past `bytes`: what the disk says then is an error of its own, not "full". */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void disk_error_at_commit_is_fatal_and_the_writer_stops(void **state)
{
    struct scratch *s = *state;
    struct bench b;
    struct put_job *jobs = jobs_make(4);
    bench_open(&b, s, false);
    submit(&b, jobs, 1);
    assert_int_equal(writer_step(b.w), 1);
    submit(&b, jobs + 1, 2);
    limit_files(4096);
    assert_int_equal(writer_step(b.w), 2);
    limit_files(RLIM_INFINITY);
    submit(&b, jobs + 3, 1);
    assert_int_equal(writer_step(b.w), 1);
    assert_int_equal(b.fatals, 1);
    assert_int_equal(b.done_bad, 3);
    assert_int_equal(jobs[1].job.err, PH_ERR_IO);
    assert_string_equal(jobs[1].job.fault, "commit: input or output error");
    assert_int_equal(jobs[2].executed, 1);
    assert_int_equal(jobs[2].undone, 1);
    assert_int_equal(jobs[3].executed, 0);
    assert_int_equal(jobs[3].job.err, PH_ERR_IO);
    writer_close(b.w);
    scratch_reopen(s);
    assert_int_equal(replies(s), 1);
    free(jobs);
}

static void refused_begin_fails_its_jobs_unexecuted(void **state)
{
    struct bench b;
    struct put_job *jobs = jobs_make(2);
    bench_open(&b, *state, false);
    b.refuse_begin = true;
    submit(&b, jobs, 2);
    assert_int_equal(writer_step(b.w), 2);
    assert_int_equal(jobs[0].executed + jobs[0].undone, 0);
    assert_int_equal(jobs[0].job.err, PH_ERR_FORMAT);
    assert_string_not_equal(jobs[0].job.fault, "");
    assert_int_equal(b.done_bad, 2);
    writer_close(b.w);
    free(jobs);
}

static void full_queue_refuses_at_its_limit(void **state)
{
    struct bench b;
    struct put_job *jobs = jobs_make(LIMIT_QUEUE + 1);
    bench_open(&b, *state, false);
    submit(&b, jobs, LIMIT_QUEUE);
    assert_int_equal(writer_submit(b.w, &jobs[LIMIT_QUEUE].job), PH_ERR_BUSY);
    assert_int_equal(writer_waiting(b.w), LIMIT_QUEUE);
    writer_step(b.w);
    assert_int_equal(writer_submit(b.w, &jobs[LIMIT_QUEUE].job), PH_OK);
    writer_close(b.w);
    assert_int_equal(b.done, LIMIT_QUEUE + 1);
    assert_true(b.in_order);
    free(jobs);
}

static void close_drains_what_waits(void **state)
{
    struct scratch *s = *state;
    struct bench b;
    for (int threaded = 0; threaded < 2; threaded++) {
        struct put_job *jobs = jobs_make(1000);
        for (size_t i = 0; i < 1000; i++)
            jobs[i].number += (uint64_t)threaded * 1000;
        bench_open(&b, s, threaded);
        submit(&b, jobs, 1000);
        writer_close(b.w);
        assert_int_equal(b.done, 1000);
        assert_int_equal(b.done_bad, 0);
        assert_true(b.in_order);
        assert_int_equal(replies(s), 1000 * (threaded + 1));
        free(jobs);
    }
    writer_close(NULL);
}

static void thread_works_while_jobs_arrive(void **state)
{
    struct scratch *s = *state;
    struct bench b;
    size_t n = 20000;
    struct put_job *jobs = jobs_make(n);
    bench_open(&b, s, true);
    for (size_t i = 0; i < n;) {
        if (writer_submit(b.w, &jobs[i].job) == PH_OK) {
            i++;
            continue;
        }
        assert_true(replies(s) <= i);
        usleep(200);
    }
    writer_close(b.w);
    assert_int_equal(b.done, n);
    assert_int_equal(b.done_bad, 0);
    assert_true(b.in_order);
    assert_int_equal(replies(s), n);
    free(jobs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(many_jobs_share_one_commit),
        SCRATCH_TEST(batch_is_bounded),
        SCRATCH_TEST(damaged_record_fails_only_its_job),
        SCRATCH_TEST(full_map_fails_only_its_job),
        SCRATCH_TEST(disk_error_at_commit_is_fatal_and_the_writer_stops),
        SCRATCH_TEST(refused_begin_fails_its_jobs_unexecuted),
        SCRATCH_TEST(full_queue_refuses_at_its_limit),
        SCRATCH_TEST(close_drains_what_waits),
        SCRATCH_TEST(thread_works_while_jobs_arrive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
