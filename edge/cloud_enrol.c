#include "edge/cloud_enrol.h"

#include <stdio.h>
#include <string.h>

#include "edge/books/center.h"
#include "edge/log.h"
#include "proto/wire.h"

#define ENROL_PATH "/api/v1/poi/hub/enrol"
#define NO_LINE    "there is no cloud line: set url, box_id and ca in [cloud] of poshub.conf first"
#define OTHER_PAPERS                                                                               \
    "[cloud] of poshub.conf names a cert and a key: take them out to use the hub's own"

void cloud_enrol_open(struct cloud_enrol *e)
{
    snprintf(e->cert_file, sizeof(e->cert_file), "%s/cloud.pem", e->config->data_dir);
    snprintf(e->key_file, sizeof(e->key_file), "%s/cloud.key", e->config->data_dir);
}

bool cloud_enrol_own_papers(const struct cloud_enrol *e)
{
    return e->config->cloud_cert[0] == 0;
}

static void refuse(struct cloud_enrol *e, struct request *r, const char *why)
{
    intake_refuse(e->intake, r, CODE_BAD_REQUEST, why, 0);
}

/* ---- the wish ---- */

/* Goes through the writer with the note of who wished it, in one transaction; the answer comes
 * after the commit, and the news of it make the session look. */
static void wish(struct cloud_enrol *e, struct request *r)
{
    struct sync_work *work = arena_alloc(&r->arena, sizeof(*work));
    if (work == NULL) {
        intake_refuse(e->intake, r, CODE_INTERNAL, "out of memory", 0);
        return;
    }
    work->command.verb = SYNC_WISH;
    work->command.wish.reason = CLAIM_BY_HAND;
    memcpy(work->command.wish.token, r->command.token.p, r->command.token.n);
    r->command.noted = r->command.verb;
    r->command.verb = VERB_NOTE;
    r->sync = work;
    intake_admit(e->intake, r, NULL);
}

void cloud_claim_run(struct cloud_enrol *e, struct request *r, bool line)
{
    if (line)
        wish(e, r);
    else
        refuse(e, r, NO_LINE);
}

/* ---- on the pool's thread ---- */

static struct identity_names names_of(const struct cloud_enrol *e)
{
    return (struct identity_names){.brand_id = e->intake->identity->brand_id,
                                   .poi_id = e->intake->identity->poi_id,
                                   .box_id = str_of(e->config->cloud_box_id)};
}

static enum ph_err write_request(struct cloud_enrol *e, struct str *out)
{
    char pem[IDENTITY_PEM];
    size_t n = 0;
    struct jw w;
    const struct identity_names names = names_of(e);
    enum ph_err err = identity_make_key(e->key_file, e->why);
    if (err == PH_OK)
        err = identity_request(e->key_file, &names, pem, &n, e->why);
    if (err != PH_OK)
        return err;
    jw_init(&w, e->text, sizeof(e->text));
    jw_open(&w, '{');
    wire_put_store(&w, names.brand_id, names.poi_id);
    jw_kstring(&w, "box_id", names.box_id);
    jw_kstring(&w, "token", e->request->command.token);
    jw_kstring(&w, "csr", (struct str){pem, n});
    jw_close(&w, '}');
    *out = jw_text(&w);
    return PH_OK;
}

static enum ph_err refused(struct cloud_enrol *e, const struct json *doc, long status)
{
    struct str name = STR(""), detail = STR("");
    char path[FIELD_PATH];
    struct fields f;
    fields_begin(&f, NULL, path);
    if (doc != NULL) {
        wire_text(&f, doc, "name", LIMIT_WORD, &name);
        wire_text(&f, doc, "detail", LIMIT_DETAIL, &detail);
    }
    snprintf(e->why, sizeof(e->why), "the center refuses: %ld %.*s %.*s", status, (int)name.n,
             name.p, (int)detail.n, detail.p);
    return PH_ERR_CONFIG;
}

static enum ph_err take_answer(struct cloud_enrol *e, const struct https_answer *http)
{
    char path[FIELD_PATH], why[JSON_WHY] = "";
    struct str cert = STR("");
    struct fields f;
    const struct identity_names names = names_of(e);
    struct json *doc = json_parse(http->body.p, http->body.n, &JSON_CLOUD, why);
    enum ph_err err = PH_ERR_CONFIG;
    fields_begin(&f, NULL, path);
    if (http->status != 200)
        err = refused(e, doc, http->status);
    else if (doc == NULL || !wire_text(&f, doc, "cert", IDENTITY_PEM - 1, &cert))
        snprintf(e->why, sizeof(e->why), "the center's answer makes no sense: no certificate");
    else
        err = identity_accept(e->cert_file, e->key_file, cert, &names, e->why);
    json_free(doc);
    return err;
}

static void on_work(uv_work_t *work)
{
    struct cloud_enrol *e = work->data;
    struct https_answer http;
    struct str text;
    e->err = write_request(e, &text);
    if (e->err != PH_OK)
        return;
    enum https_result line = https_post(e->https, ENROL_PATH, text, &http);
    if (line == HTTPS_ANSWERED) {
        e->err = take_answer(e, &http);
        return;
    }
    e->err = PH_ERR_IO;
    snprintf(e->why, sizeof(e->why), "%s: %s", https_result_text(line), https_why(e->https));
}

/* ---- on the loop ---- */

static void on_worked(uv_work_t *work, int status)
{
    struct cloud_enrol *e = work->data;
    struct request *r = e->request;
    (void)status;
    e->request = NULL;
    https_close(e->https);
    e->https = NULL;
    if (e->err == PH_OK)
        log_info("cloud_enrolled cert=%s", e->cert_file);
    else
        log_warning("cloud_enrol_failed why=\"%s\"", e->why);
    if (e->intake->stopping)
        request_give(&e->intake->pool, r);
    else if (e->err == PH_OK)
        wish(e, r);
    else
        refuse(e, r, e->why);
}

static enum ph_err open_line(struct cloud_enrol *e, const struct command *c)
{
    char url[sizeof(e->config->cloud_url)], ca[CONFIG_PATH];
    snprintf(url, sizeof(url), "%.*s", (int)c->url.n, c->url.p);
    snprintf(ca, sizeof(ca), "%.*s", (int)c->ca_file.n, c->ca_file.p);
    struct https_options options = {.base_url = c->url.n > 0 ? url : e->config->cloud_url,
                                    .ca_file = c->ca_file.n > 0 ? ca : e->config->cloud_ca};
    return https_open(&e->https, &options);
}

void cloud_enrol_run(struct cloud_enrol *e, struct request *r, bool line)
{
    if (!line)
        refuse(e, r, NO_LINE);
    else if (!cloud_enrol_own_papers(e))
        refuse(e, r, OTHER_PAPERS);
    else if (e->request != NULL)
        intake_refuse(e->intake, r, CODE_BUSY, "an enrolment is under way", 1000);
    else if (open_line(e, &r->command) != PH_OK)
        refuse(e, r, "url: https://HOST or https://HOST:PORT");
    else {
        e->request = r;
        e->why[0] = 0;
        e->work.data = e;
        if (uv_queue_work(e->loop, &e->work, on_work, on_worked) == 0)
            return;
        e->request = NULL;
        https_close(e->https);
        e->https = NULL;
        intake_refuse(e->intake, r, CODE_INTERNAL, "no thread for it", 0);
    }
}

void cloud_enrol_stop(struct cloud_enrol *e)
{
    if (e->https != NULL)
        https_stop(e->https);
}
