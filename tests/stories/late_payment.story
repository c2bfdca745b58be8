# The card terminal takes its time, and the guests' money arrives when the orders are gone already.

till-1 stock.set {'object_type':'2','object_id':'1003','qty':'2'}
    reply OK: sku 1003 plan 2 real 2 locked 0 left 2
    event PLAN_SET sku 1003, limited yes, plan 2
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 2
      sku 1003 real 0->2 locked 0->0
    tell sku 1003 left 2

# A terminal at work holds the order for two minutes at least.
kiosk-1 order.place {'order_id':'K1','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: K1 PLACED, kitchen NONE, due 10.00, number A001, expires in 300 s
    event ORDER_LOCK PLACE K1
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 real 2->2 locked 0->1 used 1
    tell sku 1003 left 1, order K1 PLACED, pickup A001 PREPARING
wait 290s
kiosk-1 order.pay_begin {'order_id':'K1','pay_id':'k1','tender':'CARD','amount':'10'}
    reply OK: K1 PAYING, kitchen NONE, due 10.00, number A001, expires in 120 s
    event ORDER_STATE K1, pay_id k1
    tell order K1 PAYING, pickup A001 PREPARING
wait 119s
kiosk-1 order.place {'order_id':'K2','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: K2 PLACED, kitchen NONE, due 10.00, number A002, expires in 300 s
    event ORDER_LOCK PLACE K2
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 real 2->2 locked 1->2 used 2
    tell sku 1003 left 0, order K2 PLACED, pickup A002 PREPARING
wait 1s
    after 1 s: K1 EXPIRED, kitchen NONE, due 10.00, number A001
    event ORDER_UNLOCK EXPIRED K1
      line 1: 1 moved
        sku 1003 real 2->2 locked 2->1 used 1
    tell sku 1003 left 1, order K1 cleared, pickup A001 cleared

# The money for the first order came through after all, and a portion is left: a late payment is
# taken in full.
kiosk-1 order.pay {'order_id':'K1','pay_id':'k1','tender':'CARD','amount':'10'}
    reply OK late: K1 PAID, kitchen QUEUED, due 10.00, number A001, paid 10.00
    event ORDER_SELL LATE_PAY K1, payments [(amount 10.00, pay_id k1, tender CARD)]
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 real 2->1 locked 1->1 used 2
    tell ticket bar/K1/1 NEW rev 1 with line 1, sku 1003 left 0, order K1 PAID, pickup A001
        PREPARING

# The second expires too, and a till sells its portion.
wait 5m
    after 299 s: K2 EXPIRED, kitchen NONE, due 10.00, number A002
    event ORDER_UNLOCK EXPIRED K2
      line 1: 1 moved
        sku 1003 real 1->1 locked 1->0 used 1
    tell sku 1003 left 1, order K2 cleared, pickup A002 cleared
till-1 order.sell {'order_id':'T1','lines':[{'line':1,'object_id':'1003','qty':'1'}],
    'payments':[{'pay_id':'t1','tender':'CASH','amount':'10'}]}
    reply OK: T1 PAID, kitchen QUEUED, due 10.00, number P001, paid 10.00
    event ORDER_SELL T1, payments [(amount 10.00, pay_id t1, tender CASH)]
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 real 1->0 locked 0->0 used 1
    tell ticket bar/T1/1 NEW rev 1 with line 1, sku 1003 left 0, order T1 PAID, pickup P001
        PREPARING

# Nothing is left for it now: the money must go back, however often the kiosk asks.
kiosk-1 order.pay {'req_id':'late','order_id':'K2','pay_id':'k2','tender':'CARD','amount':'10'}
    reply LATE_PAY_NO_STOCK refund_due "paid too late and sold out since; refund is due": K2
        EXPIRED, kitchen NONE, due 10.00, number A002
    event REFUND_DUE K2, amount 10.00, code 2006, pay_id k2
    tell order K2 cleared, pickup A002 cleared
kiosk-1 order.pay {'req_id':'late','order_id':'K2','pay_id':'k2','tender':'CARD','amount':'10'}
    reply LATE_PAY_NO_STOCK replayed refund_due "paid too late and sold out since; refund is due":
        K2 EXPIRED, kitchen NONE, due 10.00, number A002
kiosk-1 order.pay {'order_id':'K2','pay_id':'k2','tender':'CARD','amount':'10'}
    reply LATE_PAY_NO_STOCK duplicate refund_due "paid too late and sold out since; refund is due":
        K2 EXPIRED, kitchen NONE, due 10.00, number A002

# A cancelled order takes no money either.
till-1 order.place {'order_id':'T2','lines':[{'line':1,'object_id':'1004','qty':'0.5'}]}
    reply OK: T2 PLACED, kitchen NONE, due 5.00, number P002, expires in 900 s
    event ORDER_LOCK PLACE T2
      line 1: 0.5 Salad at 10.00 = 5.00
        sku 1004 unlimited real 0->0 locked 0->0.5 used 0.5
    tell sku 1004 unlimited, order T2 PLACED, pickup P002 PREPARING
till-1 order.cancel {'order_id':'T2'}
    reply OK: T2 CANCELLED, kitchen NONE, due 5.00, number P002
    event ORDER_UNLOCK CANCEL T2
      line 1: 0.5 moved
        sku 1004 unlimited real 0->0 locked 0.5->0 used 0
    tell sku 1004 unlimited, order T2 cleared, pickup P002 cleared
till-1 order.pay {'order_id':'T2','pay_id':'t2','tender':'CASH','amount':'5'}
    reply ORDER_CANCELLED refund_due "the order was cancelled; refund is due": T2 CANCELLED, kitchen
        NONE, due 5.00, number P002
    event REFUND_DUE T2, amount 5.00, code 2009, pay_id t2
    tell order T2 cleared, pickup P002 cleared
