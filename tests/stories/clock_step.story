# The store's clock jumps. Orders expire after the time that passed, not after what the clock says.

till-1 stock.set {'object_type':'2','object_id':'1003','qty':'3'}
    reply OK: sku 1003 plan 3 real 3 locked 0 left 3
    event PLAN_SET sku 1003, limited yes, plan 3
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 3
      sku 1003 real 0->3 locked 0->0
    tell sku 1003 left 3

till-1 order.place {'order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: P1 PLACED, kitchen NONE, due 10.00, number P001, expires in 900 s
    event ORDER_LOCK PLACE P1
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 real 3->3 locked 0->1 used 1
    tell sku 1003 left 2, order P1 PLACED, pickup P001 PREPARING

# A day forward: nothing expires.
clock +24h
wait 1s
till-1 order.place {'order_id':'P2','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: P2 PLACED, kitchen NONE, due 10.00, number P002, expires in 900 s
    event ORDER_LOCK PLACE P2
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 real 3->3 locked 1->2 used 2
    tell sku 1003 left 1, order P2 PLACED, pickup P002 PREPARING

# Two days back: nothing lives longer either.
clock -48h
wait 15m
    after 899 s: P1 EXPIRED, kitchen NONE, due 10.00, number P001
    event ORDER_UNLOCK EXPIRED P1
      line 1: 1 moved
        sku 1003 real 3->3 locked 2->1 used 1
    tell sku 1003 left 2, order P1 cleared, pickup P001 cleared
    after 900 s: P2 EXPIRED, kitchen NONE, due 10.00, number P002
    event ORDER_UNLOCK EXPIRED P2
      line 1: 1 moved
        sku 1003 real 3->3 locked 1->0 used 0
    tell sku 1003 left 3, order P2 cleared, pickup P002 cleared
