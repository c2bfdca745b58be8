#include "storage/shape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* LMDB's two first pages hold one meta record each, behind a page header of which the first field
 * has the box's word size. Where its parts stand, by word size: */
#define META_MAGIC 0xBEEFC0DEu
#define META_BYTES 160 /* more than a page header and a meta record take */
#define PAGE_LEAST 512u
#define PAGE_MOST  32768u /* LMDB makes none larger, whatever the box has */

static const struct layout {
    uint32_t word_bits;
    size_t magic, page_bytes, last_page, txn;
} LAYOUTS[] = {{64, 16, 40, 136, 144}, {32, 12, 28, 84, 88}};

static uint32_t u32_at(const uint8_t *p, bool swap)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return swap ? __builtin_bswap32(v) : v;
}

static uint64_t word_at(const uint8_t *p, uint32_t bits, bool swap)
{
    uint64_t v;
    if (bits == 32)
        return u32_at(p, swap);
    memcpy(&v, p, sizeof(v));
    return swap ? __builtin_bswap64(v) : v;
}

static const struct layout *layout_of(const uint8_t *meta, bool *swap)
{
    for (size_t i = 0; i < sizeof(LAYOUTS) / sizeof(LAYOUTS[0]); i++)
        for (int s = 0; s < 2; s++)
            if (u32_at(meta + LAYOUTS[i].magic, s == 1) == META_MAGIC) {
                *swap = s == 1;
                return &LAYOUTS[i];
            }
    return NULL;
}

static bool page_size_is_one(uint32_t n)
{
    return n >= PAGE_LEAST && n <= PAGE_MOST && (n & (n - 1)) == 0;
}

/* The newer meta record is in force. Both of a store have a page size. */
static bool shape_read(int fd, struct shape *out)
{
    uint8_t first[META_BYTES], second[META_BYTES];
    bool swap = false;
    if (pread(fd, first, META_BYTES, 0) != META_BYTES)
        return false;
    const struct layout *l = layout_of(first, &swap);
    if (l == NULL)
        return false;
    out->page_bytes = u32_at(first + l->page_bytes, swap);
    if (!page_size_is_one(out->page_bytes))
        return false;
    out->word_bits = l->word_bits;
    out->other_endian = swap;
    const uint8_t *meta = first;
    if (pread(fd, second, META_BYTES, out->page_bytes) == META_BYTES &&
        u32_at(second + l->magic, swap) == META_MAGIC &&
        word_at(second + l->txn, l->word_bits, swap) > word_at(first + l->txn, l->word_bits, swap))
        meta = second;
    out->wanted_bytes =
        (word_at(meta + l->last_page, l->word_bits, swap) + 1) * (uint64_t)out->page_bytes;
    return true;
}

static enum ph_err shape_of(int fd, const char *path, struct shape *out, char *why, size_t why_n)
{
    struct stat st;
    const struct shape here = shape_here();
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        snprintf(why, why_n, "%.180s is not a file", path);
        return PH_ERR_FORMAT;
    }
    out->bytes = (uint64_t)st.st_size;
    if (!shape_read(fd, out)) {
        snprintf(why, why_n, "%.180s is no store of poshub", path);
        return PH_ERR_FORMAT;
    }
    if (shape_is_foreign(out)) {
        snprintf(why, why_n,
                 "%.120s was made on a %u-bit box%s, this is a %u-bit one: use store export there",
                 path, out->word_bits, out->other_endian ? " of the other byte order" : "",
                 here.word_bits);
        return PH_ERR_FORMAT;
    }
    if (out->page_bytes != here.page_bytes) {
        snprintf(why, why_n,
                 "%.120s was made on a box with pages of %u bytes, this one has %u: use store "
                 "export there",
                 path, out->page_bytes, here.page_bytes);
        return PH_ERR_FORMAT;
    }
    if (out->bytes < out->wanted_bytes) {
        snprintf(why, why_n, "%.120s is half written: %llu bytes of %llu are there", path,
                 (unsigned long long)out->bytes, (unsigned long long)out->wanted_bytes);
        return PH_ERR_FORMAT;
    }
    return PH_OK;
}

bool shape_is_foreign(const struct shape *shape)
{
    return shape->word_bits != 0 &&
           (shape->word_bits != shape_here().word_bits || shape->other_endian);
}

struct shape shape_here(void)
{
    uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
    return (struct shape){.word_bits = 8 * sizeof(size_t),
                          .page_bytes = page < PAGE_MOST ? page : PAGE_MOST};
}

enum ph_err shape_check(const char *path, struct shape *out, char *why, size_t why_n)
{
    memset(out, 0, sizeof(*out));
    why[0] = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        enum ph_err err = errno == ENOENT ? PH_ERR_NOT_FOUND : PH_ERR_IO;
        snprintf(why, why_n, "%.180s: %s", path, strerror(errno));
        return err;
    }
    enum ph_err err = shape_of(fd, path, out, why, why_n);
    close(fd);
    return err;
}
