/* Operating errors: what the machine did to us. Never what a guest or a device asked for (that is
 * a verdict, proto/code.h) and never a bug of ours (that is an assert).
 *
 * Every function that returns ph_err must have it checked. Inside a transaction the error sticks
 * (storage/store.h), so that straight-line code checks once, at the end.
 */
#ifndef PROTO_ERR_H
#define PROTO_ERR_H

#define PH_ERR_LIST(X)                                                                             \
    X(PH_OK, "ok")                                                                                 \
    X(PH_ERR_MEMORY, "out of memory")                                                              \
    X(PH_ERR_IO, "input or output error")                                                          \
    X(PH_ERR_FULL, "disk or map full")                                                             \
    X(PH_ERR_BAD_RECORD, "a stored record is damaged")                                             \
    X(PH_ERR_NOT_FOUND, "not found")                                                               \
    X(PH_ERR_LOCKED, "held by another process")                                                    \
    X(PH_ERR_FORMAT, "unknown or malformed format")                                                \
    X(PH_ERR_NEWER, "made by a newer program")                                                     \
    X(PH_ERR_LIMIT, "a named limit was reached")                                                   \
    X(PH_ERR_BUSY, "queue full")                                                                   \
    X(PH_ERR_PANIC, "the store must be reopened")                                                  \
    X(PH_ERR_CONFIG, "bad configuration")

enum ph_err {
#define X(name, text) name,
    PH_ERR_LIST(X)
#undef X
};

/* Static text; never NULL. */
const char *ph_err_text(enum ph_err err);
/* The enum's own name, "PH_ERR_IO"; never NULL. */
const char *ph_err_name(enum ph_err err);

#endif
