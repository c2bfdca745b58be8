# What the center calls off leaves the kitchen, as long as nobody has begun.

center order {'order_id':'O1','channel':'ONLINE_ORDER','order_status':2,'amount_e4':100000,
    'lines':[{'line':1,'object_id':1003,'name':'Egg','q_t':10}]}
hold order O1
down order O1
    reply OK
    event ORDER_STATE ARRIVED O1
    tell ticket bar/O1/1 NEW rev 1 with line 1, order O1 PAID, pickup O001 PREPARING
center CANCELLED O1
down order O1
    reply OK
    event ORDER_STATE CALLED_OFF O1
    tell ticket bar/O1/1 cleared, order O1 cleared, pickup O001 cleared

# The message that it was paid comes once more, and late.
down held order
    reply OK

# It was called off before the store ever heard of it: the paid message was overtaken.
center order {'order_id':'O2','channel':'ONLINE_ORDER','order_status':2,'amount_e4':100000,
    'lines':[{'line':1,'object_id':1003,'name':'Egg','q_t':10}]}
hold order O2
center REFUNDED O2
down order O2
    reply OK
    event ORDER_STATE CALLED_OFF O2
    tell order O2 cleared
down held order
    reply OK

# Somebody has begun: the cook sees the ticket until it is cleared away, and staff are warned.
center order {'order_id':'O3','channel':'ONLINE_ORDER','order_status':2,'amount_e4':200000,
    'lines':[{'line':1,'object_id':1001,'name':'Pizza M','q_t':10},
    {'line':2,'object_id':1003,'name':'Egg','q_t':10}]}
down order O3
    reply OK
    event ORDER_STATE ARRIVED O3
    tell ticket oven/O3/1 NEW rev 1 with line 1, ticket bar/O3/1 NEW rev 1 with line 2, order O3
        PAID, pickup O002 PREPARING
kds-oven ticket.start {'order_id':'O3','station':'oven','round':1}
    reply OK: O3 PAID, kitchen COOKING, due 20.00, number O002, paid 20.00
    event ORDER_STATE O3, from NEW, round 1, station oven, to STARTED
    tell ticket oven/O3/1 STARTED rev 2 with line 1, order O3 PAID, pickup O002 PREPARING
center CANCELLED O3
down order O3
    reply OK
    event ORDER_STATE CALLED_OFF O3
    tell ticket bar/O3/1 cleared, ticket oven/O3/1 STARTED rev 3 with line 1 void, order O3 cleared,
        pickup O002 cleared, alert order-O3 ORDER "O002, order O3: called off online after it was
        begun"
till-1 order.serve {'order_id':'O3'}
    reply BAD_TRANSITION "the order is CANCELLED"
kds-oven ticket.bump {'order_id':'O3','station':'oven','round':1}
    reply OK: O3 CANCELLED, kitchen COOKING, due 20.00, number O002, paid 20.00, refunded 20.00
    event TICKET O3, from STARTED, round 1, station oven, to BUMPED
    tell ticket oven/O3/1 cleared, order O3 cleared, pickup O002 cleared, alert order-O3 cleared

# Eaten, and refunded afterwards: nobody in the store has to do anything.
center order {'order_id':'O4','channel':'ONLINE_ORDER','order_status':2,'amount_e4':100000,
    'lines':[{'line':1,'object_id':1003,'name':'Egg','q_t':10}]}
down order O4
    reply OK
    event ORDER_STATE ARRIVED O4
    tell ticket bar/O4/1 NEW rev 1 with line 1, order O4 PAID, pickup O003 PREPARING
kds-bar ticket.start {'order_id':'O4','station':'bar','round':1}
    reply OK: O4 PAID, kitchen COOKING, due 10.00, number O003, paid 10.00
    event ORDER_STATE O4, from NEW, round 1, station bar, to STARTED
    tell ticket bar/O4/1 STARTED rev 2 with line 1, order O4 PAID, pickup O003 PREPARING
till-1 order.serve {'order_id':'O4'}
    reply OK: O4 ENDED, kitchen SERVED, due 10.00, number O003, paid 10.00
    event ORDER_SERVED O4, round 1
    tell order O4 cleared, pickup O003 cleared
center REFUNDED O4
down order O4
    reply OK

# One of two lines is called off: that alone is void. What comes instead is a round of its own.
center order {'order_id':'O5','channel':'ONLINE_ORDER','order_status':2,'amount_e4':200000,
    'lines':[{'line':1,'object_id':1001,'name':'Pizza M','q_t':10},
    {'line':2,'object_id':1003,'name':'Egg','q_t':20}]}
down order O5
    reply OK
    event ORDER_STATE ARRIVED O5
    tell ticket oven/O5/1 NEW rev 1 with line 1, ticket bar/O5/1 NEW rev 1 with line 2, order O5
        PAID, pickup O004 PREPARING
center order {'order_id':'O5','channel':'ONLINE_ORDER','order_status':2,'amount_e4':150000,
    'lines':[{'line':2,'object_id':1003,'name':'Egg','q_t':10},
    {'line':3,'object_id':1002,'name':'Pizza L','q_t':10}]}
down order O5
    reply OK
    event ORDER_STATE CHANGED O5
    tell ticket oven/O5/1 NEW rev 2 with line 1 void, ticket bar/O5/1 NEW rev 2 with line 2, ticket
        oven/O5/2 NEW rev 1 with line 3, order O5 PAID, pickup O004 PREPARING
kds-bar ticket.start {'order_id':'O5','station':'bar','round':1}
    reply OK: O5 PAID, kitchen COOKING, due 15.00, number O004, paid 15.00
    event ORDER_STATE O5, from NEW, round 1, station bar, to STARTED
    tell ticket bar/O5/1 STARTED rev 3 with line 2, order O5 PAID, pickup O004 PREPARING
poshubctl day.close {}
    reply OK
    event DAY_CLOSE, channels (ONLINE_ORDER (due 0.00, orders 5, paid 0.00, refunded 0.00)), closed
        yes, day 20260128, lines 3, orders 5, states (CANCELLED 2, ENDED 1, PAID 1, REFUNDED 1)
    tell hub
