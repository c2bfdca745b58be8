/* Refusals a device may ask for again: its last 64, for ten minutes, in memory only (lan-protocol
 * 3). Effects are remembered durably, by the books.
 */
#ifndef EDGE_RECALL_H
#define EDGE_RECALL_H

#include "edge/books/books.h"

struct recall_entry;
/* Zeroed is empty. */
struct recall {
    struct recall_entry *ring[LIMIT_REFUSALS];
    uint32_t marks[LIMIT_REFUSALS]; /* hashes of their req_ids: nearly all others differ here */
    uint32_t n, next;               /* next: the place of the next one, which is the oldest's */
};
enum recall_match { RECALL_NEW, RECALL_SAME, RECALL_OTHER_CONTENT };

/* RECALL_SAME: *out is the remembered verdict; its lines belong to the recall, until the next
 * recall_keep. Uptime in ms. */
enum recall_match recall_find(const struct recall *r, struct str req_id, const uint8_t content[32],
                              int64_t now_ms, struct outcome *out);
/* Copies a final refusal. Out of memory: it is not remembered, which only costs a second look. */
void recall_keep(struct recall *r, struct str req_id, const uint8_t content[32],
                 const struct outcome *refusal, int64_t now_ms);
void recall_clear(struct recall *r);

#endif
