/* What kind of box made a store's file, from the raw bytes of its two meta pages: LMDB's file is
 * native to its machine. A file of another kind of box is thereby named as that and not as damaged,
 * and one that was cut off is never mapped.
 */
#ifndef STORAGE_SHAPE_H
#define STORAGE_SHAPE_H

#include "proto/err.h"
#include "proto/types.h"

struct shape {
    uint32_t word_bits; /* 64 or 32; 0: it is no store's file */
    bool other_endian;
    uint32_t page_bytes;
    uint64_t bytes, wanted_bytes; /* of the file; that its last page asks for */
};
/* PH_OK: a store's file that this box can map. PH_ERR_NOT_FOUND, PH_ERR_IO: it cannot be read.
 * PH_ERR_FORMAT: no store's file, cut off, or of another kind of box. `why` (why_n bytes) then says
 * which, for people. */
enum ph_err shape_check(const char *path, struct shape *out, char *why, size_t why_n);
/* Of another word size or byte order: no program of this box can read it. */
bool shape_is_foreign(const struct shape *shape);
/* What this box makes. */
struct shape shape_here(void);

#endif
