# The store and the center sold the same eggs. The hub sees that they are too few; the center says
# whose order is short, and the alert names them until the case is closed.

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
down case {'case':'ov:1:2:1003:','state':'PROVISIONAL','object_type':2,'object_id':1003,'over_t':30,
    'at_risk_t':0,'cause':'PARTITION','supply_t':100,'ranking':'STORE_FIRST','claims':[
    {'side':'store','order_id':'T1','line':1,'q_t':80,'served':false,'short_t':0},
    {'side':'online','order_id':'O1','line':1,'q_t':30,'served':false,'short_t':10},
    {'side':'online','order_id':'O2','line':1,'q_t':20,'served':false,'short_t':20}]}
    reply OK
    tell alert short-2-1003 OVERSELL ov:1:2:1003: "SKU 1003: sold 3 more than there were; short: O1
        1, O2 2"

# One egg is found: how much is short the hub says, who is short the center said last.
till-1 stock.adjust {'object_type':'2','object_id':'1003','delta':'1','reason':'FOUND'}
    reply OK: sku 1003 plan 10 real -2 locked 0 left 0
    event STOCK_ADJUST sku 1003, q 1, reason FOUND
      sku 1003 real -3->-2 locked 0->0
    tell alert short-2-1003 OVERSELL ov:1:2:1003: "SKU 1003: sold 2 more than there were; short: O1
        1, O2 2", sku 1003 left 0

# It is accepted as it is: two guests got something else.
down case {'case':'ov:1:2:1003:','state':'CLOSED','object_type':2,'object_id':1003,'over_t':20,
    'at_risk_t':0,'cause':'PARTITION','supply_t':110,'ranking':'STORE_FIRST','claims':[]}
    reply OK
    tell alert short-2-1003 cleared

# Worse than what was accepted: staff hear of it again.
till-1 stock.adjust {'object_type':'2','object_id':'1003','delta':'-2','reason':'WASTE'}
    reply OK: sku 1003 plan 10 real -4 locked 0 left 0
    event STOCK_ADJUST sku 1003, q -2, reason WASTE
      sku 1003 real -2->-4 locked 0->0
    tell alert short-2-1003 OVERSELL ov:1:2:1003: "SKU 1003: sold 4 more than there were", sku 1003
        left 0
