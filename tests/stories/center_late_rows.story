# Rows of the center arrive twice, late and for things that are gone. Only the newest counts.

center counts 1003 10
    center sees sku 1003 real 10 locked 0
center sells 1003 1
    center sees sku 1003 real 9 locked 0
hold 1003
center sells 1003 2
    center sees sku 1003 real 7 locked 0
down 1003
    reply OK
    event CENTER_ROW sku 1003, ver 3, base C:1 (was I), limited yes (was no), plan 10 (was 0)
      sku 1003 real 0->7 locked 0->0
    tell sku 1003 left 7
down held
    reply OK
down 1003
    reply OK

# The center takes the egg off its list. What is sold of it now is still counted.
center deletes 1003
    center sees sku 1003 unlimited real 7 locked 0
down 1003
    reply OK
    event CENTER_ROW sku 1003, deleted yes, ver 4, limited no (was yes), plan 0 (was 10)
      sku 1003 unlimited real 7->7 locked 0->0
    tell sku 1003 unlimited
till-1 order.sell {'order_id':'T1','lines':[{'line':1,'object_id':'1003','qty':'20'}],
    'payments':[{'pay_id':'p1','tender':'CASH','amount':'200'}]}
    reply OK: T1 PAID, kitchen QUEUED, due 200.00, number P001, paid 200.00
    event ORDER_SELL T1, payments [(amount 200.00, pay_id p1, tender CASH)]
      line 1: 20 Egg at 10.00 = 200.00
        sku 1003 unlimited real 7->-13 locked 0->0 used 20
    tell ticket bar/T1/1 NEW rev 1 with line 1, sku 1003 unlimited, order T1 PAID, pickup P001
        PREPARING
up
    center sees sku 1003 unlimited real -13 locked 0
