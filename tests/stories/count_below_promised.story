# The cook counts fewer than are promised to guests. Nobody's order is thrown away: staff is alerted,
# and nothing more is sold until it is settled.

till-1 stock.set {'object_type':'2','object_id':'1003','qty':'3'}
    reply OK: sku 1003 plan 3 real 3 locked 0 left 3
    event PLAN_SET sku 1003, limited yes, plan 3
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 3
      sku 1003 real 0->3 locked 0->0
    tell sku 1003 left 3
till-1 order.place {'order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'2'}]}
    reply OK: P1 PLACED, kitchen NONE, due 20.00, number P001, expires in 900 s
    event ORDER_LOCK PLACE P1
      line 1: 2 Egg at 10.00 = 20.00
        sku 1003 real 3->3 locked 0->2 used 2
    tell sku 1003 left 1, order P1 PLACED, pickup P001 PREPARING
kiosk-1 order.place {'order_id':'K1','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: K1 PLACED, kitchen NONE, due 10.00, number A001, expires in 300 s
    event ORDER_LOCK PLACE K1
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 real 3->3 locked 2->3 used 1
    tell sku 1003 left 0, order K1 PLACED, pickup A001 PREPARING

# One was dropped: two are left for three promised.
till-1 stock.adjust {'object_type':'2','object_id':'1003','delta':'-1','reason':'WASTE'}
    reply OK: sku 1003 plan 3 real 2 locked 3 left 0
    event STOCK_ADJUST sku 1003, q -1, reason WASTE
      sku 1003 real 3->2 locked 3->3
    tell alert short-2-1003 SHORTAGE "SKU 1003: promised 1 more than there are", sku 1003 left 0
till-1 order.place {'order_id':'P2','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply INSUFFICIENT_STOCK "not enough in stock"
      line 1 INSUFFICIENT_STOCK: need 1, left 0, limited by the sku

# The till pays first; the kiosk's guest is told to take something else.
till-1 order.pay {'order_id':'P1','pay_id':'p1','tender':'CASH','amount':'20'}
    reply OK: P1 PAID, kitchen QUEUED, due 20.00, number P001, paid 20.00
    event ORDER_DEDUCT P1, payments [(amount 20.00, pay_id p1, tender CASH)]
      line 1: 2 moved
        sku 1003 real 2->0 locked 3->1
    tell ticket bar/P1/1 NEW rev 1 with line 1, sku 1003 left 0, order P1 PAID, pickup P001
        PREPARING
kiosk-1 order.cancel {'order_id':'K1'}
    reply OK: K1 CANCELLED, kitchen NONE, due 10.00, number A001
    event ORDER_UNLOCK CANCEL K1
      line 1: 1 moved
        sku 1003 real 0->0 locked 1->0 used 0
    tell alert short-2-1003 cleared, sku 1003 left 0, order K1 cleared, pickup A001 cleared
