# Not what happens: the order locks one portion, not two. The run must say so and fail.

till-1 stock.set {'object_type':'2','object_id':'1003','qty':'1'}
    reply OK: sku 1003 plan 1 real 1 locked 0 left 1
    event PLAN_SET sku 1003, limited yes, plan 1
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 1
      sku 1003 real 0->1 locked 0->0
    tell sku 1003 left 1

till-1 order.place {'order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: P1 PLACED, kitchen NONE, due 10.00, number P001, expires in 900 s
    event ORDER_LOCK PLACE P1
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 real 1->1 locked 0->2 used 1
    tell sku 1003 left 0, order P1 PLACED, pickup P001 PREPARING
