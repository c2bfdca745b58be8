#include "proto/sha256_hw.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define BLOCK 64

/* FIPS 180-4, 4.2.2 and 5.3.3 */
static const uint32_t K[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const uint32_t START[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* Asked once: the question traps under a hypervisor and costs more than a hash. */
static bool present;

static __attribute__((constructor)) void ask_processor(void)
{
    unsigned a, b, c, d;
    __builtin_cpu_init();
    present = __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
              (b & 1U << 29);
}

bool sha256_hw_present(void)
{
    return present;
}

#define TARGET __attribute__((target("sha,sse4.1,ssse3")))

static TARGET __m128i load_be(const uint8_t *p)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), swap);
}

/* The state travels as (A,B,E,F) and (C,D,G,H), as the instructions want it. */
static TARGET void block(__m128i *abef, __m128i *cdgh, const uint8_t *p)
{
    __m128i w[4] = {load_be(p), load_be(p + 16), load_be(p + 32), load_be(p + 48)};
    __m128i s0 = *abef, s1 = *cdgh;
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
        __m128i wk =
            _mm_add_epi32(w[i & 3], _mm_load_si128((const __m128i *)(const void *)&K[4 * i]));
        s1 = _mm_sha256rnds2_epu32(s1, s0, wk);
        s0 = _mm_sha256rnds2_epu32(s0, s1, _mm_shuffle_epi32(wk, 0x0e));
        if (i >= 12)
            continue;
        __m128i next = _mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(w[(i + 3) & 3], w[(i + 2) & 3], 4));
        w[i & 3] = _mm_sha256msg2_epu32(next, w[(i + 3) & 3]);
    }
    *abef = _mm_add_epi32(*abef, s0);
    *cdgh = _mm_add_epi32(*cdgh, s1);
}

static TARGET void state_load(__m128i *abef, __m128i *cdgh)
{
    __m128i abcd = _mm_loadu_si128((const __m128i *)(const void *)START);
    __m128i efgh = _mm_loadu_si128((const __m128i *)(const void *)(START + 4));
    __m128i cdab = _mm_shuffle_epi32(abcd, 0xb1);
    efgh = _mm_shuffle_epi32(efgh, 0x1b);
    *abef = _mm_alignr_epi8(cdab, efgh, 8);
    *cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
}

static TARGET void state_store(__m128i abef, __m128i cdgh, uint8_t out[32])
{
    uint32_t h[8];
    __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)(void *)h, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
    for (int i = 0; i < 8; i++) {
        uint32_t v = __builtin_bswap32(h[i]);
        memcpy(out + 4 * i, &v, sizeof v);
    }
}

TARGET void sha256_hw(const void *p, size_t n, uint8_t out[32])
{
    uint8_t last[2 * BLOCK] = {0};
    const uint8_t *at = p;
    __m128i abef, cdgh;
    state_load(&abef, &cdgh);
    size_t rest = n;
    for (; rest >= BLOCK; rest -= BLOCK, at += BLOCK)
        block(&abef, &cdgh, at);
    if (rest)
        memcpy(last, at, rest);
    last[rest] = 0x80;
    size_t end = rest + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    uint64_t bits = __builtin_bswap64((uint64_t)n * 8);
    memcpy(last + end - sizeof bits, &bits, sizeof bits);
    for (size_t i = 0; i < end; i += BLOCK)
        block(&abef, &cdgh, last + i);
    state_store(abef, cdgh, out);
}

#else

bool sha256_hw_present(void)
{
    return false;
}

void sha256_hw(const void *p, size_t n, uint8_t out[32])
{
    (void)p;
    (void)n;
    memset(out, 0, 32);
}

#endif
