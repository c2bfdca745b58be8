#include "edge/books/alert.h"

#include <string.h>

#include "proto/oversell.h"
#include "proto/pack.h"
#include "storage/journal.h"

static void alert_fields(struct pack *p, struct alert_row *a)
{
    pack_str(p, &a->id, ALERT_ID);
    pack_str(p, &a->kind, 16);
    pack_str(p, &a->text, 255);
    pack_i64(p, &a->since_at_ms);
    pack_u32(p, &a->at.epoch);
    pack_u64(p, &a->at.seq);
    if (p->writing || p->at < p->end) /* records of older hubs end here */
        pack_str(p, &a->case_id, OVERSELL_CASE_ID);
}

bool alert_unpack(struct bytes packed, struct alert_row *out)
{
    struct pack p;
    memset(out, 0, sizeof *out);
    pack_reader(&p, packed.p, packed.n);
    alert_fields(&p, out);
    return pack_done(&p);
}

bool alert_load(struct txn *txn, struct str id, struct alert_row *out)
{
    struct key key = key_text(id);
    struct bytes value;
    if (!txn_get(txn, TABLE_ALERT, key_bytes(&key), &value))
        return false;
    if (alert_unpack(value, out))
        return true;
    txn_set_bad(txn, TABLE_ALERT, key_bytes(&key));
    return false;
}

void alert_save(struct txn *txn, const struct alert_row *a)
{
    uint8_t buf[768];
    struct pack p;
    struct alert_row writable = *a;
    pack_writer(&p, buf, sizeof buf);
    alert_fields(&p, &writable);
    struct key key = key_text(a->id);
    if (pack_ok(&p))
        txn_put(txn, TABLE_ALERT, key_bytes(&key), (struct bytes){buf, p.at});
    else
        txn_set_bad(txn, TABLE_ALERT, key_bytes(&key));
}

void alert_remove(struct txn *txn, struct str id)
{
    struct key key = key_text(id);
    txn_del(txn, TABLE_ALERT, key_bytes(&key));
}

void alert_view(struct jw *w, const struct alert_row *a, const uint8_t secret[32])
{
    uint8_t tag[4];
    journal_tag(secret, a->at, tag);
    jw_open(w, '{');
    jw_kstring(w, "alert", a->id);
    jw_kstring(w, "kind", a->kind);
    jw_kstring(w, "text", a->text);
    jw_kint(w, "since_at_ms", a->since_at_ms);
    if (a->case_id.n)
        jw_kstring(w, "case", a->case_id);
    jw_karray(w, "at");
    jw_int(w, a->at.epoch);
    jw_int(w, (int64_t)a->at.seq);
    jw_hex(w, tag, sizeof tag);
    jw_close(w, ']');
    jw_close(w, '}');
}
