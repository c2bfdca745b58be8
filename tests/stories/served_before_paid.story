# At the counter the egg is handed over before the money is. What was served needs no cook: the payment
# ends the order, and the kitchen hears nothing of it.
till-1 order.place {'order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: P1 PLACED, kitchen NONE, due 10.00, number P001, expires in 900 s
    event ORDER_LOCK PLACE P1
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 unlimited real 0->0 locked 0->1 used 1
    tell sku 1003 unlimited, order P1 PLACED, pickup P001 PREPARING
till-1 order.serve {'order_id':'P1'}
    reply OK: P1 PLACED, kitchen SERVED, due 10.00, number P001, expires in 900 s
    event ORDER_SERVED P1, round 1
    tell order P1 PLACED, pickup P001 READY
till-1 order.pay {'order_id':'P1','pay_id':'p1','tender':'CASH','amount':'10'}
    reply OK: P1 ENDED, kitchen SERVED, due 10.00, number P001, paid 10.00
    event ORDER_DEDUCT P1, payments [(amount 10.00, pay_id p1, tender CASH)]
      line 1: 1 moved
        sku 1003 unlimited real 0->-1 locked 1->0
    tell sku 1003 unlimited, order P1 cleared, pickup P001 cleared

# The same, but the guest comes back for a pizza: only that one is cooked.
till-1 order.place {'order_id':'P2','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: P2 PLACED, kitchen NONE, due 10.00, number P002, expires in 900 s
    event ORDER_LOCK PLACE P2
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 unlimited real -1->-1 locked 0->1 used 2
    tell sku 1003 unlimited, order P2 PLACED, pickup P002 PREPARING
till-1 order.serve {'order_id':'P2'}
    reply OK: P2 PLACED, kitchen SERVED, due 10.00, number P002, expires in 900 s
    event ORDER_SERVED P2, round 1
    tell order P2 PLACED, pickup P002 READY
till-1 order.add {'order_id':'P2','lines':[{'line':2,'object_id':'1002','qty':'1'}]}
    reply OK: P2 PLACED, kitchen SERVED, due 20.00, number P002, expires in 900 s
    event ORDER_LOCK ADD P2
      line 2: 1 Pizza L at 10.00 = 10.00
        sku 1002 unlimited real 0->0 locked 0->1 used 1
        spu 500 unlimited real 0->0 locked 0->1 used 1
    tell sku 1002 unlimited, spu 500 unlimited, order P2 PLACED, pickup P002 READY
till-1 order.pay {'order_id':'P2','pay_id':'p1','tender':'CASH','amount':'20'}
    reply OK: P2 PAID, kitchen QUEUED, due 20.00, number P002, paid 20.00
    event ORDER_DEDUCT P2, payments [(amount 20.00, pay_id p1, tender CASH)]
      line 1: 1 moved
        sku 1003 unlimited real -1->-2 locked 1->0
      line 2: 1 moved
        sku 1002 unlimited real 0->-1 locked 1->0
        spu 500 unlimited real 0->-1 locked 1->0
    tell ticket oven/P2/2 NEW rev 1 with line 2, sku 1003 unlimited, sku 1002 unlimited, spu 500
        unlimited, order P2 PAID, pickup P002 PREPARING
kds-oven ticket.start {'order_id':'P2','station':'oven','round':2}
    reply OK: P2 PAID, kitchen COOKING, due 20.00, number P002, paid 20.00
    event TICKET P2, from NEW, round 2, station oven, to STARTED
    tell ticket oven/P2/2 STARTED rev 2 with line 2, order P2 PAID, pickup P002 PREPARING
kds-oven ticket.ready {'order_id':'P2','station':'oven','round':2}
    reply OK: P2 PAID, kitchen READY, due 20.00, number P002, paid 20.00
    event TICKET P2, from STARTED, round 2, station oven, to READY
    tell ticket oven/P2/2 READY rev 3 with line 2, order P2 PAID, pickup P002 READY
till-1 order.serve {'order_id':'P2'}
    reply OK: P2 ENDED, kitchen SERVED, due 20.00, number P002, paid 20.00
    event ORDER_SERVED P2, round 2
    tell order P2 cleared, pickup P002 cleared

# And when the money comes after the order has expired.
kiosk-1 order.place {'order_id':'K1','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: K1 PLACED, kitchen NONE, due 10.00, number A001, expires in 300 s
    event ORDER_LOCK PLACE K1
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 unlimited real -2->-2 locked 0->1 used 1
    tell sku 1003 unlimited, order K1 PLACED, pickup A001 PREPARING
till-1 order.serve {'order_id':'K1'}
    reply OK: K1 PLACED, kitchen SERVED, due 10.00, number A001, expires in 300 s
    event ORDER_SERVED K1, round 1
    tell order K1 PLACED, pickup A001 READY
wait 301s
    after 300 s: K1 EXPIRED, kitchen SERVED, due 10.00, number A001
    event ORDER_UNLOCK EXPIRED K1
      line 1: 1 moved
        sku 1003 unlimited real -2->-2 locked 1->0 used 0
    tell sku 1003 unlimited, order K1 cleared, pickup A001 cleared
till-1 order.pay {'order_id':'K1','pay_id':'p1','tender':'CASH','amount':'10'}
    reply OK late: K1 ENDED, kitchen SERVED, due 10.00, number A001, paid 10.00
    event ORDER_SELL LATE_PAY K1, payments [(amount 10.00, pay_id p1, tender CASH)]
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 unlimited real -2->-3 locked 0->0 used 1
    tell sku 1003 unlimited, order K1 cleared, pickup A001 cleared
