# Table 4 orders by its menu tablet, adds, and takes back. Food that was begun does not come back.

till-1 stock.set {'object_type':'2','object_id':'1002','qty':'5'}
    reply OK: sku 1002 plan 5 real 5 locked 0 left 5
    event PLAN_SET sku 1002, limited yes, plan 5
    event STOCK_SET sku 1002, base S:1.3 of H 0 C 0, basis sellable, q 5
      sku 1002 real 0->5 locked 0->0
    tell sku 1002 left 5
till-1 stock.set {'object_type':'2','object_id':'1003','qty':'5'}
    reply OK: sku 1003 plan 5 real 5 locked 0 left 5
    event PLAN_SET sku 1003, limited yes, plan 5
    event STOCK_SET sku 1003, base S:1.5 of H 0 C 0, basis sellable, q 5
      sku 1003 real 0->5 locked 0->0
    tell sku 1003 left 5

# A tablet's order goes to the kitchen at once.
menu-4 order.place {'order_id':'E1','table':'4','lines':[{'line':1,'object_id':'1002','qty':'2'},
    {'line':2,'object_id':'1003','qty':'1'}]}
    reply OK: E1 PLACED, kitchen QUEUED, due 30.00, number E001
    event ORDER_LOCK PLACE E1, table 4
      line 1: 2 Pizza L at 10.00 = 20.00
        sku 1002 real 5->5 locked 0->2 used 2
        spu 500 unlimited real 0->0 locked 0->2 used 2
      line 2: 1 Egg at 10.00 = 10.00
        sku 1003 real 5->5 locked 0->1 used 1
    tell ticket oven/E1/1 NEW rev 1 with line 1, ticket bar/E1/1 NEW rev 1 with line 2, sku 1002
        left 3, spu 500 unlimited, sku 1003 left 4, order E1 PLACED, pickup E001 PREPARING

menu-4 order.add {'order_id':'E1','lines':[{'line':3,'object_id':'1003','qty':'2'}]}
    reply OK: E1 PLACED, kitchen QUEUED, due 50.00, number E001
    event ORDER_LOCK ADD E1, table 4
      line 3: 2 Egg at 10.00 = 20.00
        sku 1003 real 5->5 locked 1->3 used 3
    tell ticket bar/E1/2 NEW rev 1 with line 3, sku 1003 left 2, order E1 PLACED, pickup E001
        PREPARING

# One of the eggs just added is taken back before the bar began.
till-1 order.void {'order_id':'E1','void_id':'v1','lines':[{'line':3,'qty':'1'}]}
    reply OK: E1 PLACED, kitchen QUEUED, due 40.00, number E001
    event ORDER_UNLOCK VOID E1, void_id v1
      line 3: 1 moved
        sku 1003 real 5->5 locked 3->2 used 2
    tell ticket bar/E1/2 NEW rev 2 with line 3, sku 1003 left 3, order E1 PLACED, pickup E001
        PREPARING

# A pizza is taken back when the oven has begun: it is gone, though not sold.
kds-oven ticket.start {'order_id':'E1','station':'oven','round':1}
    reply OK: E1 PLACED, kitchen COOKING, due 40.00, number E001
    event TICKET E1, from NEW, round 1, station oven, to STARTED
    tell ticket oven/E1/1 STARTED rev 2 with line 1, order E1 PLACED, pickup E001 PREPARING
till-1 order.void {'order_id':'E1','void_id':'v2','lines':[{'line':1,'qty':'1'}]}
    reply OK: E1 PLACED, kitchen COOKING, due 30.00, number E001
    event ORDER_UNLOCK VOID E1, void_id v2
      line 1: 1 moved
        sku 1002 real 5->4 locked 2->1
        spu 500 unlimited real 0->-1 locked 2->1
    tell ticket oven/E1/1 STARTED rev 3 with line 1, sku 1002 left 3, spu 500 unlimited, order E1
        PLACED, pickup E001 PREPARING

# The egg of the first round too, but it was not touched yet, and the cook says so.
kds-bar ticket.start {'order_id':'E1','station':'bar','round':1}
    reply OK: E1 PLACED, kitchen COOKING, due 30.00, number E001
    event TICKET E1, from NEW, round 1, station bar, to STARTED
    tell ticket bar/E1/1 STARTED rev 2 with line 2, order E1 PLACED, pickup E001 PREPARING
till-1 order.void {'order_id':'E1','void_id':'v3','lines':[{'line':2,'qty':'1','restock':true}]}
    reply OK: E1 PLACED, kitchen COOKING, due 20.00, number E001
    event ORDER_UNLOCK VOID E1, void_id v3
      line 2: 1 moved
        sku 1003 real 5->5 locked 2->1 used 1
    tell ticket bar/E1/1 STARTED rev 3 with line 2 void, sku 1003 left 4, order E1 PLACED, pickup
        E001 PREPARING
till-1 order.void {'order_id':'E1','void_id':'v3','lines':[{'line':2,'qty':'1','restock':true}]}
    reply OK duplicate: E1 PLACED, kitchen COOKING, due 20.00, number E001

# More than is left.
till-1 order.void {'order_id':'E1','void_id':'v4','lines':[{'line':1,'qty':'2'}]}
    reply BAD_QUANTITY "line 1 has less than that left"

# The rest is paid: one pizza, one egg.
till-1 order.pay {'order_id':'E1','pay_id':'e1','tender':'CARD','amount':'20'}
    reply OK: E1 PAID, kitchen COOKING, due 20.00, number E001, paid 20.00
    event ORDER_DEDUCT E1, payments [(amount 20.00, pay_id e1, tender CARD)]
      line 1: 1 moved
        sku 1002 real 4->3 locked 1->0
        spu 500 unlimited real -1->-2 locked 1->0
      line 3: 1 moved
        sku 1003 real 5->4 locked 1->0
    tell sku 1002 left 3, spu 500 unlimited, sku 1003 left 4, order E1 PAID, pickup E001 PREPARING
