# A part is cheap because of its combo. Nobody gets parts without it, more parts than it has, or keeps
# them when it goes. And the kitchen cooks parts: a combo comes with all of them.
menu combo

menu-1 order.place {'order_id':'T1','lines':[{'line':1,'object_id':'1010','qty':'1'}]}
    reply BAD_REQUEST "line 1 lacks its part 1001"
menu-1 order.place {'order_id':'T1','lines':[{'line':1,'object_id':'1010','qty':'1'},
    {'line':2,'object_id':'1001','qty':'2','parent':1}]}
    reply BAD_REQUEST "line 2, object 1001: more than the combo has of it"

# A pizza ordered by itself is no combo.
menu-1 order.place {'order_id':'T1','lines':[{'line':1,'object_id':'1002','qty':'1'},
    {'line':2,'object_id':'1001','qty':'1','parent':1}]}
    reply UNKNOWN_OBJECT "line 2, object 1001: not a part of a combo of this round"

menu-1 order.place {'order_id':'T1','lines':[{'line':1,'object_id':'1010','qty':'2'},
    {'line':2,'object_id':'1001','qty':'1','parent':1},
    {'line':3,'object_id':'1001','qty':'1','parent':1},
    {'line':4,'object_id':'1003','qty':'2','parent':1},
    {'line':5,'object_id':'1005','qty':'2','parent':1}]}
    reply OK: T1 PLACED, kitchen QUEUED, due 25.50, number E001
    event ORDER_LOCK PLACE T1
      line 1: 2 Lunch at 12.00 = 24.00
        sku 1010 unlimited real 0->0 locked 0->2 used 2
      line 2: 1 Pizza M at 0.00 = 0.00, part of line 1
        sku 1001 unlimited real 0->0 locked 0->1 used 1
        spu 500 unlimited real 0->0 locked 0->1 used 1
      line 3: 1 Pizza M at 0.00 = 0.00, part of line 1
        sku 1001 unlimited real 0->0 locked 1->2 used 2
        spu 500 unlimited real 0->0 locked 1->2 used 2
      line 4: 2 Egg at 0.50 = 1.00, part of line 1
        sku 1003 unlimited real 0->0 locked 0->2 used 2
      line 5: 2 Cola at 0.25 = 0.50, part of line 1
        sku 1005 unlimited real 0->0 locked 0->2 used 2
    tell ticket oven/T1/1 NEW rev 1 with line 2 line 3, ticket bar/T1/1 NEW rev 1 with line 4, sku
        1010 unlimited, sku 1001 unlimited, spu 500 unlimited, sku 1003 unlimited, sku 1005
        unlimited, order T1 PLACED, pickup E001 PREPARING

# Another cola in the next round has its own price.
menu-1 order.add {'order_id':'T1','lines':[{'line':6,'object_id':'1005','qty':'1','parent':1}]}
    reply UNKNOWN_OBJECT "line 6, object 1005: not a part of a combo of this round"

# One lunch goes back: with one of each part.
till-1 order.void {'order_id':'T1','void_id':'v1','operator':'anna','lines':[{'line':1,'qty':'1'}]}
    reply BAD_REQUEST "line 2 is a part of line 1: void it too"
till-1 order.void {'order_id':'T1','void_id':'v2','operator':'anna','lines':[{'line':1,'qty':'1'},
    {'line':3,'qty':'1'},{'line':4,'qty':'1'},{'line':5,'qty':'1'}]}
    reply OK: T1 PLACED, kitchen QUEUED, due 12.75, number E001
    event ORDER_UNLOCK VOID T1, operator anna, void_id v2
      line 1: 1 moved
        sku 1010 unlimited real 0->0 locked 2->1 used 1
      line 3: 1 moved
        sku 1001 unlimited real 0->0 locked 2->1 used 1
        spu 500 unlimited real 0->0 locked 2->1 used 1
      line 4: 1 moved
        sku 1003 unlimited real 0->0 locked 2->1 used 1
      line 5: 1 moved
        sku 1005 unlimited real 0->0 locked 2->1 used 1
    tell ticket oven/T1/1 NEW rev 2 with line 2 line 3 void, ticket bar/T1/1 NEW rev 2 with line 4,
        sku 1010 unlimited, sku 1001 unlimited, spu 500 unlimited, sku 1003 unlimited, sku 1005
        unlimited, order T1 PLACED, pickup E001 PREPARING
