#include "storage/want.h"

#include <assert.h>
#include <string.h>

#include "proto/crc32c.h"
#include "proto/pack.h"

#define WANT_BYTES 192

static struct key want_key(struct object object)
{
    struct key k = {.n = 0};
    key_add_u8(&k, (uint8_t)object.type);
    key_add_u64(&k, (uint64_t)object.id);
    return k;
}

static void text_field(struct pack *p, char *text, size_t max)
{
    struct str s = str_of(text);
    pack_str(p, &s, max);
    if (!p->writing && s.n > 0)
        memcpy(text, s.p, s.n);
}

static void fields(struct pack *p, struct want *w)
{
    pack_enum(p, &w->object.type);
    pack_i64(p, &w->object.id);
    pack_i64(p, &w->q_t);
    text_field(p, w->req, LIMIT_REQ_ID);
    pack_i64(p, &w->gr_t);
    text_field(p, w->gen_id, LIMIT_GEN_ID);
}

static bool unpack(struct bytes value, struct want *out)
{
    struct pack p;
    memset(out, 0, sizeof(*out));
    pack_reader(&p, value.p, value.n);
    fields(&p, out);
    return pack_done(&p);
}

bool want_load(struct want *out, struct txn *txn, struct object object)
{
    struct key key = want_key(object);
    struct bytes value;
    if (!txn_get(txn, TABLE_WANT, key_bytes(&key), &value))
        return false;
    if (unpack(value, out))
        return true;
    txn_set_bad(txn, TABLE_WANT, key_bytes(&key));
    return false;
}

void want_save(const struct want *want, struct txn *txn)
{
    uint8_t buf[WANT_BYTES];
    struct want copy = *want;
    struct key key = want_key(want->object);
    struct pack p;
    pack_writer(&p, buf, sizeof(buf));
    fields(&p, &copy);
    assert(pack_ok(&p));
    txn_put(txn, TABLE_WANT, key_bytes(&key), (struct bytes){buf, p.at});
}

void want_drop(struct txn *txn, struct object object)
{
    struct key key = want_key(object);
    struct bytes value;
    if (txn_get(txn, TABLE_WANT, key_bytes(&key), &value))
        txn_del(txn, TABLE_WANT, key_bytes(&key));
}

static bool is_behind(struct object a, struct object b)
{
    return a.type != b.type ? a.type > b.type : a.id > b.id;
}

/* What does not fit behind the list stays away. */
static size_t append(struct want *list, size_t n, const struct want *more, size_t n_more)
{
    for (size_t i = 0; i < n_more && n < LIMIT_WANTS; i++)
        list[n++] = more[i];
    return n;
}

size_t want_list(struct txn *txn, struct object after, struct want out[LIMIT_WANTS], uint64_t *mark)
{
    struct want before[LIMIT_WANTS], w;
    size_t n = 0, n_before = 0;
    *mark = 0;
    if (txn_entries(txn, TABLE_WANT) == 0)
        return 0;
    struct scan s = scan_begin(txn, TABLE_WANT, (struct bytes){0}, false);
    s.skip_bad = true;
    while (scan_next(&s)) {
        if (!unpack(s.value, &w) || w.q_t <= 0)
            continue;
        *mark = *mark * 31 + crc32c(0, s.value.p, s.value.n) + 1;
        if (is_behind(w.object, after))
            n = append(out, n, &w, 1);
        else
            n_before = append(before, n_before, &w, 1);
    }
    scan_end(&s);
    return append(out, n, before, n_before);
}
