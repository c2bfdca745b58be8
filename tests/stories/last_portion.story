# Dinner rush. Two pizzas are left; a till and a kiosk both want them.

till-1 stock.set {'object_type':'2','object_id':'1001','qty':'2'}
    reply OK: sku 1001 plan 2 real 2 locked 0 left 2
    event PLAN_SET sku 1001, limited yes, plan 2
    event STOCK_SET sku 1001, base S:1.3 of H 0 C 0, basis sellable, q 2
      sku 1001 real 0->2 locked 0->0
    tell sku 1001 left 2

kiosk-1 order.place {'order_id':'K1','lines':[{'line':1,'object_id':'1001','qty':'1'}]}
    reply OK: K1 PLACED, kitchen NONE, due 10.00, number A001, expires in 300 s
    event ORDER_LOCK PLACE K1
      line 1: 1 Pizza M at 10.00 = 10.00
        sku 1001 real 2->2 locked 0->1 used 1
        spu 500 unlimited real 0->0 locked 0->1 used 1
    tell sku 1001 left 1, spu 500 unlimited, order K1 PLACED, pickup A001 PREPARING

# The till wants two, but only one is not promised. Nothing is reserved by a refused order.
till-1 order.place {'order_id':'T1','lines':[{'line':1,'object_id':'1001','qty':'2'},
    {'line':2,'object_id':'1003','qty':'1'}]}
    reply INSUFFICIENT_STOCK "not enough in stock"
      line 1 INSUFFICIENT_STOCK: need 2, left 1, limited by the sku

till-1 order.place {'order_id':'T2','lines':[{'line':1,'object_id':'1001','qty':'1'}]}
    reply OK: T2 PLACED, kitchen NONE, due 10.00, number P001, expires in 900 s
    event ORDER_LOCK PLACE T2
      line 1: 1 Pizza M at 10.00 = 10.00
        sku 1001 real 2->2 locked 1->2 used 1
        spu 500 unlimited real 0->0 locked 1->2 used 1
    tell sku 1001 left 0, spu 500 unlimited, order T2 PLACED, pickup P001 PREPARING

# The last portion is paid at the till.
till-1 order.pay {'order_id':'T2','pay_id':'t2','tender':'CASH','amount':'10'}
    reply OK: T2 PAID, kitchen QUEUED, due 10.00, number P001, paid 10.00
    event ORDER_DEDUCT T2, payments [(amount 10.00, pay_id t2, tender CASH)]
      line 1: 1 moved
        sku 1001 real 2->1 locked 2->1
        spu 500 unlimited real 0->-1 locked 2->1
    tell ticket oven/T2/1 NEW rev 1 with line 1, sku 1001 left 0, spu 500 unlimited, order T2 PAID,
        pickup P001 PREPARING

# The kiosk's guest walks away; its portion comes back by itself.
wait 10m
    after 300 s: K1 EXPIRED, kitchen NONE, due 10.00, number A001
    event ORDER_UNLOCK EXPIRED K1
      line 1: 1 moved
        sku 1001 real 1->1 locked 1->0 used 0
        spu 500 unlimited real -1->-1 locked 1->0 used 0
    tell sku 1001 left 1, spu 500 unlimited, order K1 cleared, pickup A001 cleared

till-1 order.sell {'order_id':'T3','lines':[{'line':1,'object_id':'1001','qty':'1'}],
    'payments':[{'pay_id':'t3','tender':'CASH','amount':'10'}]}
    reply OK: T3 PAID, kitchen QUEUED, due 10.00, number P002, paid 10.00
    event ORDER_SELL T3, payments [(amount 10.00, pay_id t3, tender CASH)]
      line 1: 1 Pizza M at 10.00 = 10.00
        sku 1001 real 1->0 locked 0->0 used 2
        spu 500 unlimited real -1->-2 locked 0->0 used 2
    tell ticket oven/T3/1 NEW rev 1 with line 1, sku 1001 left 0, spu 500 unlimited, order T3 PAID,
        pickup P002 PREPARING

kiosk-1 order.place {'order_id':'K2','lines':[{'line':1,'object_id':'1001','qty':'1'}]}
    reply INSUFFICIENT_STOCK "not enough in stock"
      line 1 INSUFFICIENT_STOCK: need 1, left 0, limited by the sku
