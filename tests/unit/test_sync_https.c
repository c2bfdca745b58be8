/* sync/https against a center on the loopback: every way to fail has its name, none takes longer
 * than it may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sync/https.h"

struct center {
    char dir[64];
    pid_t pid;
    int stdin_fd;
    int good, expired, future, foreign, silent; /* ports */
};

static char *const BODY = "{\"a\":1}";

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the center ---- */

static void run_center(const char *dir, int in[2], int out[2])
{
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    close(in[1]);
    close(out[0]);
    execl("/usr/bin/python3", "python3", PH_SOURCE_DIR "/tests/lib/https_server.py", dir, NULL);
    _exit(127);
}

static int center_start(void **state)
{
    struct center *c = calloc(1, sizeof(*c));
    int in[2], out[2];
    assert_non_null(c);
    snprintf(c->dir, sizeof(c->dir), "/tmp/poshub-https-XXXXXX");
    assert_non_null(mkdtemp(c->dir));
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    c->pid = fork();
    if (c->pid == 0)
        run_center(c->dir, in, out);
    close(in[0]);
    close(out[1]);
    c->stdin_fd = in[1];
    FILE *said = fdopen(out[0], "r");
    assert_non_null(said);
    assert_int_equal(
        fscanf(said, "%d %d %d %d %d", &c->good, &c->expired, &c->future, &c->foreign, &c->silent),
        5);
    fclose(said);
    *state = c;
    return 0;
}

static int center_stop(void **state)
{
    struct center *c = *state;
    char command[96];
    close(c->stdin_fd);
    waitpid(c->pid, NULL, 0);
    snprintf(command, sizeof(command), "rm -r %s", c->dir);
    int rc = system(command);
    free(c);
    return rc;
}

/* ---- asking ---- */

enum papers { NO_PAPERS, CLIENT_PAPERS, OTHER_CA };

static struct https *client_to(const struct center *c, const char *host, int port,
                               enum papers papers, struct https_options o)
{
    char url[160], ca[96], cert[96], key[96];
    struct https *h;
    snprintf(url, sizeof(url), "https://%s:%d", host, port);
    snprintf(ca, sizeof(ca), "%s/%s", c->dir, papers == OTHER_CA ? "other_ca.pem" : "ca.pem");
    snprintf(cert, sizeof(cert), "%s/client.pem", c->dir);
    snprintf(key, sizeof(key), "%s/client.key", c->dir);
    o.base_url = url;
    o.ca_file = ca;
    o.cert_file = papers == CLIENT_PAPERS ? cert : NULL;
    o.key_file = papers == CLIENT_PAPERS ? key : NULL;
    assert_int_equal(https_open(&h, &o), PH_OK);
    return h;
}

static struct https *client(const struct center *c, int port, struct https_options o)
{
    return client_to(c, "127.0.0.1", port, CLIENT_PAPERS, o);
}

static struct https_answer ask(struct https *h, const char *path)
{
    struct https_answer a;
    enum https_result result = https_post(h, path, str_of(BODY), &a);
    if (result != HTTPS_ANSWERED)
        fail_msg("%s: %s: %s", path, https_result_text(result), https_why(h));
    return a;
}

static void assert_body(struct https_answer a, const char *want)
{
    assert_true(str_eq(a.body, str_of(want)));
}

/* Asks once and closes; how long it took must be below most_ms. */
static void assert_fails(struct https *h, const char *path, enum https_result want, int64_t most_ms)
{
    struct https_answer a;
    int64_t began_ms = now_ms();
    enum https_result result = https_post(h, path, str_of(BODY), &a);
    if (result != want)
        fail_msg("%s: %s: %s", path, https_result_text(result), https_why(h));
    assert_true(now_ms() - began_ms < most_ms);
    assert_true(https_why(h)[0] != 0);
    https_close(h);
}

static const struct https_options PLAIN;

/* ---- answers ---- */

static void a_body_goes_there_and_comes_back(void **state)
{
    struct https *h = client(*state, ((struct center *)*state)->good, PLAIN);
    struct https_answer a = ask(h, "/echo");
    assert_int_equal(a.status, 200);
    assert_int_equal(a.retry_after_ms, -1);
    assert_body(a, BODY);
    assert_string_equal(https_why(h), "");
    https_close(h);
}

static void the_box_shows_its_certificate(void **state)
{
    struct https *h = client(*state, ((struct center *)*state)->good, PLAIN);
    assert_body(ask(h, "/who"), "client");
    https_close(h);
}

static void refusals_are_answers(void **state)
{
    struct https *h = client(*state, ((struct center *)*state)->good, PLAIN);
    assert_int_equal(ask(h, "/status/409").status, 409);
    assert_int_equal(ask(h, "/status/500").status, 500);
    struct https_answer a = ask(h, "/later/7");
    assert_int_equal(a.status, 503);
    assert_int_equal(a.retry_after_ms, 7000);
    assert_body(a, BODY);
    a = ask(h, "/later_by_date/100");
    assert_int_equal(a.status, 429);
    assert_in_range(a.retry_after_ms, 95000, 100000);
    assert_int_equal(ask(h, "/echo").retry_after_ms, -1);
    https_close(h);
}

static void no_redirect_is_followed(void **state)
{
    struct https *h = client(*state, ((struct center *)*state)->good, PLAIN);
    assert_int_equal(ask(h, "/elsewhere").status, 302);
    https_close(h);
}

static void one_connection_serves_many_requests(void **state)
{
    char first[16];
    struct https *h = client(*state, ((struct center *)*state)->good, PLAIN);
    struct https_answer a = ask(h, "/connection");
    snprintf(first, sizeof(first), "%.*s", (int)a.body.n, a.body.p);
    assert_body(ask(h, "/connection"), first);
    ask(h, "/status/500");
    assert_body(ask(h, "/connection"), first);
    https_close(h);
}

static void after_a_failure_the_connection_is_a_new_one(void **state)
{
    char first[16];
    struct https_answer a;
    struct https *h =
        client(*state, ((struct center *)*state)->good, (struct https_options){.total_ms = 1500});
    a = ask(h, "/connection");
    snprintf(first, sizeof(first), "%.*s", (int)a.body.n, a.body.p);
    assert_int_equal(https_post(h, "/slowly/4", str_of(BODY), &a), HTTPS_TIMED_OUT);
    assert_false(str_eq(ask(h, "/connection").body, str_of(first)));
    https_close(h);
}

/* Once it was lost, the same is waited for longer. */
static void a_renewed_line_does_not_go_back_to_the_old_connection(void **state)
{
    char first[16];
    struct https *h = client(*state, ((struct center *)*state)->good, PLAIN);
    struct https_answer a = ask(h, "/connection");
    snprintf(first, sizeof(first), "%.*s", (int)a.body.n, a.body.p);
    https_renew(h);
    for (int i = 0; i < 3; i++)
        assert_false(str_eq(ask(h, "/connection").body, str_of(first)));
    https_close(h);
}

static void an_answer_on_which_nothing_moves_is_given_up(void **state)
{
    struct https_answer a;
    struct https *h =
        client(*state, ((struct center *)*state)->good, (struct https_options){.still_ms = 2000});
    int64_t began_ms = now_ms();
    assert_int_equal(https_post(h, "/slowly/9", str_of(BODY), &a), HTTPS_TIMED_OUT);
    assert_in_range(now_ms() - began_ms, 2000, 8000);
    assert_non_null(strstr(https_why(h), "nothing moved"));
    assert_int_equal(ask(h, "/slowly/3").status, 200);
    https_close(h);
}

static void a_large_body_goes_up_whole(void **state)
{
    size_t n = 256 * 1024;
    char *large = malloc(n);
    struct https_answer a;
    assert_non_null(large);
    memset(large, 'y', n);
    struct https *h = client(*state, ((struct center *)*state)->good, PLAIN);
    assert_int_equal(https_post(h, "/echo", (struct str){large, n}, &a), HTTPS_ANSWERED);
    assert_true(str_eq(a.body, (struct str){large, n}));
    free(large);
    https_close(h);
}

/* ---- failures ---- */

static void an_answer_above_the_limit_is_refused(void **state)
{
    struct center *c = *state;
    struct https_options o = {.answer_bytes_max = 1000};
    struct https *h = client(c, c->good, o);
    assert_int_equal(ask(h, "/long/1000").body.n, 1000);
    assert_int_equal(ask(h, "/long_unannounced/1000").body.n, 1000);
    assert_fails(h, "/long/1001", HTTPS_TOO_LARGE, 3000);
    assert_fails(client(c, c->good, o), "/long_unannounced/1000000", HTTPS_TOO_LARGE, 3000);
}

static void a_center_that_does_not_answer_is_given_up_in_time(void **state)
{
    struct center *c = *state;
    assert_fails(client(c, c->good, (struct https_options){.total_ms = 300}), "/slowly/3",
                 HTTPS_TIMED_OUT, 2000);
    assert_fails(client(c, c->silent, (struct https_options){.connect_ms = 300}), "/echo",
                 HTTPS_NO_CONNECTION, 2000);
    assert_fails(client(c, c->silent, (struct https_options){.total_ms = 300}), "/echo",
                 HTTPS_NO_CONNECTION, 2000);
}

static void a_connection_that_breaks_is_named(void **state)
{
    struct center *c = *state;
    assert_fails(client(c, c->good, PLAIN), "/drop", HTTPS_BROKEN, 3000);
}

static void nobody_there_is_named(void **state)
{
    assert_fails(client(*state, 1, PLAIN), "/echo", HTTPS_NO_CONNECTION, 3000);
}

/* A label of more than 63 letters fails in the resolver library: no server is asked. */
static void a_name_that_nobody_knows_is_named(void **state)
{
    char host[80];
    memset(host, 'n', sizeof(host));
    snprintf(host + 70, 9, ".invalid");
    assert_fails(client_to(*state, host, 443, CLIENT_PAPERS, PLAIN), "/echo", HTTPS_NO_NAME, 3000);
}

static void a_certificate_out_of_its_dates_hints_at_the_clock(void **state)
{
    struct center *c = *state;
    assert_fails(client(c, c->expired, PLAIN), "/echo", HTTPS_CLOCK, 3000);
    assert_fails(client(c, c->future, PLAIN), "/echo", HTTPS_CLOCK, 3000);
}

static void a_stranger_is_not_trusted(void **state)
{
    struct center *c = *state;
    assert_fails(client(c, c->foreign, PLAIN), "/echo", HTTPS_NO_TRUST, 3000);
    assert_fails(client_to(c, "127.0.0.1", c->good, OTHER_CA, PLAIN), "/echo", HTTPS_NO_TRUST,
                 3000);
    assert_fails(client_to(c, "localhost", c->good, CLIENT_PAPERS, PLAIN), "/echo", HTTPS_NO_TRUST,
                 3000);
}

static void a_box_without_papers_is_turned_away(void **state)
{
    struct center *c = *state;
    assert_fails(client_to(c, "127.0.0.1", c->good, NO_PAPERS, PLAIN), "/echo", HTTPS_NO_TRUST,
                 3000);
}

static void only_https_is_spoken(void **state)
{
    struct https *h;
    (void)state;
    assert_int_equal(https_open(&h, &(struct https_options){.base_url = "http://127.0.0.1",
                                                            .ca_file = "ca.pem"}),
                     PH_ERR_CONFIG);
    assert_null(h);
    assert_int_equal(https_open(&h, &(struct https_options){.base_url = "https://127.0.0.1",
                                                            .ca_file = "ca.pem",
                                                            .cert_file = "client.pem"}),
                     PH_ERR_CONFIG);
    https_close(NULL);
}

/* ---- stopping ---- */

static void *stop_soon(void *h)
{
    usleep(100000);
    https_stop(h);
    return NULL;
}

static void assert_stops(struct https *h, const char *path)
{
    pthread_t thread;
    struct https_answer a;
    int64_t began_ms = now_ms();
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, h), 0);
    assert_int_equal(https_post(h, path, str_of(BODY), &a), HTTPS_STOPPED);
    assert_true(now_ms() - began_ms < 2500);
    pthread_join(thread, NULL);
    assert_int_equal(https_post(h, path, str_of(BODY), &a), HTTPS_STOPPED);
    https_close(h);
}

static void another_thread_stops_a_request(void **state)
{
    struct center *c = *state;
    assert_stops(client(c, c->good, PLAIN), "/slowly/5");
    assert_stops(client(c, c->silent, PLAIN), "/echo");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_goes_there_and_comes_back),
        cmocka_unit_test(the_box_shows_its_certificate),
        cmocka_unit_test(refusals_are_answers),
        cmocka_unit_test(no_redirect_is_followed),
        cmocka_unit_test(one_connection_serves_many_requests),
        cmocka_unit_test(after_a_failure_the_connection_is_a_new_one),
        cmocka_unit_test(a_renewed_line_does_not_go_back_to_the_old_connection),
        cmocka_unit_test(an_answer_on_which_nothing_moves_is_given_up),
        cmocka_unit_test(a_large_body_goes_up_whole),
        cmocka_unit_test(an_answer_above_the_limit_is_refused),
        cmocka_unit_test(a_center_that_does_not_answer_is_given_up_in_time),
        cmocka_unit_test(a_connection_that_breaks_is_named),
        cmocka_unit_test(nobody_there_is_named),
        cmocka_unit_test(a_name_that_nobody_knows_is_named),
        cmocka_unit_test(a_certificate_out_of_its_dates_hints_at_the_clock),
        cmocka_unit_test(a_stranger_is_not_trusted),
        cmocka_unit_test(a_box_without_papers_is_turned_away),
        cmocka_unit_test(only_https_is_spoken),
        cmocka_unit_test(another_thread_stops_a_request),
    };
    return cmocka_run_group_tests(tests, center_start, center_stop);
}
