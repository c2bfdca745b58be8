# The line is cut in the rush. Store and center go on selling the same ten eggs, the center closes the
# egg, and both hear of each other when the line is back.

till-1 stock.set {'object_type':'2','object_id':'1003','qty':'10'}
    reply OK: sku 1003 plan 10 real 10 locked 0 left 10
    event PLAN_SET sku 1003, limited yes, plan 10
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 10
      sku 1003 real 0->10 locked 0->0
    tell sku 1003 left 10
up
    center sees sku 1003 real 10 locked 0
down 1003
    reply OK

till-1 order.sell {'order_id':'T1','lines':[{'line':1,'object_id':'1003','qty':'2'}],
    'payments':[{'pay_id':'p1','tender':'CASH','amount':'20'}]}
    reply OK: T1 PAID, kitchen QUEUED, due 20.00, number P001, paid 20.00
    event ORDER_SELL T1, payments [(amount 20.00, pay_id p1, tender CASH)]
      line 1: 2 Egg at 10.00 = 20.00
        sku 1003 real 10->8 locked 0->0 used 2
    tell ticket bar/T1/1 NEW rev 1 with line 1, sku 1003 left 8, order T1 PAID, pickup P001
        PREPARING
center sells 1003 3
    center sees sku 1003 real 7 locked 0
center closes 1003
    center sees sku 1003 sold out real 7 locked 0

# The row was on its way before the center heard of the sale here: both sales count, and the egg is
# closed from now on. A sale that happened stands.
down 1003
    reply OK
    event CENTER_ROW sku 1003, ver 4, on_sale no (was yes)
      sku 1003 real 8->5 locked 0->0
    tell sku 1003 sold out, left 0
till-1 order.sell {'order_id':'T2','lines':[{'line':1,'object_id':'1003','qty':'1'}],
    'payments':[{'pay_id':'p1','tender':'CASH','amount':'10'}]}
    reply SOLD_OUT "sold out"
      line 1 SOLD_OUT: need 1, left 0, limited by the sku
up
    center sees sku 1003 sold out real 5 locked 0
down 1003
    reply OK

# Open again; an unpaid order of the center holds two.
center opens 1003
    center sees sku 1003 real 5 locked 0
center locks 1003 2
    center sees sku 1003 real 5 locked 2
down 1003
    reply OK
    event CENTER_ROW sku 1003, ver 7, on_sale yes (was no)
      sku 1003 real 5->5 locked 0->2
    tell sku 1003 left 3
kiosk-1 order.place {'order_id':'K1','lines':[{'line':1,'object_id':'1003','qty':'4'}]}
    reply INSUFFICIENT_STOCK "not enough in stock"
      line 1 INSUFFICIENT_STOCK: need 4, left 3, limited by the sku
kiosk-1 order.place {'order_id':'K2','lines':[{'line':1,'object_id':'1003','qty':'3'}]}
    reply OK: K2 PLACED, kitchen NONE, due 30.00, number A001, expires in 300 s
    event ORDER_LOCK PLACE K2
      line 1: 3 Egg at 10.00 = 30.00
        sku 1003 real 5->5 locked 2->5 used 3
    tell sku 1003 left 0, order K2 PLACED, pickup A001 PREPARING
