# The kitchen: two stations make one order, one bumps too early and calls the ticket back.

till-1 order.sell {'order_id':'P1','lines':[{'line':1,'object_id':'1001','qty':'1'},
    {'line':2,'object_id':'1003','qty':'1'}],
    'payments':[{'pay_id':'p1','tender':'CASH','amount':'20'}]}
    reply OK: P1 PAID, kitchen QUEUED, due 20.00, number P001, paid 20.00
    event ORDER_SELL P1, payments [(amount 20.00, pay_id p1, tender CASH)]
      line 1: 1 Pizza M at 10.00 = 10.00
        sku 1001 unlimited real 0->-1 locked 0->0 used 1
        spu 500 unlimited real 0->-1 locked 0->0 used 1
      line 2: 1 Egg at 10.00 = 10.00
        sku 1003 unlimited real 0->-1 locked 0->0 used 1
    tell ticket oven/P1/1 NEW rev 1 with line 1, ticket bar/P1/1 NEW rev 1 with line 2, sku 1001
        unlimited, spu 500 unlimited, sku 1003 unlimited, order P1 PAID, pickup P001 PREPARING

kds-oven ticket.start {'order_id':'P1','station':'oven','round':1}
    reply OK: P1 PAID, kitchen COOKING, due 20.00, number P001, paid 20.00
    event TICKET P1, from NEW, round 1, station oven, to STARTED
    tell ticket oven/P1/1 STARTED rev 2 with line 1, order P1 PAID, pickup P001 PREPARING
kds-oven ticket.start {'order_id':'P1','station':'oven','round':1}
    reply OK duplicate: P1 PAID, kitchen COOKING, due 20.00, number P001, paid 20.00

# A screen moves only its own tickets, and nothing leaves the kitchen before it is ready.
kds-bar ticket.ready {'order_id':'P1','station':'oven','round':1}
    reply NOT_AUTHORIZED "kds station"
kds-bar ticket.bump {'order_id':'P1','station':'bar','round':1}
    reply BAD_TRANSITION "the ticket is NEW, not possible to bump it"

kds-oven ticket.ready {'order_id':'P1','station':'oven','round':1}
    reply OK: P1 PAID, kitchen COOKING, due 20.00, number P001, paid 20.00
    event TICKET P1, from STARTED, round 1, station oven, to READY
    tell ticket oven/P1/1 READY rev 3 with line 1, order P1 PAID, pickup P001 PREPARING
kds-oven ticket.bump {'order_id':'P1','station':'oven','round':1}
    reply OK: P1 PAID, kitchen COOKING, due 20.00, number P001, paid 20.00
    event TICKET P1, from READY, round 1, station oven, to BUMPED
    tell ticket oven/P1/1 cleared, order P1 PAID, pickup P001 PREPARING

# Wrong order bumped: its ticket comes back to the oven's screen.
kds-oven ticket.recall {'order_id':'P1','station':'oven','round':1}
    reply OK: P1 PAID, kitchen COOKING, due 20.00, number P001, paid 20.00
    event TICKET P1, from BUMPED, round 1, station oven, to STARTED
    tell ticket oven/P1/1 STARTED rev 5 with line 1, order P1 PAID, pickup P001 PREPARING

kds-bar ticket.start {'order_id':'P1','station':'bar','round':1}
    reply OK: P1 PAID, kitchen COOKING, due 20.00, number P001, paid 20.00
    event TICKET P1, from NEW, round 1, station bar, to STARTED
    tell ticket bar/P1/1 STARTED rev 2 with line 2, order P1 PAID, pickup P001 PREPARING
kds-bar ticket.ready {'order_id':'P1','station':'bar','round':1}
    reply OK: P1 PAID, kitchen COOKING, due 20.00, number P001, paid 20.00
    event TICKET P1, from STARTED, round 1, station bar, to READY
    tell ticket bar/P1/1 READY rev 3 with line 2, order P1 PAID, pickup P001 PREPARING
kds-oven ticket.ready {'order_id':'P1','station':'oven','round':1}
    reply OK: P1 PAID, kitchen READY, due 20.00, number P001, paid 20.00
    event TICKET P1, from STARTED, round 1, station oven, to READY
    tell ticket oven/P1/1 READY rev 6 with line 1, order P1 PAID, pickup P001 READY
kds-oven ticket.bump {'order_id':'P1','station':'oven','round':1}
    reply OK: P1 PAID, kitchen READY, due 20.00, number P001, paid 20.00
    event TICKET P1, from READY, round 1, station oven, to BUMPED
    tell ticket oven/P1/1 cleared, order P1 PAID, pickup P001 READY

# Handed out. It is paid already, so this ends it.
till-1 order.serve {'order_id':'P1'}
    reply OK: P1 ENDED, kitchen SERVED, due 20.00, number P001, paid 20.00
    event ORDER_SERVED P1, round 1
    tell order P1 cleared, pickup P001 cleared
kds-bar ticket.bump {'order_id':'P1','station':'bar','round':1}
    reply OK: P1 ENDED, kitchen SERVED, due 20.00, number P001, paid 20.00
    event TICKET P1, from READY, round 1, station bar, to BUMPED
    tell ticket bar/P1/1 cleared, order P1 cleared, pickup P001 cleared
