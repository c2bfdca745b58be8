# Fifteen portions, till and kiosk at most ten each (T20, T22).
till-1 stock.set {'object_type':'2','object_id':'1003','qty':'15'}
    reply OK: sku 1003 plan 15 real 15 locked 0 left 15
    event PLAN_SET sku 1003, limited yes, plan 15
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 15
      sku 1003 real 0->15 locked 0->0
    tell sku 1003 left 15
till-1 stock.channel {'object_type':'2','object_id':'1003','channel':'POS','limit':'10'}
    reply OK: sku 1003 plan 15 real 15 locked 0 left POS 10 KIOSK 15 EMENU 15
    event CHANNEL_SET sku 1003, channel POS, limit 10, limited yes, on_sale yes
    tell sku 1003 left POS 10 KIOSK 15 EMENU 15
till-1 stock.channel {'object_type':'2','object_id':'1003','channel':'KIOSK','limit':'10'}
    reply OK: sku 1003 plan 15 real 15 locked 0 left POS 10 KIOSK 10 EMENU 15
    event CHANNEL_SET sku 1003, channel KIOSK, limit 10, limited yes, on_sale yes
    tell sku 1003 left POS 10 KIOSK 10 EMENU 15
poshubctl stock.policy {'object_type':'2','object_id':'1003','policy':'CAPPED'}
    reply OK: sku 1003 plan 15 real 15 locked 0 left POS 10 KIOSK 10 EMENU 15
    event POLICY_SET sku 1003, policy CAPPED, rebalance_s 0, release_at_ms 0
    tell sku 1003 left POS 10 KIOSK 10 EMENU 15

till-1 order.place {'order_id':'T0','lines':[{'line':1,'object_id':'1003','qty':'11'}]}
    reply CHANNEL_LIMIT "this channel's limit is reached"
      line 1 CHANNEL_LIMIT: need 11, left 10, limited by the sku

till-1 order.sell {'order_id':'T1','lines':[{'line':1,'object_id':'1003','qty':'9'}],
    'payments':[{'pay_id':'t1','tender':'CASH','amount':'90'}]}
    reply OK: T1 PAID, kitchen QUEUED, due 90.00, number P001, paid 90.00
    event ORDER_SELL T1, payments [(amount 90.00, pay_id t1, tender CASH)]
      line 1: 9 Egg at 10.00 = 90.00
        sku 1003 real 15->6 locked 0->0 used 9
    tell ticket bar/T1/1 NEW rev 1 with line 1, sku 1003 left POS 1 KIOSK 6 EMENU 6, order T1 PAID,
        pickup P001 PREPARING

# The total counts beside the limits: six are left for the kiosk, and one of them for the till.
kiosk-1 order.place {'order_id':'K1','lines':[{'line':1,'object_id':'1003','qty':'7'}]}
    reply INSUFFICIENT_STOCK "not enough in stock"
      line 1 INSUFFICIENT_STOCK: need 7, left 6, limited by the sku

kiosk-1 order.place {'order_id':'K2','lines':[{'line':1,'object_id':'1003','qty':'6'}]}
    reply OK: K2 PLACED, kitchen NONE, due 60.00, number A001, expires in 300 s
    event ORDER_LOCK PLACE K2
      line 1: 6 Egg at 10.00 = 60.00
        sku 1003 real 6->6 locked 0->6 used 6
    tell sku 1003 left 0, order K2 PLACED, pickup A001 PREPARING

till-1 order.place {'order_id':'T2','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply INSUFFICIENT_STOCK "not enough in stock"
      line 1 INSUFFICIENT_STOCK: need 1, left 0, limited by the sku
