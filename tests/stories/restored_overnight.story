# Each morning at six there are three portions again. A guest of the night still has an open order.
till-1 stock.set {'object_type':'2','object_id':'1003','qty':'3'}
    reply OK: sku 1003 plan 3 real 3 locked 0 left 3
    event PLAN_SET sku 1003, limited yes, plan 3
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 3
      sku 1003 real 0->3 locked 0->0
    tell sku 1003 left 3
till-1 stock.schedule {'object_type':'2','object_id':'1003','auto':true,'at':'06:00','daily':true}
    reply OK: sku 1003 plan 3 real 3 locked 0 left 3
    event PLAN_SET sku 1003, auto yes, daily yes, limited yes, plan 3, restore_at_ms 1769580000000
    tell sku 1003 left 3

till-1 order.sell {'order_id':'T1','lines':[{'line':1,'object_id':'1003','qty':'1'}],
    'payments':[{'pay_id':'t1','tender':'CASH','amount':'10'}]}
    reply OK: T1 PAID, kitchen QUEUED, due 10.00, number P001, paid 10.00
    event ORDER_SELL T1, payments [(amount 10.00, pay_id t1, tender CASH)]
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 real 3->2 locked 0->0 used 1
    tell ticket bar/T1/1 NEW rev 1 with line 1, sku 1003 left 2, order T1 PAID, pickup P001
        PREPARING
menu-4 order.place {'order_id':'M1','lines':[{'line':1,'object_id':'1003','qty':'2'}]}
    reply OK: M1 PLACED, kitchen QUEUED, due 20.00, number E001
    event ORDER_LOCK PLACE M1
      line 1: 2 Egg at 10.00 = 20.00
        sku 1003 real 2->2 locked 0->2 used 2
    tell ticket bar/M1/1 NEW rev 1 with line 1, sku 1003 left 0, order M1 PLACED, pickup E001
        PREPARING
till-1 stock.sold_out {'object_type':'2','object_id':'1003'}
    reply OK: sku 1003 plan 3 real 2 locked 2 sold out, left 0
    event STATUS_SET sku 1003, on_sale no
    tell sku 1003 sold out, left 0

wait 24h
    after 14400 s
    event RESTORE sku 1003, base R:1769580000000 of H -3 C 0, due_at_ms 1769580000000, plan 3
      sku 1003 real 2->5 locked 2->2
    tell sku 1003 left 3

# It is paid, or given back, without touching what is there today.
till-1 order.void {'order_id':'M1','void_id':'v','lines':[{'line':1,'qty':'1'}]}
    reply OK: M1 PLACED, kitchen QUEUED, due 10.00, number E001
    event ORDER_UNLOCK VOID M1, void_id v
      line 1: 1 moved
        sku 1003 real 5->4 locked 2->1
    tell ticket bar/M1/1 NEW rev 2 with line 1, sku 1003 left 3, order M1 PLACED, pickup E001
        PREPARING
till-1 order.pay {'order_id':'M1','pay_id':'m1','tender':'CASH','amount':'10'}
    reply OK: M1 PAID, kitchen QUEUED, due 10.00, number E001, paid 10.00
    event ORDER_DEDUCT M1, payments [(amount 10.00, pay_id m1, tender CASH)]
      line 1: 1 moved
        sku 1003 real 4->3 locked 1->0
    tell sku 1003 left 3, order M1 PAID, pickup E001 PREPARING
till-1 order.place {'order_id':'T2','lines':[{'line':1,'object_id':'1003','qty':'3'}]}
    reply OK: T2 PLACED, kitchen NONE, due 30.00, number P002, expires in 900 s
    event ORDER_LOCK PLACE T2
      line 1: 3 Egg at 10.00 = 30.00
        sku 1003 real 3->3 locked 0->3 used 3
    tell sku 1003 left 0, order T2 PLACED, pickup P002 PREPARING

# After a night without power it comes late, and once.
clock +50h
reopen
wait 1s
    after 0 s
    event RESTORE sku 1003, base R:1769752800000 of H -6 C 0, due_at_ms 1769752800000, plan 3
      sku 1003 real 3->6 locked 3->3
    tell sku 1003 left 3

# A clock that is set back restores nothing twice: only an order runs out meanwhile.
clock -1h
wait 1h
    after 899 s: T2 EXPIRED, kitchen NONE, due 30.00, number P002
    event ORDER_UNLOCK EXPIRED T2
      line 1: 3 moved
        sku 1003 real 6->3 locked 3->0
    tell sku 1003 left 3, order T2 cleared, pickup P002 cleared
