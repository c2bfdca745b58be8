# Closing time with a table still eating: its order goes on into the next day.

till-1 order.sell {'order_id':'P1','lines':[{'line':1,'object_id':'1003','qty':'2'}],
    'payments':[{'pay_id':'p1','tender':'CASH','amount':'20'}]}
    reply OK: P1 PAID, kitchen QUEUED, due 20.00, number P001, paid 20.00
    event ORDER_SELL P1, payments [(amount 20.00, pay_id p1, tender CASH)]
      line 1: 2 Egg at 10.00 = 20.00
        sku 1003 unlimited real 0->-2 locked 0->0 used 2
    tell ticket bar/P1/1 NEW rev 1 with line 1, sku 1003 unlimited, order P1 PAID, pickup P001
        PREPARING
till-1 order.serve {'order_id':'P1'}
    reply OK: P1 ENDED, kitchen SERVED, due 20.00, number P001, paid 20.00
    event ORDER_SERVED P1, round 1
    tell order P1 cleared, pickup P001 cleared
menu-4 order.place {'order_id':'E1','table':'4','lines':[{'line':1,'object_id':'1001','qty':'1'}]}
    reply OK: E1 PLACED, kitchen QUEUED, due 10.00, number E001
    event ORDER_LOCK PLACE E1, table 4
      line 1: 1 Pizza M at 10.00 = 10.00
        sku 1001 unlimited real 0->0 locked 0->1 used 1
        spu 500 unlimited real 0->0 locked 0->1 used 1
    tell ticket oven/E1/1 NEW rev 1 with line 1, sku 1001 unlimited, spu 500 unlimited, order E1
        PLACED, pickup E001 PREPARING

poshubctl day.close {}
    reply OK
    event DAY_CLOSE, channels (EMENU (due 10.00, orders 1, paid 0.00, refunded 0.00), POS (due
        20.00, orders 1, paid 20.00, refunded 0.00)), closed yes, day 20260128, lines 1, orders 2,
        states (ENDED 1, PLACED 1), tenders [(amount 20.00, payments 1, tender CASH)]
    tell hub

# New numbers for the new day, but never one that an open order still has.
till-1 order.place {'order_id':'P2','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: P2 PLACED, kitchen NONE, due 10.00, number P001, expires in 900 s
    event ORDER_LOCK PLACE P2
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 unlimited real -2->-2 locked 0->1 used 3
    tell sku 1003 unlimited, order P2 PLACED, pickup P001 PREPARING
menu-5 order.place {'order_id':'E2','table':'5','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: E2 PLACED, kitchen QUEUED, due 10.00, number E002
    event ORDER_LOCK PLACE E2, table 5
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 unlimited real -2->-2 locked 1->2 used 1
    tell ticket bar/E2/1 NEW rev 1 with line 1, sku 1003 unlimited, order E2 PLACED, pickup E002
        PREPARING

# Yesterday's table pays and goes.
till-1 order.pay {'order_id':'E1','pay_id':'e1','tender':'CARD','amount':'10'}
    reply OK: E1 PAID, kitchen QUEUED, due 10.00, number E001, paid 10.00
    event ORDER_DEDUCT E1, payments [(amount 10.00, pay_id e1, tender CARD)]
      line 1: 1 moved
        sku 1001 unlimited real 0->-1 locked 1->0
        spu 500 unlimited real 0->-1 locked 1->0
    tell sku 1001 unlimited, spu 500 unlimited, order E1 PAID, pickup E001 PREPARING
till-1 order.serve {'order_id':'E1'}
    reply OK: E1 ENDED, kitchen SERVED, due 10.00, number E001, paid 10.00
    event ORDER_SERVED E1, round 1
    tell order E1 cleared, pickup E001 cleared

# And anna gives half of yesterday's other money back. The new day's report has both; with
# yesterday's it holds every payment once.
till-1 order.refund {'order_id':'P1','refund_id':'r1','operator':'anna','amount':'5'}
    reply OK: P1 ENDED, kitchen SERVED, due 20.00, number P001, paid 20.00, refunded 5.00
    event ORDER_REFUND P1, amount 5.00, operator anna, refund_id r1
    tell order P1 cleared, pickup P001 PREPARING
poshubctl day.close {}
    reply OK
    event DAY_CLOSE, channels (EMENU (due 10.00, orders 1, paid 10.00, refunded 0.00), POS (due
        10.00, orders 1, paid 0.00, refunded 5.00)), closed yes, day 20260129, lines 0, orders 2,
        states (PLACED 2), tenders [(amount 10.00, payments 1, tender CARD)]
    tell hub
