/* The store's own authority: what it makes, when it makes it anew, and what it does not take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "storage/file.h"
#include "edge/store_ca.h"

#define NOW (1795300000000LL) /* November 2026 */
#define DAY 86400000LL

static char dir[64], other_dir[64];
static struct store_ca ca, other;
static struct box_names names;
static char why[STORE_CA_WHY];
static bool made;

static void fresh_dir(char out[64])
{
    snprintf(out, 64, "/tmp/poshub-ca-XXXXXX");
    assert_non_null(mkdtemp(out));
}

static void clear_dir(const char *d)
{
    static const char *const FILES[] = {"ca.key", "ca.pem", "server.key", "server.pem"};
    char path[128];
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/%s", d, FILES[i]);
        unlink(path);
    }
    rmdir(d);
}

static struct store_ca of(const char *d, const char *poi)
{
    return (struct store_ca){.dir = d, .brand_id = STR("1"), .poi_id = str_of(poi)};
}

static int setup(void **state)
{
    (void)state;
    fresh_dir(dir);
    fresh_dir(other_dir);
    ca = of(dir, "417");
    other = of(other_dir, "417");
    names = (struct box_names){0};
    box_names_add(&names, "10.0.8.2");
    box_names_add(&names, "fd00::2");
    box_names_add(&names, "hub.local");
    assert_int_equal(store_ca_open(&ca, NOW, why), PH_OK);
    assert_int_equal(store_ca_server(&ca, &names, NOW, &made, why), PH_OK);
    assert_true(made);
    assert_int_equal(store_ca_open(&other, NOW, why), PH_OK);
    assert_int_equal(store_ca_server(&other, &names, NOW, &made, why), PH_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    clear_dir(dir);
    clear_dir(other_dir);
    return 0;
}

static bool server_at(int64_t now_ms)
{
    assert_int_equal(store_ca_server(&ca, &names, now_ms, &made, why), PH_OK);
    return made;
}

static void copy(const char *from_name, const char *name)
{
    static char text[3 * STORE_CA_PEM];
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", other_dir, from_name);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof(text), f);
    fclose(f);
    assert_int_equal(file_replace(dir, name, (struct str){text, n}, geteuid()), PH_OK);
}

static void drop(const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(unlink(path), 0);
}

static void refused(enum ph_err err, const char *sentence)
{
    assert_int_equal(err, PH_ERR_CONFIG);
    if (strstr(why, sentence) == NULL)
        fail_msg("%s, not %s", why, sentence);
}

static void the_authority_stays_the_same(void **state)
{
    (void)state;
    struct store_ca again = of(dir, "417");
    assert_int_equal(store_ca_open(&again, NOW + 400 * DAY, why), PH_OK);
    assert_memory_equal(again.fingerprint, ca.fingerprint, SHA256_BYTES);
    assert_memory_not_equal(other.fingerprint, ca.fingerprint, SHA256_BYTES);
}

static void a_certificate_is_renewed_thirty_days_before_its_end(void **state)
{
    (void)state;
    int64_t until_ms = ca.until_ms;
    assert_int_equal(until_ms, NOW / 1000 * 1000 - STORE_CA_BACK + STORE_CA_SERVER);
    assert_false(server_at(until_ms - STORE_CA_RENEW - 1));
    assert_true(server_at(until_ms - STORE_CA_RENEW));
    assert_int_equal(ca.until_ms, until_ms - STORE_CA_RENEW - STORE_CA_BACK + STORE_CA_SERVER);
}

static void a_certificate_of_tomorrow_is_made_anew(void **state)
{
    (void)state;
    int64_t from_ms = ca.until_ms - STORE_CA_SERVER;
    assert_false(server_at(from_ms));
    assert_true(server_at(from_ms - 1));
}

/* What a clock far ahead has left behind: no device can be told of another authority. */
static void papers_of_2038_are_taken_or_made_anew(void **state)
{
    (void)state;
    const int64_t far_ms = 2148595200000LL;
    drop("ca.pem");
    drop("ca.key");
    drop("server.pem");
    assert_int_equal(store_ca_open(&ca, far_ms, why), PH_OK);
    assert_true(server_at(far_ms));
    assert_int_equal(store_ca_open(&ca, NOW, why), PH_OK);
    assert_true(server_at(NOW));
    assert_int_equal(ca.until_ms, NOW / 1000 * 1000 - STORE_CA_BACK + STORE_CA_SERVER);
    assert_false(server_at(NOW));
}

static void a_clock_without_a_battery_changes_nothing(void **state)
{
    (void)state;
    int64_t until_ms = ca.until_ms;
    assert_false(server_at(DAY));
    assert_int_equal(ca.until_ms, until_ms);
}

static void a_new_address_is_taken_in(void **state)
{
    (void)state;
    assert_false(server_at(NOW));
    box_names_add(&names, "10.0.8.3");
    assert_true(server_at(NOW));
    assert_false(server_at(NOW));
}

static void an_address_that_left_is_no_reason(void **state)
{
    (void)state;
    names.n--;
    assert_false(server_at(NOW));
}

static void names_have_their_limits(void **state)
{
    (void)state;
    char name[BOX_NAME + 1];
    struct box_names many = {0};
    memset(name, 'a', BOX_NAME);
    name[BOX_NAME] = 0;
    assert_false(box_names_add(&many, name));
    name[BOX_NAME - 1] = 0;
    assert_true(box_names_add(&many, name));
    assert_false(box_names_add(&many, name));
    assert_false(box_names_add(&many, ""));
    while (many.n < BOX_NAMES) {
        name[0]++;
        assert_true(box_names_add(&many, name));
    }
    assert_false(box_names_add(&many, "one-more"));
    names = many;
    assert_true(server_at(NOW)); /* all of them fit into the certificate */
    assert_false(server_at(NOW));
}

static void another_stores_authority_is_refused(void **state)
{
    (void)state;
    struct store_ca wrong = of(dir, "418");
    refused(store_ca_open(&wrong, NOW, why), "ca.pem is the authority of another store");
}

static void a_key_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    copy("server.key", "server.key");
    refused(store_ca_server(&ca, &names, NOW, &made, why), "server.key does not fit server.pem");
    copy("ca.key", "ca.key");
    refused(store_ca_open(&ca, NOW, why), "ca.key does not fit ca.pem");
}

static void a_certificate_of_another_authority_is_refused(void **state)
{
    (void)state;
    copy("server.pem", "server.pem");
    copy("server.key", "server.key");
    refused(store_ca_server(&ca, &names, NOW, &made, why), "server.pem was not signed by ca.pem");
}

static void what_cannot_be_read_is_said_in_plain_words(void **state)
{
    (void)state;
    char path[128], wanted[192];
    snprintf(path, sizeof(path), "%s/ca.key", dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(store_ca_open(&ca, NOW, why), PH_ERR_CONFIG);
    snprintf(wanted, sizeof(wanted), "%s is missing", path);
    assert_string_equal(why, wanted);
    assert_int_equal(file_replace(dir, "ca.key", STR("no key\n"), geteuid()), PH_OK);
    assert_int_equal(store_ca_open(&ca, NOW, why), PH_ERR_CONFIG);
    snprintf(wanted, sizeof(wanted), "%s is no key", path);
    assert_string_equal(why, wanted);
    assert_int_equal(file_replace(dir, "ca.pem", STR("no paper\n"), geteuid()), PH_OK);
    assert_int_equal(store_ca_open(&ca, NOW, why), PH_ERR_CONFIG);
    snprintf(wanted, sizeof(wanted), "%s/ca.pem is no certificate", dir);
    assert_string_equal(why, wanted);
}

static void what_is_missing_is_not_made_silently(void **state)
{
    (void)state;
    drop("server.key");
    refused(store_ca_server(&ca, &names, NOW, &made, why), "server.key is missing");
    drop("ca.pem");
    refused(store_ca_open(&ca, NOW, why), "ca.pem is missing");
}

static void a_making_that_was_interrupted_goes_on(void **state)
{
    (void)state;
    drop("server.pem");
    assert_true(server_at(NOW));
    drop("server.pem");
    drop("ca.pem");
    assert_int_equal(store_ca_open(&ca, NOW, why), PH_OK);
    assert_true(server_at(NOW));
}

static void an_authority_ends(void **state)
{
    (void)state;
    int64_t end_ms = NOW / 1000 * 1000 + STORE_CA_YEARS * 365 * DAY;
    assert_int_equal(store_ca_open(&ca, end_ms - 1, why), PH_OK);
    refused(store_ca_open(&ca, end_ms, why), "ca.pem has expired");
}

static void what_is_no_certificate_is_refused(void **state)
{
    (void)state;
    assert_int_equal(file_replace(dir, "server.pem", STR("half"), geteuid()), PH_OK);
    refused(store_ca_server(&ca, &names, NOW, &made, why), "server.pem is no certificate");
    assert_int_equal(file_replace(dir, "ca.pem", STR("half"), geteuid()), PH_OK);
    refused(store_ca_open(&ca, NOW, why), "ca.pem is no certificate");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_authority_stays_the_same),
        CASE(a_certificate_is_renewed_thirty_days_before_its_end),
        CASE(a_certificate_of_tomorrow_is_made_anew),
        CASE(papers_of_2038_are_taken_or_made_anew),
        CASE(a_clock_without_a_battery_changes_nothing),
        CASE(a_new_address_is_taken_in),
        CASE(an_address_that_left_is_no_reason),
        CASE(names_have_their_limits),
        CASE(another_stores_authority_is_refused),
        CASE(a_key_that_does_not_fit_is_refused),
        CASE(a_certificate_of_another_authority_is_refused),
        CASE(what_cannot_be_read_is_said_in_plain_words),
        CASE(what_is_missing_is_not_made_silently),
        CASE(a_making_that_was_interrupted_goes_on),
        CASE(an_authority_ends),
        CASE(what_is_no_certificate_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
