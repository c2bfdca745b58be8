# Ten eggs, cut off from each other: the store sells eight, the center five. Nobody did wrong; three
# guests are short, and the staff is told under the name that the center's case has too.

till-1 stock.set {'object_type':'2','object_id':'1003','qty':'10'}
    reply OK: sku 1003 plan 10 real 10 locked 0 left 10
    event PLAN_SET sku 1003, limited yes, plan 10
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 10
      sku 1003 real 0->10 locked 0->0
    tell sku 1003 left 10
up
    center sees sku 1003 real 10 locked 0
till-1 order.sell {'order_id':'T1','lines':[{'line':1,'object_id':'1003','qty':'8'}],
    'payments':[{'pay_id':'p1','tender':'CASH','amount':'80'}]}
    reply OK: T1 PAID, kitchen QUEUED, due 80.00, number P001, paid 80.00
    event ORDER_SELL T1, payments [(amount 80.00, pay_id p1, tender CASH)]
      line 1: 8 Egg at 10.00 = 80.00
        sku 1003 real 10->2 locked 0->0 used 8
    tell ticket bar/T1/1 NEW rev 1 with line 1, sku 1003 left 2, order T1 PAID, pickup P001
        PREPARING
center sells 1003 5
    center sees sku 1003 real 5 locked 0
down 1003
    reply OK
    event CENTER_ROW sku 1003, ver 3
      sku 1003 real 2->-3 locked 0->0
    tell alert short-2-1003 OVERSELL ov:1:2:1003: "SKU 1003: sold 3 more than there were", sku 1003
        left 0

# The center gives one order back.
center sells 1003 -2
    center sees sku 1003 real 7 locked 0
down 1003
    reply OK
    event CENTER_ROW sku 1003, ver 4
      sku 1003 real -3->-1 locked 0->0
    tell alert short-2-1003 OVERSELL ov:1:2:1003: "SKU 1003: sold 1 more than there were", sku 1003
        left 0

# A delivery settles it.
till-1 stock.adjust {'object_type':'2','object_id':'1003','delta':'5','reason':'RECEIPT'}
    reply OK: sku 1003 plan 10 real 4 locked 0 left 4
    event STOCK_ADJUST sku 1003, q 5, reason RECEIPT
      sku 1003 real -1->4 locked 0->0
    tell alert short-2-1003 cleared, sku 1003 left 4
up
    center sees sku 1003 real 4 locked 0
down 1003
    reply OK
