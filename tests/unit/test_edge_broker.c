/* The broker's files as text: where options stand, and who may do what. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/broker.h"

static struct devices devices;
static struct device extra[2];
static struct broker broker;

/* A device as the table would give it, without a store. */
static void put(size_t i, const char *id, enum role role, const char *station)
{
    extra[i] = (struct device){.row = {.id = str_of(id),
                                       .role = role,
                                       .stations = {str_of(station)},
                                       .n_stations = station != NULL,
                                       .password_line = STR("line")}};
    devices.list = realloc(devices.list, (devices.n + 1) * sizeof(devices.list[0]));
    devices.list[devices.n++] = &extra[i];
}

static int setup(void **state)
{
    (void)state;
    assert_int_equal(devices_init(&devices), PH_OK);
    put(0, "till-1", ROLE_POS, NULL);
    put(1, "kds-hot", ROLE_KDS, "oven");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    devices.n -= 2; /* those are not the list's */
    devices_fini(&devices);
    return 0;
}

static char *conf_text(const char *plain_host, const char *websocket_host)
{
    static struct config config;
    struct broker b = {
        .config = &config, .dir = "/r/broker", .socket = "/r/broker/hub.sock", .user = "shop"};
    char *text = NULL;
    size_t n;
    config = (struct config){.max_queued = 77};
    snprintf(config.plain.host, sizeof(config.plain.host), "%s", plain_host);
    snprintf(config.plain_websocket.host, sizeof(config.plain.host), "%s", websocket_host);
    config.plain.port = 18830;
    config.plain_websocket.port = 18831;
    FILE *out = open_memstream(&text, &n);
    broker_conf(&b, out);
    fclose(out);
    return text;
}

static void before_first_listener_stands_no_listener_option(void **state)
{
    (void)state;
    char *text = conf_text("127.0.0.1", "127.0.0.1");
    const char *first = strstr(text, "\nlistener ");
    const char *const options[] = {"max_connections", "use_username_as_clientid",
                                   "max_qos",         "protocol",
                                   "mount_point",     "bind_interface"};
    assert_non_null(first);
    assert_memory_equal(first, "\nlistener 0 /r/broker/hub.sock\n", 31);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        const char *at = strstr(text, options[i]);
        assert_true(at == NULL || at > first);
    }
    free(text);
}

static void every_device_listener_ties_client_id_to_user(void **state)
{
    (void)state;
    char *text = conf_text("127.0.0.1", "127.0.0.1");
    assert_non_null(strstr(text, "\nlistener 18830 127.0.0.1\nuse_username_as_clientid true\n"));
    assert_non_null(strstr(text, "\nlistener 18831 127.0.0.1\nprotocol websockets\n"
                                 "socket_domain ipv4\nuse_username_as_clientid true\n"));
    free(text);
}

static void websockets_open_on_their_address_alone(void **state)
{
    (void)state;
    char *four = conf_text("", "192.0.2.7");
    assert_non_null(strstr(four, "\nlistener 18831 192.0.2.7\nprotocol websockets\n"
                                 "socket_domain ipv4\n"));
    free(four);
}

static void no_listener_opens_that_was_not_asked_for(void **state)
{
    (void)state;
    char *text = conf_text("", "");
    const char *only = strstr(text, "\nlistener ");
    assert_non_null(only);
    assert_null(strstr(only + 1, "\nlistener "));
    free(text);
}

static void the_broker_is_private_and_quick(void **state)
{
    (void)state;
    char *text = conf_text("", "");
    const char *const lines[] = {"allow_anonymous false\n",
                                 "per_listener_settings false\n",
                                 "persistence false\n",
                                 "set_tcp_nodelay true\n",
                                 "max_packet_size 65536\n",
                                 "max_queued_messages 77\n",
                                 "user shop\n",
                                 "pid_file /r/broker/mosquitto.pid\n"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_non_null(strstr(text, lines[i]));
    free(text);
}

/* The part of the ACL that belongs to one user. */
static char *rights_of(const char *user)
{
    static char part[4096];
    char *text = NULL, head[64];
    size_t n;
    FILE *out = open_memstream(&text, &n);
    broker_acl(&broker, &devices, out);
    fclose(out);
    snprintf(head, sizeof(head), "user %s\n", user);
    const char *from = strstr(text, head);
    assert_non_null(from);
    from += strlen(head);
    const char *to = strstr(from, "\nuser ");
    snprintf(part, sizeof(part), "%.*s", (int)(to != NULL ? to - from : (long)strlen(from)), from);
    free(text);
    return part;
}

#define OWN(id)                                                                                    \
    "topic write poshub/v1/dev/" id "/req/+\ntopic write poshub/v1/dev/" id "/state\n"             \
    "topic read poshub/v1/dev/" id "/res/#\ntopic read poshub/v1/dev/" id "/cmd\n"                 \
    "topic read poshub/v1/dev/" id "/order/+\ntopic read poshub/v1/hub\n"

static void a_till_reads_the_whole_shop(void **state)
{
    (void)state;
    assert_string_equal(
        rights_of("till-1"),
        OWN("till-1") "topic read poshub/v1/menu\ntopic read poshub/v1/stock/#\n"
                      "topic read poshub/v1/order/#\ntopic read poshub/v1/ticket/#\n"
                      "topic read poshub/v1/pickup/#\ntopic read poshub/v1/alert/#\n"
                      "topic read poshub/v1/dev/+/state\n");
}

static void a_kitchen_screen_reads_its_own_station(void **state)
{
    (void)state;
    assert_string_equal(rights_of("kds-hot"),
                        OWN("kds-hot") "topic read poshub/v1/menu\ntopic read poshub/v1/pickup/#\n"
                                       "topic read poshub/v1/ticket/oven/#\n");
}

static void kiosk_emenu_and_board_read_what_guests_see(void **state)
{
    (void)state;
    assert_string_equal(
        rights_of("probe-kiosk"),
        OWN("probe-kiosk") "topic read poshub/v1/menu\ntopic read poshub/v1/stock/#\n");
    assert_string_equal(
        rights_of("probe-emenu"),
        OWN("probe-emenu") "topic read poshub/v1/menu\ntopic read poshub/v1/stock/#\n");
    assert_string_equal(rights_of("probe-board"),
                        OWN("probe-board") "topic read poshub/v1/pickup/#\n");
}

static void the_hub_may_do_everything_below_the_prefix(void **state)
{
    (void)state;
    assert_string_equal(rights_of("poshub-hub"),
                        "topic readwrite poshub/v1/#\ntopic read " BROKER_DROPPED "\n");
}

static void a_guest_says_hello_and_no_more(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n;
    broker_guest(&broker, 'K', STR("hello"));
    assert_string_equal(rights_of("pair-K"), "topic write poshub/v1/pair/K/up\n"
                                             "topic read poshub/v1/pair/K/down\n");
    broker_guest_gone(&broker);
    FILE *out = open_memstream(&text, &n);
    broker_passwd(&broker, &devices, out);
    broker_acl(&broker, &devices, out);
    fclose(out);
    assert_null(strstr(text, "pair"));
    free(text);
}

static void tls_stands_on_its_own_listeners_alone(void **state)
{
    (void)state;
    static struct config config;
    struct broker b = {.config = &config, .dir = "/r/broker", .socket = "/s", .user = "shop"};
    char *text = NULL;
    size_t n;
    config = (struct config){.tls = {"0.0.0.0", 8883}, .tls_websocket = {"0.0.0.0", 9443}};
    for (int tls = 0; tls <= 1; tls++) {
        b.tls = tls == 1;
        FILE *out = open_memstream(&text, &n);
        broker_conf(&b, out);
        fclose(out);
        assert_true((strstr(text, "listener 8883") != NULL) == b.tls);
        assert_true((strstr(text, "\nprotocol websockets\nsocket_domain ipv4\n"
                                  "certfile /r/broker/server.pem\nkeyfile /r/broker/server.key\n"
                                  "tls_version tlsv1.2\n") != NULL) == b.tls);
        free(text);
    }
}

static void hub_names_are_not_free_for_devices(void **state)
{
    (void)state;
    assert_true(device_id_free(STR("kiosk-1")));
    assert_true(device_id_free(STR("pro")));
    assert_false(device_id_free(STR("probe-pos")));
    assert_false(device_id_free(STR("pair-7")));
    assert_false(device_id_free(STR("poshub-hub")));
    assert_false(device_id_free(STR("poshubctl")));
    assert_false(device_id_free(STR("Kiosk")));
}

/* The password of the files' version is new each time, and the one before is remembered: with it a
 * broker that still has old files is told from one that has these. */
static void each_version_of_the_files_has_a_password_of_its_own(void **state)
{
    static struct config config;
    char why[CONFIG_WHY] = "", dir[] = "/tmp/poshub-broker-XXXXXX", path[64], first[32], line[256];
    struct broker b;
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(config.run_dir, sizeof(config.run_dir), "%s", dir);
    assert_int_equal(broker_init(&b, &config, why), PH_OK);
    assert_false(broker_is_there(&b));
    assert_int_equal(broker_write_users(&b, &devices), PH_OK);
    assert_string_equal(b.proof_before, "");
    snprintf(first, sizeof(first), "%s", b.proof);
    assert_int_equal(broker_write_users(&b, &devices), PH_OK);
    assert_int_equal(b.version, 2);
    assert_string_equal(b.proof_before, first);
    assert_string_not_equal(b.proof, first);
    snprintf(path, sizeof(path), "%s/broker/passwd", dir);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    bool found = false;
    while (fgets(line, sizeof(line), f) != NULL)
        found = found || strncmp(line, b.proof_line, strlen(b.proof_line)) == 0;
    fclose(f);
    assert_true(found);
    remove(path);
    snprintf(path, sizeof(path), "%s/broker/acl", dir);
    remove(path);
    rmdir(b.dir);
    assert_int_not_equal(broker_write_users(&b, &devices), PH_OK);
    assert_int_not_equal(b.err, PH_OK);
    rmdir(dir);
}

/* ---- who is told to read the files again ---- */

static void caught(int signal)
{
    (void)signal;
    _exit(7);
}

/* A process by the broker's name. One that starts catches nothing yet: a program of this machine,
 * as an emulator catches everything for those it runs. */
static pid_t broker_process(const char *program, bool catches)
{
    int ready[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0 && catches) {
        signal(SIGHUP, caught);
        prctl(PR_SET_NAME, "mosquitto");
        close(ready[1]);
        close(ready[0]);
        for (;;)
            pause();
    } else if (pid == 0) {
        execl(program, program, "60", (char *)NULL);
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &(char){0}, 1), 0); /* closed: it is what it shall be */
    close(ready[0]);
    return pid;
}

static void pid_file(const struct broker *b, pid_t pid)
{
    char path[BROKER_PATH + 32];
    snprintf(path, sizeof(path), "%s/mosquitto.pid", b->dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "%d\n", (int)pid);
    fclose(f);
}

/* What it ended by; a SIGHUP that it got before comes first. */
static int end_of(pid_t pid)
{
    int status;
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void a_broker_that_starts_is_not_ended_by_a_reload(void **state)
{
    static struct config config;
    char why[CONFIG_WHY] = "", dir[] = "/tmp/poshub-broker-XXXXXX", program[64], path[160];
    struct broker b;
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(config.run_dir, sizeof(config.run_dir), "%s", dir);
    snprintf(program, sizeof(program), "%s/mosquitto", dir);
    assert_int_equal(symlink("/bin/sleep", program), 0);
    assert_int_equal(broker_init(&b, &config, why), PH_OK);

    pid_t starting = broker_process(program, false);
    pid_file(&b, starting);
    while (!broker_is_there(&b)) /* the name comes a moment after the pipe has closed */
        usleep(1000);
    assert_false(broker_reload(&b));
    assert_true(b.reload_owed);
    int status = end_of(starting);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);

    pid_t running = broker_process(program, true);
    pid_file(&b, running);
    assert_true(broker_reload(&b));
    assert_false(b.reload_owed);
    assert_int_equal(waitpid(running, &status, 0), running);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    assert_false(broker_reload(&b)); /* nobody is there: it reads them when it starts */
    assert_false(b.reload_owed);

    running = broker_process(program, true); /* and has forgotten that signal while it read */
    pid_file(&b, running);
    broker_tick(&b);
    assert_int_equal(waitpid(running, &status, WNOHANG), 0); /* not at once: it may read still */
    broker_tick(&b);
    assert_int_equal(waitpid(running, &status, 0), running);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    pid_file(&b, running = broker_process(program, true));
    broker_tick(&b);
    broker_tick(&b);
    status = end_of(running);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM); /* once is enough */

    snprintf(path, sizeof(path), "%s/mosquitto.pid", b.dir);
    remove(path);
    remove(program);
    rmdir(b.dir);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broker_that_starts_is_not_ended_by_a_reload),
        cmocka_unit_test(before_first_listener_stands_no_listener_option),
        cmocka_unit_test(every_device_listener_ties_client_id_to_user),
        cmocka_unit_test(websockets_open_on_their_address_alone),
        cmocka_unit_test(no_listener_opens_that_was_not_asked_for),
        cmocka_unit_test(the_broker_is_private_and_quick),
        cmocka_unit_test_setup_teardown(a_till_reads_the_whole_shop, setup, teardown),
        cmocka_unit_test_setup_teardown(a_kitchen_screen_reads_its_own_station, setup, teardown),
        cmocka_unit_test_setup_teardown(kiosk_emenu_and_board_read_what_guests_see, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_hub_may_do_everything_below_the_prefix, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_guest_says_hello_and_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(each_version_of_the_files_has_a_password_of_its_own, setup,
                                        teardown),
        cmocka_unit_test(tls_stands_on_its_own_listeners_alone),
        cmocka_unit_test(hub_names_are_not_free_for_devices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
