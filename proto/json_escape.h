/* Escaping as RFC 8785 does, shared by the writer and the canonical form. */
#ifndef PROTO_JSON_ESCAPE_H
#define PROTO_JSON_ESCAPE_H

#include "proto/types.h"

#define JSON_ESCAPE 6 /* the longest, \u001f */

static inline bool json_is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}
/* Bytes at the front of v that stand for themselves. */
static inline size_t json_plain_run(struct str v)
{
    size_t n = 0;
    while (n < v.n && json_is_plain(v.p[n]))
        n++;
    return n;
}
/* Of a character that is not plain; returns the length. */
size_t json_escape(char c, char out[JSON_ESCAPE]);

#endif
