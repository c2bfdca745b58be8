#include "tools/poshubctl/table.h"

#include <string.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/init_ask.h"
#include "tools/poshubctl/offline.h"

#define OPTIONS(...)                                                                               \
    (const struct ctl_option[])                                                                    \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define CURSOR_OPTION                                                                              \
    {                                                                                              \
        "cursor", "TEXT", "go on behind an earlier page"                                           \
    }
#define PAIR_OPTIONS                                                                               \
    {"name", "DEVICE", "its name, as in device add; needed"},                                      \
        {"role", "ROLE", "pos, kiosk, emenu, kds or board; needed"},                               \
        {"account", "NAME", "whose share of the rate limits it uses"},                             \
        {"channel", "CHANNEL,..", "pos: channels it may sell on beside POS"},                      \
        {"station", "STATION,..", "kds: its stations"},                                            \
    {                                                                                              \
        "replace", NULL, "a device of that name gets a new role and password"                      \
    }
#define PAGE_OPTIONS {"limit", "N", "entries of one page, 1 to 50"}, CURSOR_OPTION
#define ROUND_OPTIONS                                                                              \
    {"interval", "SECONDS", "pause between rounds"},                                               \
    {                                                                                              \
        "count", "N", "end after so many rounds"                                                   \
    }

const struct ctl_option GLOBAL_OPTIONS[] = {
    {"socket", "PATH", "control socket (else $POSHUB_SOCKET, else " CTL_SOCKET ")"},
    {"json", NULL, "the hub's reply as it is, one line"},
    {"yes", NULL, "do not ask before destructive commands"},
    {"no-color", NULL, "no colour, also with $NO_COLOR or without a terminal"},
    {"timeout", "SECONDS", "how long to wait for an answer"},
    {"help", NULL, "examples and options of a command"},
    {"version", NULL, "as the command version"},
    {0},
};

const struct ctl_command TABLE[] = {
    {.group = "status",
     .verb = "",
     .words = "",
     .run = cmd_status,
     .what = "one screen: is the store selling, and what to do if not",
     .examples = "poshubctl status\n"
                 "poshubctl status --watch\n"
                 "poshubctl status --json | jq .state\n",
     .options = OPTIONS({"watch", NULL, "again and again, until interrupted"}, ROUND_OPTIONS)},
    {.group = "top",
     .verb = "",
     .words = "",
     .run = cmd_top,
     .what = "rolling rates and latency, one line a second",
     .examples = "poshubctl top\n"
                 "poshubctl top --count 60\n",
     .options = OPTIONS(ROUND_OPTIONS)},
    {.group = "init",
     .verb = "",
     .words = "",
     .run = cmd_init,
     .what = "make a store of this box: asks on a terminal, else takes options and defaults",
     .examples = "poshubctl init\n"
                 "poshubctl init --brand 1 --poi 417 --name Riverside --timezone Europe/Berlin\n",
     .options = OPTIONS({"brand", "ID", "the brand's id; needed"},
                        {"poi", "ID", "the store's id; needed"}, {"name", "TEXT", "for screens"},
                        {"timezone", "ZONE", "like Europe/Berlin (else the box's)"},
                        {"channels", "CHANNEL,..",
                         "whose settings are written out, to be edited: closes none (else all)"},
                        {"listen", "ADDRESS:PORT", "for devices (else 0.0.0.0:8883); -: none"},
                        {"websocket", "ADDRESS:PORT", "for browsers (else 0.0.0.0:8884); -: none"},
                        {"no-tls", NULL, "both are not encrypted (else 1883 and 1884)"},
                        {"cloud-url", "URL", "the center, https://HOST:PORT"},
                        {"cloud-ca", "FILE", "who signs its certificate"},
                        {"cloud-mqtt", "URL", "where it pushes, mqtts://HOST:PORT"},
                        {"box-id", "ID", "what the center calls this box"},
                        {"etc", "DIR", "else " INIT_ETC},
                        {"state", "DIR", "else " INIT_STATE "; needed beside --etc"},
                        {"run", "DIR", "else " INIT_RUN})},
    {.group = "override-pin",
     .verb = "",
     .words = "",
     .run = cmd_override_pin,
     .what = "the manager's PIN that sells beyond selling rights: asks, and writes what is kept",
     .examples = "poshubctl override-pin\n"
                 "poshubctl override-pin --print < pin-file\n",
     .options = OPTIONS({"print", NULL, "the line for another file, and nothing is written"},
                        {"etc", "DIR", "else " INIT_ETC})},
    {.group = "doctor",
     .verb = "",
     .words = "",
     .run = cmd_doctor,
     .what = "what is wrong with this box, the cause first, and what to do next",
     .examples = "poshubctl doctor\n"
                 "poshubctl doctor --only cloud\n"
                 "poshubctl doctor --fix\n",
     .options = OPTIONS(
         CONFIG_OPTION, {"only", "NAME", "checks of that name, or that begin with that word"},
         {"fix", NULL, "do what can do no harm: start units, have files read again"})},
    {.group = "log",
     .verb = "",
     .words = "",
     .run = cmd_log,
     .what = "what hub, broker and backup wrote to systemd's journal",
     .examples = "poshubctl log --follow\n"
                 "poshubctl log --device kds-hot --limit 500\n"
                 "poshubctl log --fault PH-1002 --explain\n",
     .options = OPTIONS({"follow", NULL, "go on with new lines"},
                        {"device", "DEVICE", "lines that name it"},
                        {"fault", "PH-CODE", "entries of that fault"},
                        {"explain", NULL, "with what is known of each fault"},
                        {"limit", "N", "the latest N lines (else 50)"})},
    {.group = "bundle",
     .verb = "",
     .words = "",
     .run = cmd_bundle,
     .what = "all that support needs of this box in one file, and no secret; no hub is needed",
     .examples = "poshubctl bundle\n"
                 "poshubctl bundle -o /tmp/riverside.tar.gz\n"
                 "poshubctl bundle --redact\n",
     .options = OPTIONS(
         CONFIG_OPTION, {"output", "FILE", "a new file; also -o (else poshub-bundle-ID.tar.gz)"},
         {"log", "FILE", "the hub's log, where systemd's journal has it not"},
         {"redact", NULL, "names of store, box and devices, and addresses, are replaced too"})},

    {.group = "menu",
     .verb = "import",
     .words = "FILE",
     .run = cmd_menu_import,
     .timeout_s = 120,
     .what = "replace the menu by the document in FILE (- reads stdin)",
     .examples = "poshubctl menu import menu.json\n"
                 "curl -s https://example.org/menu.json | poshubctl menu import -\n"},
    {.group = "menu",
     .verb = "show",
     .words = "",
     .run = cmd_menu_show,
     .what = "the items on sale, with price and station",
     .examples = "poshubctl menu show\n",
     .options = OPTIONS(CURSOR_OPTION)},

    {.group = "stock",
     .verb = "list",
     .words = "",
     .run = cmd_stock_list,
     .what = "every object that is limited, sold out or closed somewhere",
     .examples = "poshubctl stock list\n"
                 "poshubctl stock list --json --limit 50\n",
     .options = OPTIONS(PAGE_OPTIONS)},
    {.group = "stock",
     .verb = "show",
     .words = "OBJECT",
     .run = cmd_stock_show,
     .what = "one object's row",
     .examples = "poshubctl stock show 1001\n"
                 "poshubctl stock show spu:500\n"},
    {.group = "stock",
     .verb = "set",
     .words = "OBJECT QTY",
     .run = cmd_stock_set,
     .what = "what was counted; reserved unpaid portions are in the count",
     .examples = "poshubctl stock set 1001 40\n"
                 "poshubctl stock set 1001 12.5 --physical\n",
     .options = OPTIONS({"physical", NULL, "paid unserved portions are in the count too"})},
    {.group = "stock",
     .verb = "adjust",
     .words = "OBJECT DELTA",
     .run = cmd_stock_adjust,
     .what = "add or take away: waste, a receipt, something found",
     .examples = "poshubctl stock adjust 1001 -2 --reason WASTE\n"
                 "poshubctl stock adjust 1001 24 --reason RECEIPT\n",
     .options = OPTIONS({"reason", "REASON", "WASTE, RECEIPT, FOUND or COVER; needed"})},
    {.group = "stock",
     .verb = "plan",
     .words = "OBJECT QTY|unlimited",
     .run = cmd_stock_plan,
     .what = "the daily plan, or no counting at all",
     .examples = "poshubctl stock plan 1001 40\n"
                 "poshubctl stock plan 1001 unlimited\n"},
    {.group = "stock",
     .verb = "sold-out",
     .words = "OBJECT",
     .run = cmd_stock_sold_out,
     .what = "take it off sale, everywhere or on one channel",
     .examples = "poshubctl stock sold-out 1001\n"
                 "poshubctl stock sold-out spu:500 --channel KIOSK\n",
     .options = OPTIONS({"channel", "CHANNEL", "only there: POS, KIOSK or EMENU"})},
    {.group = "stock",
     .verb = "on-sale",
     .words = "OBJECT",
     .run = cmd_stock_on_sale,
     .what = "put it back on sale",
     .examples = "poshubctl stock on-sale 1001\n"
                 "poshubctl stock on-sale spu:500 --channel KIOSK\n",
     .options = OPTIONS({"channel", "CHANNEL", "only there: POS, KIOSK or EMENU"})},
    {.group = "stock",
     .verb = "history",
     .words = "OBJECT",
     .run = cmd_stock_history,
     .what = "what changed the count, from the journal",
     .examples = "poshubctl stock history 1001\n"
                 "poshubctl stock history 1001 --limit 10\n",
     .options = OPTIONS(PAGE_OPTIONS)},
    {.group = "stock",
     .verb = "explain",
     .words = "OBJECT",
     .run = cmd_stock_explain,
     .what = "the terms that add up to the number on the screens",
     .examples = "poshubctl stock explain 1001\n"},
    {.group = "stock",
     .verb = "schedule",
     .words = "OBJECT",
     .run = cmd_stock_schedule,
     .what = "when the plan is there again: once or every day, or not by itself",
     .examples = "poshubctl stock schedule 1001 --at 06:00 --daily\n"
                 "poshubctl stock schedule 1001 --next-day\n"
                 "poshubctl stock schedule 1001 --off\n",
     .options =
         OPTIONS({"at", "HH:MM", "at the next such time in the store"},
                 {"next-day", NULL, "when the next business day begins"},
                 {"daily", NULL, "and on every day after it"}, {"off", NULL, "never by itself"})},
    {.group = "stock",
     .verb = "return",
     .words = "OBJECT [QTY]",
     .run = cmd_stock_return,
     .what = "give rights to sell (STRICT) back to the center, all or QTY of them",
     .examples = "poshubctl stock return 1001\n"
                 "poshubctl stock return 1001 3 --yes\n",
     .asks = "the store may sell so many fewer until the center grants more"},

    {.group = "channel",
     .verb = "show",
     .words = "OBJECT",
     .run = cmd_channel_show,
     .what = "what each channel may sell of an object, and by which policy",
     .examples = "poshubctl channel show 1001\n"},
    {.group = "channel",
     .verb = "set",
     .words = "OBJECT CHANNEL",
     .run = cmd_channel_set,
     .what = "a channel's limit, weight or reserve, or its end for today",
     .examples = "poshubctl channel set 1001 KIOSK --limit 10\n"
                 "poshubctl channel set 1001 POS --weight 5 --no-limit\n"
                 "poshubctl channel set 1001 EMENU --sold-out\n",
     .options = OPTIONS({"limit", "QTY", "at most so much until the next restore"},
                        {"no-limit", NULL, "no limit of its own"},
                        {"weight", "N", "its part under the WEIGHTED policies, 0 to 10000"},
                        {"reserve", "QTY", "kept for it under RESERVED"},
                        {"on-sale", NULL, "open for this object"},
                        {"sold-out", NULL, "closed for this object"})},
    {.group = "channel",
     .verb = "policy",
     .words = "OBJECT POLICY",
     .run = cmd_channel_policy,
     .what = "how channels share an object; in a store with a center the center says it",
     .examples = "poshubctl channel policy 1001 RESERVED\n"
                 "poshubctl channel policy 1001 WEIGHTED_SOFT --rebalance 900 --release 20:00\n",
     .options =
         OPTIONS({"rebalance", "SECONDS", "WEIGHTED_SOFT: how often unsold parts move on"},
                 {"release", "HH:MM", "from then on nothing is kept for anybody; or never"})},

    {.group = "order",
     .verb = "list",
     .words = "",
     .run = cmd_order_list,
     .what = "orders, newest first",
     .examples = "poshubctl order list --since 2h\n"
                 "poshubctl order list --state PLACED\n",
     .options = OPTIONS({"state", "STATE", "PLACED PAYING PAID ENDED CANCELLED EXPIRED REFUNDED"},
                        {"since", "SPAN", "no older than: 90s, 30m, 2h, 1d"}, PAGE_OPTIONS)},
    {.group = "order",
     .verb = "show",
     .words = "ORDER",
     .run = cmd_order_show,
     .what = "one order with its lines and payments",
     .examples = "poshubctl order show x7qk-42\n"},
    {.group = "order",
     .verb = "trace",
     .words = "ORDER",
     .run = cmd_order_trace,
     .what = "all that happened to an order: events and tickets",
     .examples = "poshubctl order trace x7qk-42\n"},
    {.group = "order",
     .verb = "cancel",
     .words = "ORDER",
     .run = cmd_order_cancel,
     .what = "cancel an unpaid order",
     .examples = "poshubctl order cancel x7qk-42\n"
                 "poshubctl order cancel x7qk-42 --restock 1,3 --yes\n",
     .asks = "the order ends and its reservations go back to stock",
     .options = OPTIONS({"no-charge", NULL, "a payment was begun, and nothing was charged"},
                        {"restock", "LINE,..", "started lines whose food can be sold again"})},

    {.group = "device",
     .verb = "add",
     .words = "DEVICE",
     .run = cmd_device_add,
     .what = "make a device; prints its password, this once",
     .examples = "poshubctl device add kiosk-1 --role kiosk --name 'Front left'\n"
                 "poshubctl device add kds-hot --role kds --station oven,grill\n"
                 "poshubctl device add pos-1 --role pos --channel KIOSK --password-file pw\n",
     .options = OPTIONS({"role", "ROLE", "pos, kiosk, emenu, kds or board; needed"},
                        {"name", "TEXT", "for screens"},
                        {"account", "TEXT", "whose share of the rate limits it uses"},
                        {"channel", "CHANNEL,..", "pos: channels it may sell on beside POS"},
                        {"station", "STATION,..", "kds: its stations"},
                        {"password-file", "FILE", "its first line is the password (-: stdin)"},
                        {"replace", NULL, "a device of that id gets a new role and password"})},
    {.group = "device",
     .verb = "list",
     .words = "",
     .run = cmd_device_list,
     .what = "the devices, and which are online",
     .examples = "poshubctl device list\n"},
    {.group = "device",
     .verb = "pair",
     .words = "CODE",
     .run = cmd_device_pair,
     .timeout_s = 700,
     .what = "let in the device that shows this code",
     .examples = "poshubctl device pair K7Q2-9FMX --role kiosk --name front-1\n"
                 "poshubctl device pair K7Q2-9FMX --role kds --name kds-hot --station oven\n",
     .options = OPTIONS(PAIR_OPTIONS)},
    {.group = "device",
     .verb = "invite",
     .words = "",
     .run = cmd_device_invite,
     .timeout_s = 700,
     .what = "show a QR for a device to scan, and let it in",
     .examples = "poshubctl device invite --role pos --name till-2\n",
     .options = OPTIONS(PAIR_OPTIONS)},
    {.group = "device",
     .verb = "rotate",
     .words = "DEVICE",
     .run = cmd_device_rotate,
     .what = "give a device a new password; prints it, this once",
     .examples = "poshubctl device rotate kiosk-1\n"
                 "poshubctl device rotate pos-1 --password-file pw --yes\n",
     .asks = "the device is cut off at once, until it has the new password",
     .options = OPTIONS({"password-file", "FILE", "its first line is the password (-: stdin)"})},
    {.group = "device",
     .verb = "revoke",
     .words = "DEVICE",
     .run = cmd_device_revoke,
     .what = "remove a device",
     .examples = "poshubctl device revoke kiosk-1\n",
     .asks = "the device is cut off at once and its password stops working"},
    {.group = "device",
     .verb = "test",
     .words = "DEVICE",
     .run = cmd_device_test,
     .what = "ping a device and prove its role's rights",
     .examples = "poshubctl device test kiosk-1\n"},
    {.group = "device",
     .verb = "identify",
     .words = "DEVICE",
     .run = cmd_device_identify,
     .what = "have a device show which one it is",
     .examples = "poshubctl device identify kiosk-1\n"},

    {.group = "journal",
     .verb = "verify",
     .words = "",
     .run = cmd_journal_verify,
     .timeout_s = 600,
     .what = "walk the hash chain of the journal",
     .examples = "poshubctl journal verify\n"},
    {.group = "journal",
     .verb = "tail",
     .words = "",
     .run = cmd_journal_tail,
     .what = "the latest events",
     .examples = "poshubctl journal tail --limit 20\n"
                 "poshubctl journal tail --follow\n",
     .options = OPTIONS({"follow", NULL, "go on with new events, until interrupted"}, PAGE_OPTIONS,
                        ROUND_OPTIONS)},

    {.group = "day",
     .verb = "show",
     .words = "[DAY]",
     .run = cmd_day_show,
     .what = "counts and sums of a business day (yyyymmdd), else of the running one",
     .examples = "poshubctl day show\n"
                 "poshubctl day show 20260128\n"},
    {.group = "day",
     .verb = "close",
     .words = "",
     .run = cmd_day_close,
     .what = "close the business day",
     .examples = "poshubctl day close\n",
     .asks = "the running business day ends; it cannot be opened again"},

    {.group = "clock",
     .verb = "accept",
     .words = "",
     .run = cmd_clock_accept,
     .what = "the box's clock is right, however far it is from what was seen last",
     .examples = "poshubctl clock accept\n",
     .asks = "the store's times follow the box's clock, and what is old by it is thrown away"},

    {.group = "store",
     .verb = "new-epoch",
     .words = "",
     .run = cmd_store_new_epoch,
     .what = "open a new epoch of the journal, after a restore",
     .examples = "poshubctl store new-epoch --reason 'disk replaced'\n",
     .asks = "a new epoch opens; positions of the old one are never continued",
     .options = OPTIONS({"reason", "TEXT", "kept in the journal; needed"})},
    {.group = "store",
     .verb = "confirm",
     .words = "",
     .run = cmd_store_confirm,
     .what = "accept a disk that was rolled back; selling goes on",
     .examples = "poshubctl store confirm\n",
     .asks = "what was sold after the disk's last state stays unknown to the stock"},

    {.group = "store",
     .verb = "export",
     .words = "FILE",
     .run = cmd_store_export,
     .timeout_s = 1500,
     .what = "the whole store as a stream that any kind of box can import",
     .examples = "poshubctl store export /media/usb/store-417.export\n"
                 "poshubctl store export --backup NAME.mdb /media/usb/store-417.export\n",
     .options = OPTIONS(CONFIG_OPTION, {"backup", "FILE", "of this backup, not of the store"})},
    {.group = "store",
     .verb = "import",
     .words = "FILE",
     .run = cmd_store_import,
     .what = "an export becomes the store of this box, which has none yet",
     .examples = "poshubctl store import --dry-run /media/usb/store-417.export\n"
                 "poshubctl store import /media/usb/store-417.export\n",
     .asks = "this box has the store from here on; the box that it comes from must not run again",
     .options = OPTIONS(CONFIG_OPTION, {"dry-run", NULL, "check everything, change nothing"})},

    {.group = "backup",
     .verb = "create",
     .words = "",
     .run = cmd_backup_create,
     .timeout_s = 1500,
     .what = "copy the whole store while it works, and read every record of the copy",
     .examples = "poshubctl backup create\n"},
    {.group = "backup",
     .verb = "list",
     .words = "",
     .run = cmd_backup_list,
     .what = "the backups of this store, newest first",
     .examples = "poshubctl backup list\n"
                 "poshubctl backup list --config " OFFLINE_CONFIG "\n",
     .options = OPTIONS({"config", "FILE", "look at the files; no hub is needed"})},
    {.group = "backup",
     .verb = "verify",
     .words = "FILE",
     .run = cmd_backup_verify,
     .what = "read every record of a backup; no hub is needed",
     .examples =
         "poshubctl backup verify poshub-1-417-20260128T093000Z\n"
         "poshubctl backup verify /media/usb/poshub-1-417-20260128T093000Z.mdb\n",
     .options = OPTIONS({"config", "FILE", "and it must be of this store"})},
    {.group = "restore",
     .verb = "",
     .words = "FILE",
     .run = cmd_restore,
     .what = "a backup takes the place of the store, in a new epoch",
     .examples = "poshubctl restore --dry-run FILE\n"
                 "systemctl stop poshub && poshubctl restore FILE && systemctl start poshub\n",
     .asks = "the store is replaced by the backup; it is set aside, and what it has sold since is "
             "taken over as far as it can be read",
     .options = OPTIONS(CONFIG_OPTION, {"dry-run", NULL, "check everything, change nothing"},
                        {"discard", NULL, "take nothing over from the store that is replaced"})},

    {.group = "cloud",
     .verb = "enrol",
     .words = "",
     .run = cmd_cloud_enrol,
     .timeout_s = 60,
     .what = "get this box's certificate from the center, and claim the store",
     .examples = "poshubctl cloud enrol --token 6f1c..\n",
     .options = OPTIONS({"token", "TEXT", "from the center, for one box; needed"},
                        {"url", "URL", "the center (else [cloud] url)"},
                        {"ca", "FILE", "who signs its certificate (else [cloud] ca)"})},
    {.group = "cloud",
     .verb = "test",
     .words = "",
     .run = cmd_cloud_test,
     .timeout_s = 60,
     .what = "one request to the center: how far it gets, and why no further",
     .examples = "poshubctl cloud test\n"},
    {.group = "cloud",
     .verb = "status",
     .words = "",
     .run = cmd_cloud_status,
     .what = "as sync status",
     .examples = "poshubctl cloud status\n"},
    {.group = "cloud",
     .verb = "claim",
     .words = "",
     .run = cmd_cloud_claim,
     .what = "this box takes the store over; another box may sell no more",
     .examples = "poshubctl cloud claim\n"
                 "poshubctl cloud claim --token 6f1c..\n",
     .asks = "a box that speaks for this store now is shut out",
     .options = OPTIONS({"token", "TEXT", "from the center; not needed by the enrolled box"})},

    {.group = "sync",
     .verb = "status",
     .words = "",
     .run = cmd_sync_status,
     .what = "does the center hear us, what waits, how much room is left",
     .examples = "poshubctl sync status\n"},
    {.group = "sync",
     .verb = "now",
     .words = "",
     .run = cmd_sync_now,
     .what = "try now what would be tried later",
     .examples = "poshubctl sync now\n"},
    {.group = "sync",
     .verb = "pause",
     .words = "",
     .run = cmd_sync_pause,
     .what = "nothing to and from the center; the store sells on",
     .examples = "poshubctl sync pause\n"},
    {.group = "sync",
     .verb = "resume",
     .words = "",
     .run = cmd_sync_resume,
     .what = "end a pause",
     .examples = "poshubctl sync resume\n"},
    {.group = "sync",
     .verb = "diff",
     .words = "",
     .run = cmd_sync_diff,
     .timeout_s = 60,
     .what = "compare all rows with the center's; exit 1 when some differ",
     .examples = "poshubctl sync diff\n"},

    {.group = "queue",
     .verb = "list",
     .words = "",
     .run = cmd_queue_list,
     .what = "events that the center has not got, first those it could not take",
     .examples = "poshubctl queue list\n",
     .options = OPTIONS(PAGE_OPTIONS)},
    {.group = "queue",
     .verb = "show",
     .words = "EVENT",
     .run = cmd_queue_show,
     .what = "one event, whole",
     .examples = "poshubctl queue show 7-1043\n"},
    {.group = "queue",
     .verb = "retry",
     .words = "[EVENT]",
     .run = cmd_queue_retry,
     .what = "try now; or say the rows of an event again that was set aside",
     .examples = "poshubctl queue retry\n"
                 "poshubctl queue retry 7-1043\n"},

    {.group = "oversell",
     .verb = "list",
     .words = "",
     .run = cmd_oversell_list,
     .what = "goods that were sold and are not there, and whose order is short",
     .examples = "poshubctl oversell list\n",
     .options = OPTIONS(PAGE_OPTIONS)},
    {.group = "oversell",
     .verb = "show",
     .words = "CASE",
     .run = cmd_oversell_show,
     .what = "one case with its orders, as the center reported it",
     .examples = "poshubctl oversell show ov:1:2:1003:\n"},
    {.group = "oversell",
     .verb = "resolve",
     .words = "CASE ORDER ACTION",
     .run = cmd_oversell_resolve,
     .timeout_s = 40,
     .what = "substitute, refund, cover or waive what one order is short of",
     .examples = "poshubctl oversell resolve ov:1:2:1003: web-17 refund --yes\n"
                 "poshubctl oversell resolve ov:1:2:1003: web-17 substitute --object 1004\n"
                 "poshubctl oversell resolve ov:1:2:1003: web-17 cover --note 'two more found'\n",
     .asks = "the center carries it out: money or goods move",
     .options =
         OPTIONS({"line", "N", "of the order; else its first"},
                 {"object", "OBJECT", "what is sold instead"}, {"operator", "NAME", "who decided"},
                 {"note", "TEXT", "why; waive needs one"})},

    {.group = "version",
     .verb = "",
     .words = "",
     .run = cmd_version,
     .what = "version of this program and of the hub",
     .examples = "poshubctl version\n"},
    {.group = "help",
     .verb = "",
     .words = "[COMMAND] [VERB]",
     .run = cmd_help,
     .what = "all commands, or one with examples",
     .examples = "poshubctl help stock\n"
                 "poshubctl help stock set\n"},
    {.group = "completion",
     .verb = "bash",
     .words = "",
     .run = cmd_completion_bash,
     .what = "the completion script for bash",
     .examples = "source <(poshubctl completion bash)\n"},
    {.group = "completion",
     .verb = "zsh",
     .words = "",
     .run = cmd_completion_zsh,
     .what = "the completion script for zsh, with descriptions",
     .examples = "source <(poshubctl completion zsh)\n"},
};
const size_t TABLE_SIZE = sizeof TABLE / sizeof TABLE[0];

const struct ctl_command *table_group(const char *group)
{
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (strcmp(TABLE[i].group, group) == 0)
            return &TABLE[i];
    }
    return NULL;
}

const struct ctl_command *table_find(const char *group, const char *verb)
{
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (strcmp(TABLE[i].group, group) == 0 && strcmp(TABLE[i].verb, verb) == 0)
            return &TABLE[i];
    }
    return NULL;
}

bool table_has_verbs(const char *group)
{
    const struct ctl_command *c = table_group(group);
    return c && c->verb[0] != 0;
}

bool table_opens_group(size_t i)
{
    return i == 0 || strcmp(TABLE[i].group, TABLE[i - 1].group) != 0;
}

long table_timeout_s(const struct ctl_command *c)
{
    return c->timeout_s ? c->timeout_s : CTL_TIMEOUT_S;
}

void table_words(const struct ctl_command *c, int *least, int *most)
{
    *least = *most = 0;
    for (const char *p = c->words; *p;) {
        *most += 1;
        *least += *p != '[';
        p += strcspn(p, " ");
        p += strspn(p, " ");
    }
}
