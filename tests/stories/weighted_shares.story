# Fifteen portions by 5 : 3 : 2 are 8, 4 and 3 (T24). What is not asked for on one channel moves on
# to the others after a quarter of an hour.
till-1 stock.set {'object_type':'2','object_id':'1003','qty':'15'}
    reply OK: sku 1003 plan 15 real 15 locked 0 left 15
    event PLAN_SET sku 1003, limited yes, plan 15
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 15
      sku 1003 real 0->15 locked 0->0
    tell sku 1003 left 15
till-1 stock.channel {'object_type':'2','object_id':'1003','channel':'POS','weight':5}
    reply OK: sku 1003 plan 15 real 15 locked 0 left 15
    event CHANNEL_SET sku 1003, channel POS, limited no, on_sale yes, weight 5
    tell sku 1003 left 15
till-1 stock.channel {'object_type':'2','object_id':'1003','channel':'KIOSK','weight':3}
    reply OK: sku 1003 plan 15 real 15 locked 0 left 15
    event CHANNEL_SET sku 1003, channel KIOSK, limited no, on_sale yes, weight 3
    tell sku 1003 left 15
till-1 stock.channel {'object_type':'2','object_id':'1003','channel':'ONLINE_ORDER','weight':2}
    reply OK: sku 1003 plan 15 real 15 locked 0 left 15
    event CHANNEL_SET sku 1003, channel ONLINE_ORDER, limited no, on_sale yes, weight 2
    tell sku 1003 left 15
poshubctl stock.policy {'object_type':'2','object_id':'1003','policy':'WEIGHTED_SOFT'}
    reply OK: sku 1003 plan 15 real 15 locked 0 left POS 8 KIOSK 4 EMENU 0
    event POLICY_SET sku 1003, policy WEIGHTED_SOFT, rebalance_s 0, release_at_ms 0
    event REBALANCE BEGIN sku 1003, m (KIOSK 40, ONLINE_ORDER 30, POS 80)
    tell sku 1003 left POS 8 KIOSK 4 EMENU 0

till-1 order.sell {'order_id':'T1','lines':[{'line':1,'object_id':'1003','qty':'8'}],
    'payments':[{'pay_id':'t1','tender':'CASH','amount':'80'}]}
    reply OK: T1 PAID, kitchen QUEUED, due 80.00, number P001, paid 80.00
    event ORDER_SELL T1, payments [(amount 80.00, pay_id t1, tender CASH)]
      line 1: 8 Egg at 10.00 = 80.00
        sku 1003 real 15->7 locked 0->0 used 8
    tell ticket bar/T1/1 NEW rev 1 with line 1, sku 1003 left POS 0 KIOSK 4 EMENU 0, order T1 PAID,
        pickup P001 PREPARING

till-1 order.place {'order_id':'T2','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply CHANNEL_RESERVED "the rest is reserved for other channels"
      line 1 CHANNEL_RESERVED: need 1, left 0, limited by the sku

wait 15m
    after 900 s
    event REBALANCE PERIODIC sku 1003, m (KIOSK 20, ONLINE_ORDER 10, POS 120)
    tell sku 1003 left POS 4 KIOSK 2 EMENU 0

till-1 order.sell {'order_id':'T3','lines':[{'line':1,'object_id':'1003','qty':'4'}],
    'payments':[{'pay_id':'t3','tender':'CASH','amount':'40'}]}
    reply OK: T3 PAID, kitchen QUEUED, due 40.00, number P002, paid 40.00
    event ORDER_SELL T3, payments [(amount 40.00, pay_id t3, tender CASH)]
      line 1: 4 Egg at 10.00 = 40.00
        sku 1003 real 7->3 locked 0->0 used 12
    tell ticket bar/T3/1 NEW rev 1 with line 1, sku 1003 left POS 0 KIOSK 2 EMENU 0, order T3 PAID,
        pickup P002 PREPARING

# A delivery: the growth alone is shared out.
till-1 stock.adjust {'object_type':'2','object_id':'1003','delta':'10','reason':'RECEIPT'}
    reply OK: sku 1003 plan 15 real 13 locked 0 left POS 5 KIOSK 5 EMENU 0
    event STOCK_ADJUST sku 1003, q 10, reason RECEIPT
      sku 1003 real 3->13 locked 0->0
    event REBALANCE GROWTH sku 1003, m (KIOSK 50, ONLINE_ORDER 30, POS 170)
    tell sku 1003 left POS 5 KIOSK 5 EMENU 0
