/* The one talk that opens the store instead of needing it open. */
#ifndef SYNC_TALK_CLAIM_H
#define SYNC_TALK_CLAIM_H

#include "sync/talk.h"

/* Makes the claim that somebody has wished for, or waits for the time of the next try. False:
 * nobody has. */
bool talk_claim(struct session *s);
/* Wishes for one: the store is opened again, by it. */
void talk_wish(struct session *s, enum claim_reason reason, bool fence);
/* After an answer that halted the line: wishes for a claim where this box may make it by itself. */
void talk_halted(struct session *s, const struct exchange *x);

#endif
