# Ten are kept for the till and ten for the kiosk, but there are only fifteen: eight and seven.
till-1 stock.set {'object_type':'2','object_id':'1003','qty':'15'}
    reply OK: sku 1003 plan 15 real 15 locked 0 left 15
    event PLAN_SET sku 1003, limited yes, plan 15
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 15
      sku 1003 real 0->15 locked 0->0
    tell sku 1003 left 15
poshubctl stock.policy {'object_type':'2','object_id':'1003','policy':'RESERVED',
    'release_at':'20:00'}
    reply OK: sku 1003 plan 15 real 15 locked 0 left 15
    event POLICY_SET sku 1003, policy RESERVED, rebalance_s 0, release_at_ms 1769630400000
    tell sku 1003 left 15
till-1 stock.channel {'object_type':'2','object_id':'1003','channel':'POS','reserve':'10'}
    reply OK: sku 1003 plan 15 real 15 locked 0 left POS 15 KIOSK 5 EMENU 5
    event CHANNEL_SET sku 1003, channel POS, limited no, on_sale yes, reserve 10
    event REBALANCE BEGIN sku 1003, m (POS 100)
    tell sku 1003 left POS 15 KIOSK 5 EMENU 5
till-1 stock.channel {'object_type':'2','object_id':'1003','channel':'KIOSK','reserve':'10'}
    reply OK: sku 1003 plan 15 real 15 locked 0 left POS 7 KIOSK 8 EMENU 0
    event CHANNEL_SET sku 1003, channel KIOSK, limited no, on_sale yes, reserve 10
    event REBALANCE FORCED sku 1003, m (KIOSK 80, POS 70)
    tell sku 1003 left POS 7 KIOSK 8 EMENU 0

# The tables have nothing kept for them, and so get nothing ...
menu-4 order.place {'order_id':'M1','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply CHANNEL_RESERVED "the rest is reserved for other channels"
      line 1 CHANNEL_RESERVED: need 1, left 0, limited by the sku

# ... until the evening.
wait 24h
    after 64800 s
    event REBALANCE RELEASE sku 1003, m (KIOSK 0, POS 0)
    tell sku 1003 left 15
menu-4 order.place {'order_id':'M2','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: M2 PLACED, kitchen QUEUED, due 10.00, number E001
    event ORDER_LOCK PLACE M2
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 real 15->15 locked 0->1 used 1
    tell ticket bar/M2/1 NEW rev 1 with line 1, sku 1003 left 14, order M2 PLACED, pickup E001
        PREPARING
