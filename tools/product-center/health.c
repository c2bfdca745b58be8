/* GET /health: this process reaches its database. */
#include "tools/product-center/endpoint.h"

static const struct db_statement PING = {"SELECT 1"};

void health_get(struct call *c)
{
    db_query(c->db, &PING, NULL);
    call_answer(c);
    call_done(c);
}
