# Lunch is a pizza, an egg and a cola. When one part is gone, lunch is gone, and nothing else is held.

menu combo
till-1 stock.set {'object_type':'2','object_id':'1003','qty':'1'}
    reply OK: sku 1003 plan 1 real 1 locked 0 left 1
    event PLAN_SET sku 1003, limited yes, plan 1
    event STOCK_SET sku 1003, base S:1.4 of H 0 C 0, basis sellable, q 1
      sku 1003 real 0->1 locked 0->0
    tell sku 1003 left 1
till-1 stock.set {'object_type':'2','object_id':'1005','qty':'5'}
    reply OK: sku 1005 plan 5 real 5 locked 0 left 5
    event PLAN_SET sku 1005, limited yes, plan 5
    event STOCK_SET sku 1005, base S:1.6 of H 0 C 0, basis sellable, q 5
      sku 1005 real 0->5 locked 0->0
    tell sku 1005 left 5

till-1 order.place {'order_id':'L1','lines':[{'line':1,'object_id':'1010','qty':'1'},
    {'line':2,'object_id':'1001','qty':'1','parent':1},
    {'line':3,'object_id':'1003','qty':'1','parent':1},
    {'line':4,'object_id':'1005','qty':'1','parent':1}]}
    reply OK: L1 PLACED, kitchen NONE, due 12.75, number P001, expires in 900 s
    event ORDER_LOCK PLACE L1
      line 1: 1 Lunch at 12.00 = 12.00
        sku 1010 unlimited real 0->0 locked 0->1 used 1
      line 2: 1 Pizza M at 0.00 = 0.00, part of line 1
        sku 1001 unlimited real 0->0 locked 0->1 used 1
        spu 500 unlimited real 0->0 locked 0->1 used 1
      line 3: 1 Egg at 0.50 = 0.50, part of line 1
        sku 1003 real 1->1 locked 0->1 used 1
      line 4: 1 Cola at 0.25 = 0.25, part of line 1
        sku 1005 real 5->5 locked 0->1 used 1
    tell sku 1010 unlimited, sku 1001 unlimited, spu 500 unlimited, sku 1003 left 0, sku 1005 left
        4, order L1 PLACED, pickup P001 PREPARING

# The egg is promised to the first lunch; the cola of the second is not held.
till-1 order.place {'order_id':'L2','lines':[{'line':1,'object_id':'1010','qty':'1'},
    {'line':2,'object_id':'1001','qty':'1','parent':1},
    {'line':3,'object_id':'1003','qty':'1','parent':1},
    {'line':4,'object_id':'1005','qty':'1','parent':1}]}
    reply INSUFFICIENT_STOCK "not enough in stock"
      line 3 INSUFFICIENT_STOCK: need 1, left 0, limited by the sku

# The bar marks eggs sold out by hand: that is said first, even though none is left anyway.
till-1 stock.sold_out {'object_type':'2','object_id':'1003'}
    reply OK: sku 1003 plan 1 real 1 locked 1 sold out, left 0
    event STATUS_SET sku 1003, on_sale no
    tell sku 1003 sold out, left 0
till-1 order.place {'order_id':'L3','lines':[{'line':1,'object_id':'1010','qty':'1'},
    {'line':2,'object_id':'1001','qty':'1','parent':1},
    {'line':3,'object_id':'1003','qty':'1','parent':1},
    {'line':4,'object_id':'1005','qty':'1','parent':1}]}
    reply SOLD_OUT "sold out"
      line 3 SOLD_OUT: need 1, left 0, limited by the sku

# What was promised before is still sold.
till-1 order.pay {'order_id':'L1','pay_id':'l1','tender':'CASH','amount':'12.75'}
    reply OK: L1 PAID, kitchen QUEUED, due 12.75, number P001, paid 12.75
    event ORDER_DEDUCT L1, payments [(amount 12.75, pay_id l1, tender CASH)]
      line 1: 1 moved
        sku 1010 unlimited real 0->-1 locked 1->0
      line 2: 1 moved
        sku 1001 unlimited real 0->-1 locked 1->0
        spu 500 unlimited real 0->-1 locked 1->0
      line 3: 1 moved
        sku 1003 real 1->0 locked 1->0
      line 4: 1 moved
        sku 1005 real 5->4 locked 1->0
    tell ticket oven/L1/1 NEW rev 1 with line 2, ticket bar/L1/1 NEW rev 1 with line 3, sku 1010
        unlimited, sku 1001 unlimited, spu 500 unlimited, sku 1003 sold out, left 0, sku 1005 left
        4, order L1 PAID, pickup P001 PREPARING

# The delivery comes.
till-1 stock.adjust {'object_type':'2','object_id':'1003','delta':'12','reason':'RECEIPT'}
    reply OK: sku 1003 plan 1 real 12 locked 0 sold out, left 0
    event STOCK_ADJUST sku 1003, q 12, reason RECEIPT
      sku 1003 real 0->12 locked 0->0
    tell sku 1003 sold out, left 0
till-1 stock.on_sale {'object_type':'2','object_id':'1003'}
    reply OK: sku 1003 plan 1 real 12 locked 0 left 12
    event STATUS_SET sku 1003, on_sale yes
    tell sku 1003 left 12
till-1 order.place {'order_id':'L4','lines':[{'line':1,'object_id':'1010','qty':'1'},
    {'line':2,'object_id':'1001','qty':'1','parent':1},
    {'line':3,'object_id':'1003','qty':'1','parent':1},
    {'line':4,'object_id':'1005','qty':'1','parent':1}]}
    reply OK: L4 PLACED, kitchen NONE, due 12.75, number P002, expires in 900 s
    event ORDER_LOCK PLACE L4
      line 1: 1 Lunch at 12.00 = 12.00
        sku 1010 unlimited real -1->-1 locked 0->1 used 2
      line 2: 1 Pizza M at 0.00 = 0.00, part of line 1
        sku 1001 unlimited real -1->-1 locked 0->1 used 2
        spu 500 unlimited real -1->-1 locked 0->1 used 2
      line 3: 1 Egg at 0.50 = 0.50, part of line 1
        sku 1003 real 12->12 locked 0->1 used 2
      line 4: 1 Cola at 0.25 = 0.25, part of line 1
        sku 1005 real 4->4 locked 0->1 used 2
    tell sku 1010 unlimited, sku 1001 unlimited, spu 500 unlimited, sku 1003 left 11, sku 1005 left
        3, order L4 PLACED, pickup P002 PREPARING
