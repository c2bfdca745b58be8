#include "storage/peek.h"

#include <string.h>

bool txn_peek(struct txn *txn, enum table table, struct bytes key, struct bytes *value)
{
    struct scan s = scan_begin(txn, table, key, false);
    s.skip_bad = true;
    bool found = scan_next(&s) && s.key.n == key.n && memcmp(s.key.p, key.p, key.n) == 0;
    *value = found ? s.value : (struct bytes){NULL, 0};
    scan_end(&s);
    return found;
}
