/* Who we are and where we stand; the center says whether we may go on, and from where. */
#include "sync/talk.h"

#define HELLO_BYTES 1024

static int64_t hello_due_ms(const struct session *s, int64_t now_ms)
{
    struct uplink_step step = uplink_next(&s->uplink, now_ms);
    if (step.what == UPLINK_HELLO)
        return now_ms;
    return step.what == UPLINK_WAIT && s->uplink.state == UPLINK_AWAY ? step.until_ms : TALK_NEVER;
}

/* The store knows of a pull of everything now, if this center is another one. */
static void greet_pull(struct session *s, const struct cloud_hello_reply *r, uint64_t applied)
{
    struct talk_standing at;
    if (talk_look(s, &at) == SESSION_FINE && at.enrolled)
        pull_open(&s->pull, &at.position);
    pull_greeted(&s->pull, r->head_ver, applied, s->uplink.wait_until_ms);
}

static void say_hello(struct session *s)
{
    struct talk_standing at;
    struct exchange x;
    struct https_answer http;
    char text[HELLO_BYTES];
    if (talk_look(s, &at) != SESSION_FINE) {
        s->opened = false;
        return;
    }
    struct str hello =
        exchange_hello(s->identity, str_of(s->box_id), s->tz, &at.j.head, text, sizeof(text));
    uplink_news(&s->uplink, at.j.head.at.seq, talk_now_ms());
    uplink_hello_sent(&s->uplink);
    enum https_result line = https_post(s->https, EXCHANGE_HELLO_PATH, hello, &http);
    exchange_read_hello(&x, line, &http);
    struct uplink_verdict v = uplink_hello_answered(&s->uplink, &x.answer, talk_now_ms(), &s->dice);
    bool known = v.trouble == UPLINK_OLD_CENTER && s->legacy.good;
    talk_note_answer(s, &x, line, known ? UPLINK_FINE : v.trouble);
    if (line == HTTPS_ANSWERED)
        s->legacy.on = v.trouble == UPLINK_OLD_CENTER;
    s->legacy.good &= s->legacy.on;
    if (s->legacy.on)
        s->legacy.due_ms = s->legacy.pull_ms = talk_now_ms(); /* its rows are read as often */
    if (x.answer.hello)
        talk_note_head(s, x.hello.head_ver);
    if (x.answer.hello)
        talk_note_settings(s, x.hello.settings);
    s->greeted = s->greeted || (x.answer.hello && v.trouble == UPLINK_FINE);
    if (v.trouble == UPLINK_FINE)
        reconcile_connected(&s->reconcile, talk_now_ms());
    talk_conclude(s, &x, &v);
    if (x.answer.hello && v.trouble == UPLINK_FINE)
        greet_pull(s, &x.hello, at.j.head.center_version);
    exchange_end(&x);
}

const struct talk TALK_HELLO = {"hello", hello_due_ms, say_hello};
