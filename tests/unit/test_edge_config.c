/* The configuration file: what is wrong is named with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/config.h"

static enum ph_err read_text(const char *text, struct config *out, char *why)
{
    char path[] = "/tmp/poshub-config-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    memset(out, 0, sizeof(*out));
    enum ph_err err = config_read(path, out, why);
    /* The name is made up: tests look at what follows it. */
    char *end = strchr(why, ':');
    if (err != PH_OK && end != NULL)
        memmove(why, end, strlen(end) + 1);
    unlink(path);
    return err;
}

/* of "4711" */
#define KEPT_PIN                                                                                   \
    "pbkdf2$20000$000102030405060708090a0b0c0d0e0f$"                                               \
    "ea8726ee913c8f8689664e9257fa5d983ac08c359c791de8698e2c4906bbf80e"
#define STORE "[store]\nbrand_id = 1\npoi_id = 417\n"

static void refuses(const char *text, const char *want)
{
    struct config c;
    char why[CONFIG_WHY];
    assert_int_equal(read_text(text, &c, why), PH_ERR_CONFIG);
    assert_string_equal(why, want);
}

static void put_file(const char *dir, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void config_reads_every_key_of_the_contract(void **state)
{
    (void)state;
    struct config c;
    char why[CONFIG_WHY] = "";
    const char *text = STORE
        "name = Riverside\ntimezone = Europe/Berlin   ; a zone\n"
        "day_start = 05:30\nauto_day_close = no\n"
        "[paths]\ndata_dir = /a/db\nrun_dir = /a/run\n"
        "[storage]\nmap_mib = 64\nalarm_percent = 50\nrefuse_percent = 70\ncheck_every_s = 5\n"
        "[broker]\nuser =      ; nobody named\nplain_listen = 127.0.0.1:18830\n"
        "plain_websocket_listen =\nmax_queued = 10\n"
        "[cloud]\nenabled = no\nurl = https://center.example:8443\nbox_id = BX-01\n"
        "mqtt = mqtts://center.example:8884\n"
        "ca = /p/ca.pem\ncert = /p/box.pem\nkey = /p/box.key\n"
        "[stock]\noverride_pin = " KEPT_PIN "\nreturn_at_close = yes\n"
        "[channel.EMENU]\nticket_at = pay\nexpiry_s = 60\n"
        "[limits]\nglobal = 7/8\nverb.order.list = 1/2\ndevice = 0\n";
    if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0)
        skip();
    assert_int_equal(read_text(text, &c, why), PH_OK);
    assert_string_equal(c.poi_id, "417");
    assert_string_equal(c.timezone, "Europe/Berlin");
    assert_int_equal(c.day_start_min, 330);
    assert_false(c.auto_day_close);
    assert_string_equal(c.data_dir, "/a/db");
    assert_int_equal(c.map_mib, 64);
    assert_int_equal(c.check_every_s, 5);
    assert_string_equal(c.broker_user, "");
    assert_string_equal(c.plain.host, "127.0.0.1");
    assert_int_equal(c.plain.port, 18830);
    assert_string_equal(c.plain_websocket.host, "");
    assert_false(c.cloud_enabled);
    assert_string_equal(c.cloud_url, "https://center.example:8443");
    assert_string_equal(c.cloud_mqtt, "mqtts://center.example:8884");
    assert_string_equal(c.cloud_box_id, "BX-01");
    assert_string_equal(c.cloud_ca, "/p/ca.pem");
    assert_string_equal(c.cloud_cert, "/p/box.pem");
    assert_string_equal(c.cloud_key, "/p/box.key");
    assert_true(c.override.allowed && c.return_at_close);
    int64_t retry_ms;
    struct override_known known = {0};
    assert_int_equal(override_check(&c.override, &known, NULL, STR("4711"), 1, &retry_ms), CODE_OK);
    assert_false(c.channels[CHANNEL_EMENU].ticket_at_place);
    assert_int_equal(c.channels[CHANNEL_EMENU].expiry_ms, 60000);
    assert_int_equal(c.channels[CHANNEL_KIOSK].expiry_ms, 300000);
    assert_int_equal(c.limits.global.per_s, 7);
    assert_int_equal(c.limits.global.burst, 8);
    assert_int_equal(c.limits.device.per_s, 0);
    assert_int_equal(c.limits.verbs[VERB_ORDER_LIST].burst, 2);
}

static void config_names_the_line_of_an_unknown_key(void **state)
{
    (void)state;
    refuses(STORE "nmae = Riverside\n", ":4: unknown key nmae in [store]");
    refuses(STORE "[limits]\nverb.order.fly = 1/2\n", ":5: unknown key verb.order.fly in [limits]");
    refuses(STORE "[channel.KIOSK]\nticket = pay\n", ":5: unknown key ticket in [channel.KIOSK]");
}

static void config_names_the_line_of_an_unknown_section(void **state)
{
    (void)state;
    refuses("[shop]\nbrand_id = 1\n", ":1: unknown section [shop]");
    refuses(STORE "[channel.DRONE]\nexpiry_s = 1\n", ":4: unknown section [channel.DRONE]");
    refuses(STORE "[stor]\n", ":4: unknown section [stor]");
    refuses(STORE "[channel.DRONE]\n", ":4: unknown section [channel.DRONE]");
}

static void config_says_what_is_wrong_with_a_section(void **state)
{
    (void)state;
    struct config c;
    char why[CONFIG_WHY];
    refuses(STORE "[lan\ntls_listen = 0.0.0.0:8883\n",
            ":4: the section's name [lan has no ] behind it");
    refuses("name = Riverside\n" STORE, ":1: name stands in no [section]");
    assert_int_equal(config_read("/", &c, why), PH_ERR_CONFIG);
    assert_string_equal(why, "/: cannot be read: Is a directory");
}

static void config_names_the_line_of_a_wrong_value(void **state)
{
    (void)state;
    refuses(STORE "[stock]\noverride_pin = 4711\n",
            ":5: override_pin = (not shown): expected pbkdf2$..; "
            "'poshubctl override-pin' makes it");
    refuses(STORE "[stock]\noverride_pin_sha256 = 4711\n",
            ":5: override_pin_sha256 = (not shown): expected override_pin instead; "
            "'poshubctl override-pin' makes it");
    refuses(STORE "[stock]\nreturn_at_close = maybe\n",
            ":5: return_at_close = maybe: expected yes or no");
    refuses(STORE "day_start = 25:00\n", ":4: day_start = 25:00: expected a time like 04:00");
    refuses(STORE "auto_day_close = maybe\n", ":4: auto_day_close = maybe: expected yes or no");
    refuses(STORE "[storage]\nmap_mib = 1x\n", ":5: map_mib = 1x: expected 16..1048576");
    refuses(STORE "[limits]\nglobal = 10\n", ":5: global = 10: expected 0 or PER_SECOND/BURST");
    refuses(STORE "[channel.KIOSK]\nticket_at = noon\n",
            ":5: ticket_at = noon: expected pay or place");
    refuses(STORE "[paths]\ndata_dir = here\n",
            ":5: data_dir = here: expected an absolute path, <90 bytes");
    refuses(STORE "timezone = Mars/Olympus\n",
            ":4: timezone = Mars/Olympus: expected a zone like Europe/Berlin");
}

/* The broker that gets any of these does not start, or opens no port. */
static void config_takes_only_numbers_for_a_listener(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "18830",          "999.1.1.1:28883", "localhost:28883", "[::1]:28883", "::1:28883",
        "1.2.3:8883",     "1.2.3.4.5:8883",  "01.2.3.4:8883",   "224.0.0.1:1", "255.255.255.255:1",
        "127.0.0.1:0",    "127.0.0.1:65536", "127.0.0.1:",      ":8883",       "127.0.0.1",
        "127.0.0.1 :8883"};
    static const char *const GOOD[] = {"0.0.0.0:1", "127.0.0.1:65535", "223.255.255.255:8883"};
    static const char *const KEYS[] = {"lan]\ntls_listen", "lan]\nwebsocket_tls_listen",
                                       "broker]\nplain_listen", "broker]\nplain_websocket_listen"};
    char text[128], want[160], why[CONFIG_WHY];
    struct config c;
    for (size_t k = 0; k < sizeof KEYS / sizeof *KEYS; k++) {
        const char *key = strchr(KEYS[k], '\n') + 1;
        for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
            snprintf(text, sizeof text, STORE "[%s = %s\n", KEYS[k], BAD[i]);
            snprintf(want, sizeof want,
                     ":5: %s = %s: expected ADDRESS:PORT, an IPv4 address in numbers, as "
                     "0.0.0.0:8883",
                     key, BAD[i]);
            refuses(text, want);
        }
        for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
            snprintf(text, sizeof text, STORE "[%s = %s\n", KEYS[k], GOOD[i]);
            assert_int_equal(read_text(text, &c, why), PH_OK);
        }
    }
}

static void config_takes_an_empty_place_for_its_default(void **state)
{
    (void)state;
    struct config c;
    char why[CONFIG_WHY], secret[CONFIG_PATH];
    assert_int_equal(read_text(STORE "[paths]\nsecret_dir =\n[backup]\ndir =\n", &c, why), PH_OK);
    assert_string_equal(c.backup_dir, "");
    config_secret_dir(&c, secret);
    assert_string_equal(secret, "/var/lib/poshub/secret");
    refuses(STORE "[paths]\ndata_dir =\n", ":5: data_dir = : expected an absolute path, <90 bytes");
}

static void config_names_the_file_that_shows_a_pin_to_everybody(void **state)
{
    (void)state;
    struct config c;
    char why[CONFIG_WHY], dir[] = "/tmp/poshub-etc-XXXXXX", parts[64], path[64], part[96];
    assert_non_null(mkdtemp(dir));
    snprintf(parts, sizeof parts, "%s/" CONFIG_PARTS, dir);
    snprintf(path, sizeof path, "%s/poshub.conf", dir);
    snprintf(part, sizeof part, "%s/20-pin.conf", parts);
    assert_int_equal(mkdir(parts, 0700), 0);
    put_file(dir, "poshub.conf", STORE "[stock]\noverride_pin = " KEPT_PIN "\n");
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(config_read(path, &c, why), PH_OK);
    assert_string_equal(c.pin_shown_by, "");
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(config_read(path, &c, why), PH_OK);
    assert_string_equal(c.pin_shown_by, path);
    /* The one that holds now lies where it should. */
    put_file(parts, "20-pin.conf", "[stock]\noverride_pin = " KEPT_PIN "\n");
    assert_int_equal(chmod(part, 0640), 0);
    assert_int_equal(config_read(path, &c, why), PH_OK);
    assert_string_equal(c.pin_shown_by, "");
    assert_int_equal(chmod(part, 0604), 0);
    assert_int_equal(config_read(path, &c, why), PH_OK);
    assert_string_equal(c.pin_shown_by, part);
    put_file(parts, "20-pin.conf", "[stock]\noverride_pin =\n");
    assert_int_equal(config_read(path, &c, why), PH_OK);
    assert_string_equal(c.pin_shown_by, "");
    unlink(part);
    rmdir(parts);
    unlink(path);
    rmdir(dir);
}

static void config_reports_the_first_of_two_problems(void **state)
{
    (void)state;
    refuses(STORE "day_start = x\nbogus = 1\n", ":4: day_start = x: expected a time like 04:00");
}

static void config_reads_the_parts_after_the_file_by_name(void **state)
{
    (void)state;
    struct config c;
    char why[CONFIG_WHY], dir[] = "/tmp/poshub-etc-XXXXXX", parts[64], path[64], want[128];
    assert_non_null(mkdtemp(dir));
    snprintf(parts, sizeof(parts), "%s/" CONFIG_PARTS, dir);
    snprintf(path, sizeof(path), "%s/poshub.conf", dir);
    assert_int_equal(mkdir(parts, 0700), 0);
    put_file(dir, "poshub.conf", "[store]\nbrand_id = 1\nname = file\n[storage]\nmap_mib = 32\n");
    put_file(parts, "10-a.conf", "[store]\npoi_id = 417\nname = first\n");
    put_file(parts, "20-b.conf", "[store]\nname = last\n");
    put_file(parts, "30-c.conf.dpkg-old", "[nonsense]\n");
    assert_int_equal(config_read(path, &c, why), PH_OK);
    assert_string_equal(c.poi_id, "417");
    assert_string_equal(c.name, "last");
    assert_int_equal(c.map_mib, 32);
    put_file(parts, "15-fleet.conf", "[storage]\n\nmap_mib = few\n");
    assert_int_equal(config_read(path, &c, why), PH_ERR_CONFIG);
    snprintf(want, sizeof(want), "%s/15-fleet.conf:3: map_mib = few: expected 16..1048576", parts);
    assert_string_equal(why, want);
    static const char *const MADE[] = {"10-a.conf", "15-fleet.conf", "20-b.conf",
                                       "30-c.conf.dpkg-old"};
    for (size_t i = 0; i < sizeof(MADE) / sizeof(MADE[0]); i++) {
        snprintf(want, sizeof(want), "%s/%s", parts, MADE[i]);
        unlink(want);
    }
    rmdir(parts);
    unlink(path);
    rmdir(dir);
}

static void config_reads_a_part_that_is_not_there_yet_in_its_place(void **state)
{
    (void)state;
    struct config c;
    char why[CONFIG_WHY], dir[] = "/tmp/poshub-etc-XXXXXX", parts[64], path[64], want[160];
    assert_non_null(mkdtemp(dir));
    snprintf(parts, sizeof(parts), "%s/" CONFIG_PARTS, dir);
    snprintf(path, sizeof(path), "%s/poshub.conf", dir);
    assert_int_equal(config_read_with(path, "10-b.conf", STORE "name = draft\n", &c, why), PH_OK);
    assert_string_equal(c.name, "draft");
    assert_int_equal(mkdir(parts, 0700), 0);
    put_file(parts, "05-a.conf", "[store]\nname = before\nday_start = 05:00\n");
    put_file(parts, "50-c.conf", "[store]\npoi_id = 2\n");
    assert_int_equal(config_read_with(path, "10-b.conf", STORE "name = draft\n", &c, why), PH_OK);
    assert_string_equal(c.name, "draft");
    assert_string_equal(c.poi_id, "2");
    assert_int_equal(c.day_start_min, 300);
    assert_int_equal(config_read_with(path, "10-b.conf", STORE "nmae = x\n", &c, why),
                     PH_ERR_CONFIG);
    snprintf(want, sizeof(want), "%s/10-b.conf:4: unknown key nmae in [store]", parts);
    assert_string_equal(why, want);
    snprintf(want, sizeof(want), "%s/05-a.conf", parts);
    unlink(want);
    snprintf(want, sizeof(want), "%s/50-c.conf", parts);
    unlink(want);
    rmdir(parts);
    rmdir(dir);
}

static void config_says_what_a_key_takes(void **state)
{
    (void)state;
    assert_null(config_expects("store", "poi_id", "417"));
    assert_string_equal(config_expects("store", "poi_id", "4 17"),
                        "an id of up to 32 letters and digits");
    assert_null(config_expects("cloud", "mqtt", ""));
}

static void config_needs_to_know_which_store_it_is(void **state)
{
    (void)state;
    refuses("[store]\nbrand_id = 1\n", ": poi_id is missing in [store]");
    refuses(STORE "[storage]\nalarm_percent = 90\n",
            ": alarm_percent must be below refuse_percent in [storage]");
}

static void config_wants_every_listener_on_a_port_of_its_own(void **state)
{
    (void)state;
    static const char *const SAME[] = {"127.0.0.1:8883", "0.0.0.0:8883"};
    char text[256], why[CONFIG_WHY];
    struct config c;
    for (size_t i = 0; i < sizeof SAME / sizeof SAME[0]; i++) {
        snprintf(text, sizeof text,
                 STORE "[lan]\ntls_listen = 127.0.0.1:8883\nwebsocket_tls_listen = %s\n", SAME[i]);
        refuses(text, ": two listeners have the same address and port");
    }
    assert_int_equal(read_text(STORE "[lan]\ntls_listen = 127.0.0.1:8883\n"
                                     "[broker]\nplain_listen = 10.0.0.1:8883\n",
                               &c, why),
                     PH_OK);
}

static void refuses_address(const char *key, const char *value, const char *want)
{
    char text[128], complaint[128];
    snprintf(text, sizeof text, STORE "[cloud]\n%s = %s\n", key, value);
    snprintf(complaint, sizeof complaint, ":5: %s = %s: expected %s", key, value, want);
    refuses(text, complaint);
}

static void config_wants_a_cloud_line_whole_or_not_at_all(void **state)
{
    (void)state;
    static const char *const BAD_URL[] = {"http://c",      "https://",        "https://:80",
                                          "https://c/api", "https://c:0",     "https://c:65536",
                                          "https://c:-1",  "https://c:",      "https://c:80:80",
                                          "https://[::1",  "https://[::1]80", "https://u@c"};
    static const char *const BAD_MQTT[] = {"center.example",   "mqtts://",        "mqtts://c:0",
                                           "mqtts://c:8883/x", "mqtts://c:65536", "https://c"};
    for (size_t i = 0; i < sizeof BAD_URL / sizeof *BAD_URL; i++)
        refuses_address("url", BAD_URL[i], "https://HOST or https://HOST:PORT");
    for (size_t i = 0; i < sizeof BAD_MQTT / sizeof *BAD_MQTT; i++)
        refuses_address("mqtt", BAD_MQTT[i], "mqtts://HOST or mqtts://HOST:PORT");
    /* good ones: something else is missing */
    refuses(STORE "[cloud]\nurl = https://[::1]:443\n", ": box_id is missing in [cloud]");
    refuses(STORE "[cloud]\nurl = https://c:65535\n", ": box_id is missing in [cloud]");
    refuses(STORE "[cloud]\nurl = https://c\n", ": box_id is missing in [cloud]");
    refuses(STORE "[cloud]\nurl = https://c\nbox_id = B\n", ": ca is missing in [cloud]");
    refuses(STORE "[cloud]\nurl = https://c\nbox_id = B\nca = /ca\ncert = /c\n",
            ": cert and key belong together in [cloud]");
}

static void config_says_that_a_file_is_missing(void **state)
{
    (void)state;
    struct config c;
    char why[CONFIG_WHY];
    assert_int_equal(config_read("/nonexistent/poshub.conf", &c, why), PH_ERR_CONFIG);
    assert_non_null(strstr(why, "/nonexistent/poshub.conf: cannot be read"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_reads_every_key_of_the_contract),
        cmocka_unit_test(config_names_the_line_of_an_unknown_key),
        cmocka_unit_test(config_names_the_line_of_an_unknown_section),
        cmocka_unit_test(config_says_what_is_wrong_with_a_section),
        cmocka_unit_test(config_names_the_line_of_a_wrong_value),
        cmocka_unit_test(config_takes_only_numbers_for_a_listener),
        cmocka_unit_test(config_takes_an_empty_place_for_its_default),
        cmocka_unit_test(config_names_the_file_that_shows_a_pin_to_everybody),
        cmocka_unit_test(config_reports_the_first_of_two_problems),
        cmocka_unit_test(config_reads_the_parts_after_the_file_by_name),
        cmocka_unit_test(config_reads_a_part_that_is_not_there_yet_in_its_place),
        cmocka_unit_test(config_says_what_a_key_takes),
        cmocka_unit_test(config_needs_to_know_which_store_it_is),
        cmocka_unit_test(config_wants_every_listener_on_a_port_of_its_own),
        cmocka_unit_test(config_wants_a_cloud_line_whole_or_not_at_all),
        cmocka_unit_test(config_says_that_a_file_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
