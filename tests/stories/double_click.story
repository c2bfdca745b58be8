# A guest taps twice, the network repeats, a till forgets what it asked: one order, one payment.

till-1 stock.set {'object_type':'2','object_id':'1003','qty':'10'}
    reply OK: sku 1003 plan 10 real 10 locked 0 left 10
    event PLAN_SET sku 1003, limited yes, plan 10
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 10
      sku 1003 real 0->10 locked 0->0
    tell sku 1003 left 10

till-1 order.place {'req_id':'a1','order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'2'}]}
    reply OK: P1 PLACED, kitchen NONE, due 20.00, number P001, expires in 900 s
    event ORDER_LOCK PLACE P1
      line 1: 2 Egg at 10.00 = 20.00
        sku 1003 real 10->10 locked 0->2 used 2
    tell sku 1003 left 8, order P1 PLACED, pickup P001 PREPARING

# The same request again: the stored reply.
till-1 order.place {'req_id':'a1','order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'2'}]}
    reply OK replayed: P1 PLACED, kitchen NONE, due 20.00, number P001, expires in 900 s

# The same request id for something else.
till-1 order.place {'req_id':'a1','order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'3'}]}
    reply REQ_ID_REUSED "req_id was used for another request"

# The till lost its request id and asks as if for the first time: the order id catches it.
till-1 order.place {'req_id':'a2','order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'2'}]}
    reply OK duplicate: P1 PLACED, kitchen NONE, due 20.00, number P001, expires in 900 s

# Another till may not take the order for its own, nor may the order grow by a repeat.
till-2 order.place {'req_id':'b1','order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'2'}]}
    reply ORDER_EXISTS_DIFFERENT "order P1 exists and is another one"
till-1 order.place {'req_id':'a3','order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'3'}]}
    reply ORDER_EXISTS_DIFFERENT "order P1 exists and is another one"

# Two taps on "pay": two requests, one pay_id, one payment.
till-1 order.pay {'req_id':'a4','order_id':'P1','pay_id':'p1','tender':'CASH','amount':'20'}
    reply OK: P1 PAID, kitchen QUEUED, due 20.00, number P001, paid 20.00
    event ORDER_DEDUCT P1, payments [(amount 20.00, pay_id p1, tender CASH)]
      line 1: 2 moved
        sku 1003 real 10->8 locked 2->0
    tell ticket bar/P1/1 NEW rev 1 with line 1, sku 1003 left 8, order P1 PAID, pickup P001
        PREPARING
till-1 order.pay {'req_id':'a5','order_id':'P1','pay_id':'p1','tender':'CASH','amount':'20'}
    reply OK duplicate: P1 PAID, kitchen QUEUED, due 20.00, number P001, paid 20.00
till-1 order.pay {'req_id':'a6','order_id':'P1','pay_id':'p1','tender':'CASH','amount':'25'}
    reply ORDER_EXISTS_DIFFERENT "this id was used for something else"

# The first request once more, long after: still what was answered then.
wait 1h
till-1 order.place {'req_id':'a1','order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'2'}]}
    reply OK replayed: P1 PLACED, kitchen NONE, due 20.00, number P001, expires in 900 s
