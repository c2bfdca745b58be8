#include "sync/identity.h"

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

struct folder {
    char path[64], key[80], cert[80], request[80];
    char why[IDENTITY_WHY], pem[IDENTITY_PEM];
    size_t n;
};
static const struct identity_names NAMES = {{"brand-1", 7}, {"417", 3}, {"BX-01", 5}};

/* In the folder; the words are shell. */
static void openssl(const struct folder *f, const char *words)
{
    char line[512];
    snprintf(line, sizeof line, "cd %s && openssl %s >/dev/null 2>&1", f->path, words);
    assert_int_equal(system(line), 0);
}

static void make_ca(const struct folder *f)
{
    openssl(f, "ecparam -name prime256v1 -genkey -noout -out ca.key");
    openssl(f, "req -x509 -new -key ca.key -subj /CN=ca -days 3650 -out ca.pem");
}

static void save(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static size_t read_back(const char *path, char *out, size_t n)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t got = fread(out, 1, n - 1, file);
    out[got] = 0;
    fclose(file);
    return got;
}

static int setup(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    strcpy(f->path, "/tmp/identity-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->key, sizeof f->key, "%s/box.key", f->path);
    snprintf(f->cert, sizeof f->cert, "%s/box.pem", f->path);
    snprintf(f->request, sizeof f->request, "%s/box.csr", f->path);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct folder *f = *state;
    char line[128];
    snprintf(line, sizeof line, "rm -r %s", f->path);
    assert_int_equal(system(line), 0);
    free(f);
    return 0;
}

static void request(struct folder *f)
{
    assert_int_equal(identity_make_key(f->key, f->why), PH_OK);
    assert_int_equal(identity_request(f->key, &NAMES, f->pem, &f->n, f->why), PH_OK);
    assert_int_equal(f->n, strlen(f->pem));
    save(f->request, f->pem);
}

/* Signs box.csr; the text of the certificate is in f->pem. */
static void sign(struct folder *f)
{
    char signed_pem[96];
    make_ca(f);
    openssl(f, "x509 -req -in box.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30"
               " -out signed.pem");
    snprintf(signed_pem, sizeof signed_pem, "%s/signed.pem", f->path);
    f->n = read_back(signed_pem, f->pem, sizeof f->pem);
}

static void key_is_for_its_owner_alone_and_is_made_once(void **state)
{
    struct folder *f = *state;
    struct stat st;
    char first[1024], again[1024];
    assert_int_equal(identity_make_key(f->key, f->why), PH_OK);
    assert_int_equal(stat(f->key, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    read_back(f->key, first, sizeof first);
    assert_int_equal(identity_make_key(f->key, f->why), PH_OK);
    read_back(f->key, again, sizeof again);
    assert_string_equal(first, again);
    openssl(f, "ec -in box.key -noout -text | grep -q prime256v1");
}

static void something_else_in_the_place_of_the_key_is_not_replaced(void **state)
{
    struct folder *f = *state;
    char text[32];
    save(f->key, "somebody's letter");
    assert_int_equal(identity_make_key(f->key, f->why), PH_ERR_CONFIG);
    assert_non_null(strstr(f->why, "box.key"));
    read_back(f->key, text, sizeof text);
    assert_string_equal(text, "somebody's letter");
}

static void folder_that_is_missing_is_an_error_for_people(void **state)
{
    struct folder *f = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/nowhere/box.key", f->path);
    assert_int_equal(identity_make_key(path, f->why), PH_ERR_IO);
    assert_non_null(strstr(f->why, "No such file"));
    assert_int_equal(identity_request(path, &NAMES, f->pem, &f->n, f->why), PH_ERR_CONFIG);
}

static void request_names_brand_store_and_box(void **state)
{
    struct folder *f = *state;
    request(f);
    openssl(f, "req -in box.csr -noout -verify");
    openssl(f, "req -in box.csr -noout -subject -nameopt RFC2253"
               " | grep -q 'CN=BX-01,OU=417,O=brand-1'");
}

static void certificate_is_taken_and_read_back(void **state)
{
    struct folder *f = *state;
    struct identity said;
    struct stat st;
    request(f);
    sign(f);
    struct str pem = {f->pem, f->n};
    assert_int_equal(identity_accept(f->cert, f->key, pem, &NAMES, f->why), PH_OK);
    assert_int_equal(stat(f->cert, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(identity_read(f->cert, &said, f->why), PH_OK);
    assert_string_equal(said.brand_id, "brand-1");
    assert_string_equal(said.poi_id, "417");
    assert_string_equal(said.box_id, "BX-01");
    assert_int_equal(said.until_ms - said.from_ms, 30LL * 24 * 3600 * 1000);
}

static void certificate_of_another_box_or_key_is_not_taken(void **state)
{
    struct folder *f = *state;
    struct identity_names other = NAMES;
    char key[96];
    request(f);
    sign(f);
    struct str pem = {f->pem, f->n};
    other.box_id = STR("BX-02");
    assert_int_equal(identity_accept(f->cert, f->key, pem, &other, f->why), PH_ERR_CONFIG);
    assert_non_null(strstr(f->why, "another box"));
    snprintf(key, sizeof key, "%s/other.key", f->path);
    assert_int_equal(identity_make_key(key, f->why), PH_OK);
    assert_int_equal(identity_accept(f->cert, key, pem, &NAMES, f->why), PH_ERR_CONFIG);
    assert_non_null(strstr(f->why, "another key"));
    assert_int_not_equal(access(f->cert, F_OK), 0);
}

static void nonsense_is_no_certificate(void **state)
{
    struct folder *f = *state;
    struct identity said;
    char longest[IDENTITY_PEM];
    request(f);
    assert_int_equal(identity_accept(f->cert, f->key, STR("{}"), &NAMES, f->why), PH_ERR_CONFIG);
    memset(longest, '-', sizeof longest);
    struct str too_long = {longest, sizeof longest};
    assert_int_equal(identity_accept(f->cert, f->key, too_long, &NAMES, f->why), PH_ERR_CONFIG);
    assert_non_null(strstr(f->why, "too long"));
    assert_int_equal(identity_read(f->cert, &said, f->why), PH_ERR_NOT_FOUND);
    save(f->cert, "nonsense");
    assert_int_equal(identity_read(f->cert, &said, f->why), PH_ERR_CONFIG);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(key_is_for_its_owner_alone_and_is_made_once),
        T(something_else_in_the_place_of_the_key_is_not_replaced),
        T(folder_that_is_missing_is_an_error_for_people),
        T(request_names_brand_store_and_box),
        T(certificate_is_taken_and_read_back),
        T(certificate_of_another_box_or_key_is_not_taken),
        T(nonsense_is_no_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
