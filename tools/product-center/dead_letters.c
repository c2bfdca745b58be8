/* GET /api/v1/poi/dead-letters: events that were put aside (sync-protocol 3.5), newest first.
 *   ?brandId=&poiId=[&closed=1][&before=ID][&limit=N]
 *   {"code":0,"dead":[{"id":3,"epoch":7,"seq":1042,"reason":"UNKNOWN_KIND","closed":false,
 *    "created_at":"...","raw":{..}}],"more":false}
 * POST /api/v1/poi/dead-letters/{id}/replay {"brandId","poiId"}: judges the event again. One that
 * is good by now goes to the other events and is closed; counters are not touched, later events
 * have told them long ago; only the orders of the mirror learn what it says.
 *   {"code":0,"closed":true} or {"code":0,"closed":false,"reason":"BAD_BODY"}
 */
#include <string.h>

#include "proto/wire.h"
#include "tools/product-center/effect.h"
#include "tools/product-center/endpoint.h"
#include "tools/product-center/ingest.h"
#include "tools/product-center/mirror_event.h"

#define DEAD_LIMIT 200
#define REPLY_ROOM                                                                                 \
    ((size_t)3 << 20) /* of HTTP_REPLY_MAX; raw texts are the hub's and may be long */
#define HEADER_BYTES 4096
#define GROWTH_MAX   6 /* a character escaped as \\u001f */

static const struct db_statement LIST = {
    "SELECT id, epoch, seq, reason, closed, (extract(epoch FROM created_at) * 1000)::bigint, raw"
    " FROM dead_letter WHERE shard = $1 AND brand_id = $2 AND poi_id = $3 AND id < $4"
    " AND (closed = false OR $5::bigint = 1) ORDER BY id DESC LIMIT $6"};
static const struct db_statement ONE = {
    "SELECT epoch, raw FROM dead_letter WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"
    " AND id = $4 AND NOT closed FOR UPDATE"};
static const struct db_statement CLOSE = {
    "UPDATE dead_letter SET closed = true WHERE shard = $1 AND brand_id = $2 AND poi_id = $3"
    " AND id = $4"};

static void entry_write(struct jw *w, const struct db_rows *r, size_t at)
{
    char text[WIRE_TIME];
    size_t n = wire_time_format(rows_int(r, at, 5), 0, true, text);
    jw_open(w, '{');
    jw_kint(w, "id", rows_int(r, at, 0));
    jw_kint(w, "epoch", rows_int(r, at, 1));
    jw_kint(w, "seq", rows_int(r, at, 2));
    jw_kstring(w, "reason", rows_text(r, at, 3));
    jw_kbool(w, "closed", rows_bool(r, at, 4));
    jw_kstring(w, "created_at", (struct str){text, n});
    jw_key(w, "raw");
    jw_raw(w, rows_text(r, at, 6));
    jw_close(w, '}');
}

void dead_letters(struct call *c)
{
    uint64_t before, closed, limit;
    if (!call_store_query(c) || !call_number_query(c, "before", INT64_MAX, &before) ||
        !call_number_query(c, "closed", 0, &closed) ||
        !call_number_query(c, "limit", DEAD_LIMIT, &limit))
        return;
    limit = limit >= 1 && limit < DEAD_LIMIT ? limit : DEAD_LIMIT;
    struct db_args a = {0};
    arg_store(&a, &c->key);
    arg_int(&a, (int64_t)before);
    arg_int(&a, (int64_t)closed);
    arg_int(&a, (int64_t)limit + 1);
    const struct db_rows *r = db_query(c->db, &LIST, &a);
    size_t told = 0;
    call_answer(c);
    jw_karray(&c->out, "dead");
    for (; told < limit && told < rows_count(r); told++) {
        if (told > 0 && c->out.n + rows_text(r, told, 6).n > REPLY_ROOM)
            break;
        entry_write(&c->out, r, told);
    }
    jw_close(&c->out, ']');
    jw_kbool(&c->out, "more", rows_count(r) > told);
    call_done(c);
}

/* ---- replay ---- */

static void arg_letter(struct db_args *a, const struct call *c, int64_t id)
{
    arg_store(a, &c->key);
    arg_int(a, id);
}

static void answer(struct call *c, const char *fault)
{
    call_answer(c);
    jw_kbool(&c->out, "closed", fault == NULL);
    if (fault != NULL)
        jw_kstring(&c->out, "reason", str_of(fault));
    call_done(c);
}

static void tell_mirror(struct call *c, uint32_t epoch, const struct arrival *a)
{
    size_t n;
    const struct object *objects = effect_objects(c, a, 1, &n);
    struct items items = items_load(c, objects, n);
    mirror_events(c, epoch, a, 1, &items, true);
}

/* Why the event is still no good; NULL: it is stored. */
static const char *replay(struct call *c, uint32_t epoch, const struct json *raw, size_t raw_n)
{
    char path[FIELD_PATH];
    struct arrival a = {.json = raw};
    if (cloud_event_decode(raw, &a.event, path) != CODE_OK)
        return "BAD_BODY";
    a.dead = arrival_fault(c, &a);
    if (a.dead != NULL)
        return a.dead;
    c->scratch = call_writer(&c->arena, raw_n * GROWTH_MAX + HEADER_BYTES);
    db_mark(c->db);
    events_add(c, epoch, &a, 1);
    tell_mirror(c, epoch, &a);
    return db_unmark(c->db) ? NULL : "CONSTRAINT";
}

static void replay_letter(struct call *c, int64_t id)
{
    struct db_args a = {0};
    arg_letter(&a, c, id);
    const struct db_rows *r = db_query(c->db, &ONE, &a);
    if (rows_count(r) == 0) {
        call_fail(c, CLOUD_NOT_FOUND, "no such dead letter of this store, or it is closed");
        return;
    }
    struct str text = rows_text(r, 0, 1);
    struct json *raw = json_parse(text.p, text.n, &JSON_CLOUD, NULL);
    const char *fault = "BAD_BODY";
    if (raw != NULL)
        fault = replay(c, (uint32_t)rows_int(r, 0, 0), raw, text.n);
    json_free(raw);
    if (fault == NULL)
        db_run(c->db, &CLOSE, &a);
    answer(c, fault);
}

void dead_letter_replay(struct call *c)
{
    char path[FIELD_PATH];
    struct fields f;
    struct str brand, poi;
    int64_t id = 0;
    fields_begin(&f, &c->arena, path);
    wire_need_store(&f, c->body, &brand, &poi);
    for (size_t i = 0; i < c->path_id.n; i++) {
        char digit = c->path_id.p[i];
        if (digit < '0' || digit > '9' || i == 18)
            field_refuse(&f, CODE_BAD_REQUEST, "id");
        else
            id = id * 10 + (digit - '0');
    }
    if (f.code != CODE_OK) {
        call_malformed(c, f.code, path);
        return;
    }
    call_store(c, brand, poi);
    replay_letter(c, id);
}
