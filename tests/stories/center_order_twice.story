# A push and a pull bring the same order; one of them comes a third time after a restart. There is
# one ticket and one number.

center order {'order_id':'O1','channel':'ONLINE_ORDER','order_status':2,'amount_e4':100000,
    'lines':[{'line':1,'object_id':1003,'name':'Egg','q_t':10}]}
hold order O1
down order O1
    reply OK
    event ORDER_STATE ARRIVED O1
    tell ticket bar/O1/1 NEW rev 1 with line 1, order O1 PAID, pickup O001 PREPARING
down order O1
    reply OK
reopen
down held order
    reply OK

# A newer message with another note is the same order; the older one comes again.
center order {'order_id':'O1','channel':'ONLINE_ORDER','order_status':2,'amount_e4':100000,
    'note':'no salt','lines':[{'line':1,'object_id':1003,'name':'Egg','q_t':10}]}
down order O1
    reply OK
    event ORDER_STATE CHANGED O1
    tell order O1 PAID, pickup O001 PREPARING
down held order
    reply OK

# Another one gets the next number.
center order {'order_id':'O2','channel':'ONLINE_ORDER','order_status':2,'amount_e4':100000,
    'lines':[{'line':1,'object_id':1003,'name':'Egg','q_t':10}]}
down order O2
    reply OK
    event ORDER_STATE ARRIVED O2
    tell ticket bar/O2/1 NEW rev 1 with line 1, order O2 PAID, pickup O002 PREPARING

# A till that invents the id of an order of the center hears that it is taken, and the other way
# round staff are warned.
till-1 order.place {'order_id':'O2','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply ORDER_EXISTS_DIFFERENT "order O2 exists and is another one"
till-1 order.place {'order_id':'T1','lines':[{'line':1,'object_id':'1003','qty':'1'}]}
    reply OK: T1 PLACED, kitchen NONE, due 10.00, number P001, expires in 900 s
    event ORDER_LOCK PLACE T1
      line 1: 1 Egg at 10.00 = 10.00
        sku 1003 unlimited real 0->0 locked 0->1 used 1
    tell sku 1003 unlimited, order T1 PLACED, pickup P001 PREPARING
center order {'order_id':'T1','channel':'ONLINE_ORDER','order_status':2,'amount_e4':100000,
    'lines':[{'line':1,'object_id':1003,'name':'Egg','q_t':10}]}
down order T1
    reply OK
    tell alert order-T1 ORDER "P001, order T1: the center has an order of this id too, which cannot
        be cooked"
