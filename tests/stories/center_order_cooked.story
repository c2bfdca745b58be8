# A guest orders online and pays. The store's kitchen cooks it like any other order, and the center
# hears how far it is. Its goods are counted there already: no row moves here.

center order {'order_id':'O1','channel':'ONLINE_ORDER','order_status':2,'amount_e4':325000,
    'note':'ring twice','ready_at_ms':1769567400000,'lines':[
    {'line':1,'object_id':1001,'name':'Pizza M','q_t':20,'price_e4':100000,'unit_e4':110000,
     'amount_e4':220000,'options':[{'option_id':77,'q_t':10,'price_e4':10000,'name':'Cheese'}]},
    {'line':2,'object_id':1003,'name':'Egg','q_t':10,'price_e4':100000,'unit_e4':100000,
     'amount_e4':100000},
    {'line':3,'object_id':4711,'name':'Web special','q_t':10,'price_e4':5000,'unit_e4':5000,
     'amount_e4':5000}]}
down order O1
    reply OK
    event ORDER_STATE ARRIVED O1
    tell ticket oven/O1/1 NEW rev 1 with line 1 line 3, ticket bar/O1/1 NEW rev 1 with line 2, order
        O1 PAID, pickup O001 PREPARING
kds-oven ticket.start {'order_id':'O1','station':'oven','round':1}
    reply OK: O1 PAID, kitchen COOKING, due 32.50, number O001, paid 32.50
    event ORDER_STATE O1, from NEW, round 1, station oven, to STARTED
    tell ticket oven/O1/1 STARTED rev 2 with line 1 line 3, order O1 PAID, pickup O001 PREPARING

# The second station begins: the order was cooking already, so that stays in the store.
kds-bar ticket.start {'order_id':'O1','station':'bar','round':1}
    reply OK: O1 PAID, kitchen COOKING, due 32.50, number O001, paid 32.50
    event TICKET O1, from NEW, round 1, station bar, to STARTED
    tell ticket bar/O1/1 STARTED rev 2 with line 2, order O1 PAID, pickup O001 PREPARING
kds-bar ticket.ready {'order_id':'O1','station':'bar','round':1}
    reply OK: O1 PAID, kitchen COOKING, due 32.50, number O001, paid 32.50
    event TICKET O1, from STARTED, round 1, station bar, to READY
    tell ticket bar/O1/1 READY rev 3 with line 2, order O1 PAID, pickup O001 PREPARING
kds-oven ticket.ready {'order_id':'O1','station':'oven','round':1}
    reply OK: O1 PAID, kitchen READY, due 32.50, number O001, paid 32.50
    event ORDER_STATE O1, from STARTED, round 1, station oven, to READY
    tell ticket oven/O1/1 READY rev 3 with line 1 line 3, order O1 PAID, pickup O001 READY
kds-oven ticket.recall {'order_id':'O1','station':'oven','round':1}
    reply OK: O1 PAID, kitchen COOKING, due 32.50, number O001, paid 32.50
    event ORDER_STATE O1, from READY, round 1, station oven, to STARTED
    tell ticket oven/O1/1 STARTED rev 4 with line 1 line 3, order O1 PAID, pickup O001 PREPARING
kds-oven ticket.ready {'order_id':'O1','station':'oven','round':1}
    reply OK: O1 PAID, kitchen READY, due 32.50, number O001, paid 32.50
    event ORDER_STATE O1, from STARTED, round 1, station oven, to READY
    tell ticket oven/O1/1 READY rev 5 with line 1 line 3, order O1 PAID, pickup O001 READY
kds-oven ticket.bump {'order_id':'O1','station':'oven','round':1}
    reply OK: O1 PAID, kitchen READY, due 32.50, number O001, paid 32.50
    event TICKET O1, from READY, round 1, station oven, to BUMPED
    tell ticket oven/O1/1 cleared, order O1 PAID, pickup O001 READY

# Its money is the center's, and so is the order.
till-1 order.refund {'order_id':'O1','refund_id':'r1','amount':'5'}
    reply BAD_TRANSITION "an order of the center: only the center may"
till-1 order.cancel {'order_id':'O1'}
    reply BAD_TRANSITION "an order of the center: only the center may"
till-1 order.update {'order_id':'O1','table':'7'}
    reply BAD_TRANSITION "an order of the center: only the center may"
till-1 order.pay {'order_id':'O1','pay_id':'p1','tender':'CASH','amount':'32.5'}
    reply BAD_TRANSITION "an order of the center: only the center may"

till-1 order.serve {'order_id':'O1'}
    reply OK: O1 ENDED, kitchen SERVED, due 32.50, number O001, paid 32.50
    event ORDER_SERVED O1, round 1
    tell order O1 cleared, pickup O001 cleared
kds-bar ticket.bump {'order_id':'O1','station':'bar','round':1}
    reply OK: O1 ENDED, kitchen SERVED, due 32.50, number O001, paid 32.50
    event TICKET O1, from READY, round 1, station bar, to BUMPED
    tell ticket bar/O1/1 cleared, order O1 cleared, pickup O001 cleared

# The echo of the end is no news, and the Z report has the work but no money.
center ENDED O1
down order O1
    reply OK
poshubctl day.close {}
    reply OK
    event DAY_CLOSE, channels (ONLINE_ORDER (due 0.00, orders 1, paid 0.00, refunded 0.00)), closed
        yes, day 20260128, lines 3, orders 1, states (ENDED 1)
    tell hub
