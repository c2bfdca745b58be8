# Somebody counts eggs at the center while the line is cut. Sales that the count had not seen are
# subtracted from it; of two counts the later one stands.

till-1 stock.set {'object_type':'2','object_id':'1003','qty':'10'}
    reply OK: sku 1003 plan 10 real 10 locked 0 left 10
    event PLAN_SET sku 1003, limited yes, plan 10
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 10
      sku 1003 real 0->10 locked 0->0
    tell sku 1003 left 10
up
    center sees sku 1003 real 10 locked 0
till-1 order.sell {'order_id':'T1','lines':[{'line':1,'object_id':'1003','qty':'3'}],
    'payments':[{'pay_id':'p1','tender':'CASH','amount':'30'}]}
    reply OK: T1 PAID, kitchen QUEUED, due 30.00, number P001, paid 30.00
    event ORDER_SELL T1, payments [(amount 30.00, pay_id p1, tender CASH)]
      line 1: 3 Egg at 10.00 = 30.00
        sku 1003 real 10->7 locked 0->0 used 3
    tell ticket bar/T1/1 NEW rev 1 with line 1, sku 1003 left 7, order T1 PAID, pickup P001
        PREPARING
center counts 1003 12
    center sees sku 1003 real 12 locked 0
down 1003
    reply OK
    event CENTER_ROW sku 1003, ver 3, base C:3 (was S:1.3)
      sku 1003 real 7->9 locked 0->0
    tell sku 1003 left 9
up
    center sees sku 1003 real 9 locked 0
down 1003
    reply OK

# The worked example of two counts: here 12 and then one sale, there 20 after two sales and then one.
wait 1s
till-1 stock.set {'object_type':'2','object_id':'1003','qty':'12'}
    reply OK: sku 1003 plan 10 real 12 locked 0 left 12
    event STOCK_SET sku 1003, base S:1.6 of H -3 C 0, basis sellable, q 12
      sku 1003 real 9->12 locked 0->0
    tell sku 1003 left 12
till-1 order.sell {'order_id':'T2','lines':[{'line':1,'object_id':'1003','qty':'1'}],
    'payments':[{'pay_id':'p1','tender':'CASH','amount':'10'}]}
    reply OK: T2 PAID, kitchen QUEUED, due 10.00, number P002, paid 10.00
    event ORDER_SELL T2, payments [(amount 10.00, pay_id p1, tender CASH)]
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 real 12->11 locked 0->0 used 4
    tell ticket bar/T2/1 NEW rev 1 with line 1, sku 1003 left 11, order T2 PAID, pickup P002
        PREPARING
center sells 1003 2
    center sees sku 1003 real 7 locked 0
center waits 10s
center counts 1003 20
    center sees sku 1003 real 20 locked 0
center sells 1003 1
    center sees sku 1003 real 19 locked 0
down 1003
    reply OK
    event CENTER_ROW sku 1003, superseded [base], ver 7, base C:6 (was S:1.6)
      sku 1003 real 11->18 locked 0->0
    tell sku 1003 left 18
up
    center sees sku 1003 real 18 locked 0
down 1003
    reply OK

# The till counts again after it has seen that count: it means what it says, however slow its clock is.
till-1 stock.set {'object_type':'2','object_id':'1003','qty':'7'}
    reply OK: sku 1003 plan 10 real 7 locked 0 left 7
    event STOCK_SET sku 1003, base S:1.9 of H -4 C -3, basis sellable, q 7
      sku 1003 real 18->7 locked 0->0
    tell sku 1003 left 7
up
    center sees sku 1003 real 7 locked 0
down 1003
    reply OK
