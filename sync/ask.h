/* A question of the shell's to the center: posted as it is, the answer comes back as it came. For
 * what people ask by hand (resolving a case of oversell), one at a time.
 */
#ifndef SYNC_ASK_H
#define SYNC_ASK_H

#include "sync/https.h"

#define ASK_PATH   256
#define ASK_BODY   2048
#define ASK_ANSWER 16384

struct ask {
    char path[ASK_PATH]; /* with its NUL */
    char body[ASK_BODY];
    size_t n;
    /* The answer. */
    enum https_result line; /* what follows counts only with HTTPS_ANSWERED */
    long status;
    char answer[ASK_ANSWER]; /* cut at its end: an answer to a person is short */
    size_t answer_n;
};

#endif
