/* A decoded request: everything a rule may know from outside. Same rows + same command = same rows
 * and same effects, byte for byte (architecture.md); so who, when and at which clock are in here.
 *
 * All text and arrays live in the command's own arena or in the request's text: borrowed by the
 * rules for one execution.
 */
#ifndef PROTO_COMMAND_H
#define PROTO_COMMAND_H

#include "proto/arena.h"
#include "proto/code.h"
#include "proto/json.h"
#include "proto/limits.h"
#include "proto/row.h"
#include "proto/types.h"

struct caller {
    struct str device; /* MQTT user; "poshubctl:NAME" for the control socket */
    struct str by;     /* there: NAME; the journal says it of changes that say no device */
    enum role role;
    uint32_t channels;                   /* bit per enum channel it may sell on */
    struct str stations[LIMIT_STATIONS]; /* kds: its own */
    uint16_t n_stations;
};

struct option_request {
    int64_t option_id, qty_t;
};
struct line_request {
    uint32_t line;
    int64_t object_id, qty_t;
    uint32_t parent, seat, course;
    struct str note;
    struct option_request *options;
    uint16_t n_options;
    bool has_price, restock, has_actual;
    int64_t price_e4, actual_t;
};
struct adjust_request {
    uint32_t adj;
    enum adjust_kind kind;
    uint32_t line; /* 0: the whole order */
    struct str name;
    int64_t amount_e4; /* signed */
};
struct payment_request {
    struct str pay_id, tender, ref;
    int64_t amount_e4;
};

struct command {
    enum verb verb;
    struct caller who;
    struct str req_id;
    uint8_t content[32]; /* SHA-256 over verb and canonical body without req_id, seen, trace */
    int64_t wall_ms;     /* disciplined wall clock */
    int64_t uptime_ms;   /* U */
    bool clock_suspect;
    int64_t wall_lead_ms; /* the wall clock's, above what the center and the time since allow */
    uint32_t day;         /* today's business day by the clock; used before the first day opens
                           * and by day.close */

    /* orders */
    struct str order_id;
    bool has_channel;
    enum channel channel; /* decode fills it in: the request's, else the role's own */
    bool has_table, has_note, has_user_id;
    struct str table, note, user_id, operator_id;
    struct str override_pin; /* place, sell, add: as it came; "": none. The shell looks at it ... */
    bool override;           /* ... and says here that it is right: 1005 refuses nothing */
    struct line_request *lines; /* also of void, refund (qty_t, restock) and pay (actual_t) */
    uint16_t n_lines;
    struct adjust_request *adjusts;
    uint16_t n_adjusts;
    struct payment_request *payments; /* order.sell; order.pay and pay_begin: exactly one */
    uint16_t n_payments;
    struct str op_id; /* void_id, pay_id (begin, failed), refund_id */
    bool has_amount;
    int64_t amount_e4;       /* order.refund */
    bool no_charge;          /* order.cancel of PAYING */
    uint32_t *restock_lines; /* order.cancel: lines whose food can be sold again */
    uint16_t n_restock;
    uint32_t round; /* serve, ticket.*; 0: not given (serve: the highest) */
    struct str station;

    /* stock */
    struct object object;
    int64_t qty_t; /* stock.set value; stock.adjust delta; stock.plan plan; channel limit */
    bool has_qty;
    bool basis_physical; /* stock.set basis "physical": paid unserved goods are in the count */
    enum stock_reason reason;
    bool has_limited, limited;
    bool has_on_sale, on_sale;
    bool has_weight, has_reserve; /* stock.channel */
    uint32_t weight;              /* 0..WEIGHT_MAX */
    int64_t reserve_t;
    bool restores;   /* stock.schedule: the plan comes back; at_ms, or at_min, or the day's start */
    bool daily;      /* and each day from then on */
    int64_t at_ms;   /* 0: not given */
    bool has_at;     /* the next time at which clocks show ... */
    uint32_t at_min; /* ... this minute of the day; also the release of stock.policy */
    bool next_day;
    bool has_policy, has_rebalance, has_release; /* stock.policy */
    enum channel_policy policy;
    uint32_t rebalance_s; /* 0: REBALANCE_S */
    bool never_released;  /* has_release: at no time, at_min means nothing */

    /* queries */
    struct str cursor;
    uint32_t limit; /* 1..LIMIT_LIST */
    bool has_state;
    enum order_state state;
    int64_t since_ms;
    struct str nonce;

    /* control socket */
    const struct json *body;       /* the whole request, for verbs with documents (menu.import) */
    struct device_row *device_row; /* device.add, made by the shell (edge/books/device.h) */
    bool replace;                  /* device.add: a device of that id gets a new row and password */
    struct str why;                /* store.new_epoch: for the journal; may be empty */
    struct str token, url, ca_file; /* cloud.enrol, cloud.claim; may be empty */
    enum verb noted;                /* note, row.state: what somebody asked for, by another name */
    struct str target;              /* device.revoke|test|identify, day.show, oversell.show */
    struct position event;          /* queue.retry; seq 0: not given */

    /* the hub's own */
    uint32_t seen_epoch; /* a new epoch is above this one too: a device has witnessed it */
    bool enrolled;       /* the store has a center: it sets policies (stock.policy); of timers,
                          * events after `acked` are kept for it, however old */
    struct position acked;
    const struct center_rows *center;  /* center.row, made by the shell (edge/books/center.h) */
    const struct state_ask *state_ask; /* row.state, likewise */
    const struct center_claim *claim;  /* center.claim, likewise */
    /* timers: the wall clock was stepped by so much (0: it was not), and before that nobody had
     * looked at it since then (disciplined wall clock of before) */
    int64_t clock_step_ms, clock_since_ms;
    bool put_off; /* timers: the first due one met a damaged record; later with it */
};

/* Where in the body a request was wrong: "lines[3].qty". */
#define FIELD_PATH 64

/* Steps 1 and 2 of the validation chain (lan-protocol 6): shape, grammar, quantity, role, channel.
 * `who` must outlive the command; text is borrowed from `body`, arrays from `arena`. Sets verb,
 * who, req_id, content and the body's fields; the clocks are the caller's to fill in.
 * Returns CODE_OK, or the verdict with the field's path (1010, 1007) or reason (4005) in `path`. */
enum code command_decode(struct command *out, enum verb verb, const struct caller *who,
                         const struct json *body, struct arena *arena, char path[FIELD_PATH]);

/* Which roles may use a verb (lan-protocol 4 and 5); ROLE_ADMIN may use all. */
bool verb_allowed(enum verb verb, enum role role);
/* The channel a role sells on when the request names none; CHANNEL_COUNT for roles that do not. */
enum channel role_channel(enum role role);

#endif
