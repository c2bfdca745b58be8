# Salad is sold by weight: ordered as one portion, paid as what the scale says. Eggs are not.

till-1 stock.set {'object_type':'2','object_id':'1004','qty':'10'}
    reply OK: sku 1004 plan 10 real 10 locked 0 left 10
    event PLAN_SET sku 1004, limited yes, plan 10
    event STOCK_SET sku 1004, base S:1.3 of H 0 C 0, basis sellable, q 10
      sku 1004 real 0->10 locked 0->0
    tell sku 1004 left 10
till-1 order.place {'order_id':'P1','lines':[{'line':1,'object_id':'1004','qty':'1'},
    {'line':2,'object_id':'1003','qty':'1'}]}
    reply OK: P1 PLACED, kitchen NONE, due 20.00, number P001, expires in 900 s
    event ORDER_LOCK PLACE P1
      line 1: 1 Salad at 10.00 = 10.00
        sku 1004 real 10->10 locked 0->1 used 1
      line 2: 1 Egg at 10.00 = 10.00
        sku 1003 unlimited real 0->0 locked 0->1 used 1
    tell sku 1004 left 9, sku 1003 unlimited, order P1 PLACED, pickup P001 PREPARING

# A tenth of an egg would be a cheap egg.
till-1 order.pay {'order_id':'P1','pay_id':'p1','tender':'CASH','amount':'9',
    'lines':[{'line':1,'actual_qty':'0.8'},{'line':2,'actual_qty':'0.1'}]}
    reply STEP_VIOLATION "line 2: not sold in this portion size"

# Too little money for what the scale says: nothing is taken yet, so nothing is weighed yet.
till-1 order.pay {'order_id':'P1','pay_id':'p2','tender':'CASH','amount':'9',
    'lines':[{'line':1,'actual_qty':'0.8'}]}
    reply BAD_TRANSITION "the order is PLACED: actual quantities go with the payment that completes
        it"

# The rest of the portion goes back to stock.
till-1 order.pay {'order_id':'P1','pay_id':'p3','tender':'CASH','amount':'18',
    'lines':[{'line':1,'actual_qty':'0.8'}]}
    reply OK: P1 PAID, kitchen QUEUED, due 18.00, number P001, paid 18.00
    event ORDER_DEDUCT P1, payments [(amount 18.00, pay_id p3, tender CASH)]
      line 1: 0.8 moved
        sku 1004 real 10->9.2 locked 1->0 used 0.8
      line 2: 1 moved
        sku 1003 unlimited real 0->-1 locked 1->0
    tell ticket bar/P1/1 NEW rev 1 with line 1 line 2, sku 1004 left 9.2, sku 1003 unlimited, order
        P1 PAID, pickup P001 PREPARING

# Heavier than ordered, as long as there is more.
till-1 order.place {'order_id':'P2','lines':[{'line':1,'object_id':'1004','qty':'9'}]}
    reply OK: P2 PLACED, kitchen NONE, due 90.00, number P002, expires in 900 s
    event ORDER_LOCK PLACE P2
      line 1: 9 Salad at 10.00 = 90.00
        sku 1004 real 9.2->9.2 locked 0->9 used 9.8
    tell sku 1004 left 0.2, order P2 PLACED, pickup P002 PREPARING
till-1 order.pay {'order_id':'P2','pay_id':'p4','tender':'CASH','amount':'93',
    'lines':[{'line':1,'actual_qty':'9.3'}]}
    reply EXCEEDS_LOCK "more than was reserved, and no stock for the rest"
      line 1 INSUFFICIENT_STOCK: need 0.3, left 0.2, limited by the sku
till-1 order.pay {'order_id':'P2','pay_id':'p5','tender':'CASH','amount':'92',
    'lines':[{'line':1,'actual_qty':'9.2'}]}
    reply OK: P2 PAID, kitchen QUEUED, due 92.00, number P002, paid 92.00
    event ORDER_DEDUCT P2, payments [(amount 92.00, pay_id p5, tender CASH)]
      line 1: 9.2 moved
        sku 1004 real 9.2->0 locked 9->0 used 10
    tell ticket bar/P2/1 NEW rev 1 with line 1, sku 1004 left 0, order P2 PAID, pickup P002
        PREPARING

# A discount larger than what the scale says has to be mended first.
till-1 stock.adjust {'object_type':'2','object_id':'1004','delta':'1','reason':'RECEIPT'}
    reply OK: sku 1004 plan 10 real 1 locked 0 left 1
    event STOCK_ADJUST sku 1004, q 1, reason RECEIPT
      sku 1004 real 0->1 locked 0->0
    tell sku 1004 left 1
till-1 order.place {'order_id':'T9','lines':[{'line':1,'object_id':'1004','qty':'0.4'}]}
    reply OK: T9 PLACED, kitchen NONE, due 4.00, number P003, expires in 900 s
    event ORDER_LOCK PLACE T9
      line 1: 0.4 Salad at 10.00 = 4.00
        sku 1004 real 1->1 locked 0->0.4 used 10.4
    tell sku 1004 left 0.6, order T9 PLACED, pickup P003 PREPARING
till-1 order.adjust {'order_id':'T9','adjust':[{'adj':1,'kind':'DISCOUNT','amount':'-3'}]}
    reply OK: T9 PLACED, kitchen NONE, due 1.00, number P003, expires in 900 s
    event ORDER_STATE T9, adjust [(adj 1, amount -3.00, kind DISCOUNT)]
    tell order T9 PLACED, pickup P003 PREPARING
till-1 order.pay {'order_id':'T9','pay_id':'p1','tender':'CASH','amount':'1',
    'lines':[{'line':1,'actual_qty':'0.2'}]}
    reply BAD_TRANSITION "the order is PLACED: what is due would be below zero or too large"
