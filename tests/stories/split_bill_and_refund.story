# Three guests share a bill; later one dish is sent back, and in the end all of the money.

till-1 stock.set {'object_type':'2','object_id':'1003','qty':'10'}
    reply OK: sku 1003 plan 10 real 10 locked 0 left 10
    event PLAN_SET sku 1003, limited yes, plan 10
    event STOCK_SET sku 1003, base S:1.3 of H 0 C 0, basis sellable, q 10
      sku 1003 real 0->10 locked 0->0
    tell sku 1003 left 10

till-1 order.place {'order_id':'P1','table':'7','lines':[{'line':1,'object_id':'1003','qty':'3'}]}
    reply OK: P1 PLACED, kitchen NONE, due 30.00, number P001, expires in 900 s
    event ORDER_LOCK PLACE P1, table 7
      line 1: 3 Egg at 10.00 = 30.00
        sku 1003 real 10->10 locked 0->3 used 3
    tell sku 1003 left 7, order P1 PLACED, pickup P001 PREPARING

till-1 order.adjust {'order_id':'P1','operator':'anna',
    'adjust':[{'adj':1,'kind':'DISCOUNT','name':'regular guest','amount':'-2.50'}]}
    reply OK: P1 PLACED, kitchen NONE, due 27.50, number P001, expires in 900 s
    event ORDER_STATE P1, adjust [(adj 1, amount -2.50, kind DISCOUNT, name regular guest)],
        operator anna
    tell order P1 PLACED, pickup P001 PREPARING

till-1 order.pay {'order_id':'P1','pay_id':'g1','tender':'CASH','amount':'10'}
    reply OK: P1 PLACED, kitchen NONE, due 27.50, number P001, paid 10.00
    event ORDER_STATE P1, payments [(amount 10.00, pay_id g1, tender CASH)]
    tell order P1 PLACED, pickup P001 PREPARING

# Half-paid: it does not expire any more, and cannot be cancelled over the guests' money.
wait 1h
till-1 order.cancel {'order_id':'P1'}
    reply BAD_TRANSITION "refund what was paid first"

till-1 order.pay {'order_id':'P1','pay_id':'g2','tender':'CARD','amount':'10','ref':'auth-77'}
    reply OK: P1 PLACED, kitchen NONE, due 27.50, number P001, paid 20.00
    event ORDER_STATE P1, payments [(amount 10.00, pay_id g2, ref auth-77, tender CARD)]
    tell order P1 PLACED, pickup P001 PREPARING

# The last payment takes the goods.
till-1 order.pay {'order_id':'P1','pay_id':'g3','tender':'CARD','amount':'7.50','ref':'auth-78'}
    reply OK: P1 PAID, kitchen QUEUED, due 27.50, number P001, paid 27.50
    event ORDER_DEDUCT P1, payments [(amount 7.50, pay_id g3, ref auth-78, tender CARD)]
      line 1: 3 moved
        sku 1003 real 10->7 locked 3->0
    tell ticket bar/P1/1 NEW rev 1 with line 1, sku 1003 left 7, order P1 PAID, pickup P001
        PREPARING

# One dish goes back untouched and can be sold again.
till-1 order.refund {'order_id':'P1','refund_id':'r1','operator':'anna',
    'lines':[{'line':1,'qty':'1','restock':true}]}
    reply OK: P1 PAID, kitchen QUEUED, due 27.50, number P001, paid 27.50, refunded 10.00
    event ORDER_REFUND P1, amount 10.00, operator anna, refund_id r1
      line 1: 1 moved
        sku 1003 real 7->8 locked 0->0 used 2
    tell ticket bar/P1/1 NEW rev 2 with line 1, sku 1003 left 8, order P1 PAID, pickup P001
        PREPARING
till-1 order.refund {'order_id':'P1','refund_id':'r1','operator':'anna',
    'lines':[{'line':1,'qty':'1','restock':true}]}
    reply OK duplicate: P1 PAID, kitchen QUEUED, due 27.50, number P001, paid 27.50, refunded 10.00

# More than is left, then exactly what is left, then a cent too much.
till-1 order.refund {'order_id':'P1','refund_id':'r2','amount':'17.51'}
    reply REFUND_EXCEEDS "more than is left to refund"
till-1 order.refund {'order_id':'P1','refund_id':'r3','amount':'17.50'}
    reply OK: P1 REFUNDED, kitchen QUEUED, due 27.50, number P001, paid 27.50, refunded 27.50
    event ORDER_REFUND P1, amount 17.50, refund_id r3
    tell ticket bar/P1/1 NEW rev 3 with line 1 void, order P1 cleared, pickup P001 cleared
till-1 order.refund {'order_id':'P1','refund_id':'r4','amount':'0.01'}
    reply REFUND_EXCEEDS "all of it is refunded"
