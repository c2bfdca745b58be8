/* What the shell asks by hand, between everything else. */
#include <string.h>

#include "sync/talk.h"

static int64_t ask_due_ms(const struct session *s, int64_t now_ms)
{
    return atomic_load(&s->asked) != NULL ? now_ms : TALK_NEVER;
}

static void give_back(struct session *s, struct ask *ask)
{
    s->report.asked = ask;
    talk_consult(s);
    s->report.asked = NULL;
}

void talk_ask_back(struct session *s)
{
    struct ask *ask = atomic_exchange(&s->asked, NULL);
    if (!ask)
        return;
    ask->line = HTTPS_NO_CONNECTION;
    give_back(s, ask);
}

static void post_ask(struct session *s)
{
    struct ask *ask = atomic_exchange(&s->asked, NULL);
    struct https_answer http;
    ask->line = https_post(s->https, ask->path, (struct str){ask->body, ask->n}, &http);
    if (ask->line == HTTPS_ANSWERED) {
        ask->status = http.status;
        ask->answer_n = http.body.n < ASK_ANSWER ? http.body.n : ASK_ANSWER;
        memcpy(ask->answer, http.body.p, ask->answer_n);
    }
    s->report.facts.requests++;
    give_back(s, ask);
}

const struct talk TALK_ASK = {"ask", ask_due_ms, post_ask};
