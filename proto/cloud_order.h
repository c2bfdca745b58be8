/* An order that the center took, on its way to the kitchen (sync-protocol 4.1): the data of an item
 * or push of kind CLOUD_ITEM_ORDER, whose `over` is not in here. The message is the whole order as
 * it stands, so the newest alone is enough: a hub that missed the others cooks the same.
 *
 *   {"order_id":"O1","channel":"ONLINE_ORDER","order_status":2,"placed_at_ms":..,"paid_at_ms":..,
 *    "ready_at_ms":..,"user_id":"u-7","note":"ring twice","amount_e4":275000,"kitchen":"QUEUED",
 *    "lines":[{"line":1,"object_type":2,"object_id":1001,"name":"Margherita M","q_t":20,
 *      "price_e4":127500,"unit_e4":137500,"amount_e4":275000,"note":"..","options":[
 *      {"option_id":77,"q_t":10,"price_e4":10000,"name":"Extra cheese"}]}]}
 *
 * The center's C already counts the goods: the hub reserves nothing, and owes no money for it.
 */
#ifndef PROTO_CLOUD_ORDER_H
#define PROTO_CLOUD_ORDER_H

#include "proto/line_facts.h"

struct cloud_order {
    struct str order_id;
    struct str channel; /* the center's; a code that a store does not know is good */
    uint64_t over; /* version of its last change: of the item or push around it, which the reader of
                    * those puts here; not in the data */
    enum order_state state; /* the center's word. PAID: cook it. CANCELLED, EXPIRED and REFUNDED:
                             * stop. PLACED and PAYING: not yet. ENDED: all is done */
    int64_t placed_at_ms, paid_at_ms;
    int64_t ready_at_ms; /* when the guest wants it; 0: as soon as possible */
    struct str user_id, note;
    int64_t amount_e4;    /* what the guest paid or has to pay, with everything */
    enum kitchen kitchen; /* what the center has heard from the store; NONE: nothing. A new box is
                           * told by it what the box before has cooked and served */
    struct line_fact *lines; /* at least one, numbered from 1 up in any way, none twice, none of
                              * zero; station is a wish that the store's menu overrules */
    uint16_t n_lines;
};

/* Most bytes that order and texts may take together as cloud_order_weight counts them: the hub
 * keeps an order in one record (about 20 KiB), its JSON must fit one packet of the LAN. Whoever
 * takes orders at the center refuses what is more. */
#define LIMIT_CLOUD_ORDER_BYTES 19000
size_t cloud_order_weight(const struct cloud_order *o);

/* One value, an object: the `data` between cloud_item_begin and _end, or of a push. */
void cloud_order_encode(struct jw *w, const struct cloud_order *o);
/* CODE_OK; 1010 or 1007 with the field's path; 5000 when the arena is full. Lines and options live
 * in `arena`, texts are borrowed from the document. Money is at least 0; quantities are above 0. An
 * order_status that is not in the list is refused: nobody may guess whether to cook. */
enum code cloud_order_decode(const struct json *v, struct arena *arena, struct cloud_order *out,
                             char path[FIELD_PATH]);

#endif
