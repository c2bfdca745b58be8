# The hub loses power before a commit, and then after one whose reply never left. The till repeats
# its request until it is answered; either way it happened once.

till-1 stock.set {'object_type':'2','object_id':'1003','qty':'5'}
    reply OK: sku 1003 plan 5 real 5 locked 0 left 5
    event PLAN_SET sku 1003, limited yes, plan 5
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 5
      sku 1003 real 0->5 locked 0->0
    tell sku 1003 left 5

crash
till-1 order.sell {'req_id':'a1','order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'2'}],
    'payments':[{'pay_id':'p1','tender':'CASH','amount':'20'}]}
    no reply; the hub starts again
wait 2s
till-1 order.sell {'req_id':'a1','order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'2'}],
    'payments':[{'pay_id':'p1','tender':'CASH','amount':'20'}]}
    reply OK: P1 PAID, kitchen QUEUED, due 20.00, number P001, paid 20.00
    event ORDER_SELL P1, payments [(amount 20.00, pay_id p1, tender CASH)]
      line 1: 2 Egg at 10.00 = 20.00
        sku 1003 real 5->3 locked 0->0 used 2
    tell ticket bar/P1/1 NEW rev 1 with line 1, sku 1003 left 3, order P1 PAID, pickup P001
        PREPARING

# This time the commit stood: the repeat gets the stored reply, and the food is made once.
reopen
till-1 order.sell {'req_id':'a1','order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'2'}],
    'payments':[{'pay_id':'p1','tender':'CASH','amount':'20'}]}
    reply OK replayed: P1 PAID, kitchen QUEUED, due 20.00, number P001, paid 20.00

# An expiry that dies with the hub comes again.
kiosk-1 order.place {'order_id':'K1','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: K1 PLACED, kitchen NONE, due 10.00, number A001, expires in 300 s
    event ORDER_LOCK PLACE K1
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 real 3->3 locked 0->1 used 1
    tell sku 1003 left 2, order K1 PLACED, pickup A001 PREPARING
reopen
wait 5m
    after 300 s: K1 EXPIRED, kitchen NONE, due 10.00, number A001
    event ORDER_UNLOCK EXPIRED K1
      line 1: 1 moved
        sku 1003 real 3->3 locked 1->0 used 0
    tell sku 1003 left 3, order K1 cleared, pickup A001 cleared
