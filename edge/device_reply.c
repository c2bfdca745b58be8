#include "edge/device_reply.h"

#include <stdlib.h>
#include <string.h>

#include "edge/books/view.h"

#define OK         200
#define TEXT_BYTES 768

struct device_reply {
    struct proof_wait wait; /* first: the proof's handle on it */
    struct control_call *call;
    const struct devices *devices;
    const uint8_t *secret;
    struct position at;
    char line[PASSWORD_LINE]; /* of the password that was made; empty: none was */
    char req_id[LIMIT_REQ_ID + 1], device[LIMIT_DEVICE_ID + 1], password[64 + 1];
};

static void copy(char *out, size_t size, struct str v)
{
    size_t n = v.n < size ? v.n : size - 1;
    if (n > 0)
        memcpy(out, v.p, n);
    out[n] = 0;
}

/* Somebody else has changed the same device since: his password is the one that counts. */
static bool superseded(const struct device_reply *d)
{
    const struct device *now = devices_find(d->devices, str_of(d->device));
    return d->line[0] != 0 && (now == NULL || !str_eq(now->row.password_line, str_of(d->line)));
}

static void write_superseded(struct jw *w)
{
    jw_kbool(w, "proved", false);
    jw_kbool(w, "superseded", true);
    jw_kstring(w, "why",
               STR("somebody changed this device after you: your password is not in force"));
}

static void write_proof(struct jw *w, const struct proof_verdict *verdict)
{
    bool proved = verdict->why[0] == 0;
    jw_kbool(w, "proved", proved);
    if (proved)
        jw_kint(w, "reply_ms", verdict->reply_ms);
    else
        jw_kstring(w, "why", str_of(verdict->why));
    if (verdict->old_refused)
        jw_kbool(w, "old_refused", true);
}

/* The only time the password is shown. */
static void on_done(struct proof_wait *wait, const struct proof_verdict *verdict)
{
    struct device_reply *d = (struct device_reply *)wait;
    char text[TEXT_BYTES];
    struct jw w;
    jw_init(&w, text, sizeof(text));
    jw_open(&w, '{');
    if (d->req_id[0] != 0)
        jw_kstring(&w, "req_id", str_of(d->req_id));
    view_at(&w, d->at, d->secret);
    jw_kint(&w, "code", CODE_OK);
    jw_kstring(&w, "name", str_of(code_name(CODE_OK)));
    jw_kobject(&w, "result");
    jw_kstring(&w, "device", str_of(d->device));
    jw_kstring(&w, "role", str_of(role_name(wait->role)));
    bool late = superseded(d);
    if (d->password[0] != 0 && !late)
        jw_kstring(&w, "password", str_of(d->password));
    if (late)
        write_superseded(&w);
    else
        write_proof(&w, verdict);
    jw_close(&w, '}');
    jw_close(&w, '}');
    control_answer(d->call, OK, "application/json", jw_text(&w));
    memset(text, 0, sizeof(text));
    memset(d->line, 0, sizeof(d->line));
    memset(d->password, 0, sizeof(d->password));
    free(d);
}

/* A repeat is answered, and its password is not the one that was made the first time. */
static bool has_changed(const struct outcome *out)
{
    for (uint16_t i = 0; i < out->n_changes; i++) {
        if (out->changes[i].kind == CHANGE_DEVICES)
            return true;
    }
    return false;
}

bool device_reply_begin(struct proof *proof, const uint8_t *secret, const struct request *r)
{
    const struct command *c = &r->command;
    struct device_reply *d = calloc(1, sizeof(*d));
    if (d == NULL)
        return false;
    d->call = r->call;
    d->secret = secret;
    d->at = r->outcome.at;
    d->wait = (struct proof_wait){
        .role = r->role, .old_dies = c->verb != VERB_DEVICE_ADD || c->replace, .done = on_done};
    copy(d->req_id, sizeof(d->req_id), c->req_id);
    copy(d->device, sizeof(d->device), c->device_row != NULL ? c->device_row->id : c->target);
    if (has_changed(&r->outcome))
        copy(d->password, sizeof(d->password), r->password);
    if (has_changed(&r->outcome) && c->device_row != NULL)
        copy(d->line, sizeof(d->line), c->device_row->password_line);
    d->devices = proof->devices;
    proof_begin(proof, &d->wait);
    return true;
}
