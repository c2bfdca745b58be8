#include "proto/crypto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <mbedtls/base64.h>
#include <mbedtls/md.h>
#include <mbedtls/pkcs5.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>

#include "proto/sha256_hw.h"

/* mbedTLS 3 dropped the _ret names of 2.x. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#endif

#define SHA256_BLOCK        64
#define HMAC_SHORT          64 /* messages up to here go through the one-shot hash */
#define PASSWORD_ITERATIONS 101
#define PASSWORD_SALT       12
#define PASSWORD_HASH       64

_Static_assert(sizeof(mbedtls_sha256_context) <= sizeof(struct sha256),
               "struct sha256 holds the library's context");

/* Hashing memory in software cannot fail: a failure is a bug. */
static void must(int rc)
{
    if (rc != 0)
        abort();
}

static mbedtls_sha256_context *context(struct sha256 *s)
{
    return (mbedtls_sha256_context *)(void *)s->opaque;
}

void sha256_begin(struct sha256 *s)
{
    mbedtls_sha256_init(context(s));
    must(mbedtls_sha256_starts(context(s), 0));
}

void sha256_add(struct sha256 *s, const void *p, size_t n)
{
    if (n > 0)
        must(mbedtls_sha256_update(context(s), p, n));
}

void sha256_end(struct sha256 *s, uint8_t out[SHA256_BYTES])
{
    must(mbedtls_sha256_finish(context(s), out));
    mbedtls_sha256_free(context(s));
}

static void sha256_soft(const void *p, size_t n, uint8_t out[SHA256_BYTES])
{
    struct sha256 s;
    sha256_begin(&s);
    sha256_add(&s, p, n);
    sha256_end(&s, out);
}

void sha256(const void *p, size_t n, uint8_t out[SHA256_BYTES])
{
    if (sha256_hw_present())
        sha256_hw(p, n, out);
    else
        sha256_soft(p, n, out);
}

/* One half of RFC 2104: the hash of the padded key followed by a message. */
static void hmac_half(const uint8_t key[SHA256_BLOCK], uint8_t pad, const void *p, size_t n,
                      uint8_t out[SHA256_BYTES])
{
    uint8_t text[SHA256_BLOCK + HMAC_SHORT];
    for (size_t i = 0; i < SHA256_BLOCK; i++)
        text[i] = key[i] ^ pad;
    if (n <= HMAC_SHORT) {
        memcpy(text + SHA256_BLOCK, p, n);
        sha256(text, SHA256_BLOCK + n, out);
        return;
    }
    struct sha256 s;
    sha256_begin(&s);
    sha256_add(&s, text, SHA256_BLOCK);
    sha256_add(&s, p, n);
    sha256_end(&s, out);
}

void hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[SHA256_BYTES])
{
    uint8_t block[SHA256_BLOCK] = {0};
    uint8_t inner[SHA256_BYTES];
    if (key_n > SHA256_BLOCK)
        sha256(key, key_n, block);
    else if (key_n > 0)
        memcpy(block, key, key_n);
    hmac_half(block, 0x36, p, n, inner);
    hmac_half(block, 0x5c, inner, sizeof inner, out);
}

void hex_encode(const void *p, size_t n, char *out)
{
    static const char DIGITS[] = "0123456789abcdef";
    const uint8_t *bytes = p;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = DIGITS[bytes[i] >> 4];
        out[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(struct str text, void *out, size_t n)
{
    uint8_t *bytes = out;
    if (text.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = nibble(text.p[2 * i]), low = nibble(text.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static void pbkdf2(mbedtls_md_type_t hash, struct str password, const uint8_t *salt, size_t salt_n,
                   unsigned rounds, uint8_t *out, size_t out_n)
{
    const uint8_t *text = (const uint8_t *)password.p;
#if MBEDTLS_VERSION_NUMBER >= 0x03030000
    must(mbedtls_pkcs5_pbkdf2_hmac_ext(hash, text, password.n, salt, salt_n, rounds,
                                       (uint32_t)out_n, out));
#else
    mbedtls_md_context_t md;
    mbedtls_md_init(&md);
    must(mbedtls_md_setup(&md, mbedtls_md_info_from_type(hash), 1));
    must(mbedtls_pkcs5_pbkdf2_hmac(&md, text, password.n, salt, salt_n, rounds, (uint32_t)out_n,
                                   out));
    mbedtls_md_free(&md);
#endif
}

void pbkdf2_sha256(struct str password, const void *salt, size_t salt_n, unsigned rounds,
                   uint8_t out[SHA256_BYTES])
{
    pbkdf2(MBEDTLS_MD_SHA256, password, salt, salt_n, rounds, out, SHA256_BYTES);
}

/* A line being put together; nothing is written once it does not fit. */
struct line {
    char *p;
    size_t n, cap;
    bool full;
};

static void line_add(struct line *l, struct str text)
{
    l->full = l->full || text.n > l->cap - l->n;
    if (l->full || text.n == 0)
        return;
    memcpy(l->p + l->n, text.p, text.n);
    l->n += text.n;
}

static void line_add_base64(struct line *l, const uint8_t *p, size_t n)
{
    char text[(PASSWORD_HASH + 2) / 3 * 4 + 1];
    size_t text_n;
    must(mbedtls_base64_encode((unsigned char *)text, sizeof text, &text_n, p, n));
    line_add(l, (struct str){text, text_n});
}

size_t password_line(struct str user, struct str password, const uint8_t salt[12], char *out,
                     size_t out_n)
{
    struct line l = {.p = out, .cap = out_n};
    uint8_t hash[PASSWORD_HASH];
    pbkdf2(MBEDTLS_MD_SHA512, password, salt, PASSWORD_SALT, PASSWORD_ITERATIONS, hash,
           sizeof hash);
    line_add(&l, user);
    line_add(&l, STR(":$7$101$"));
    line_add_base64(&l, salt, PASSWORD_SALT);
    line_add(&l, STR("$"));
    line_add_base64(&l, hash, sizeof hash);
    return l.full ? 0 : l.n;
}

void random_bytes(void *out, size_t n)
{
    uint8_t *at = out;
    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno != EINTR)
            abort();
        if (got > 0) {
            at += got;
            n -= (size_t)got;
        }
    }
}
