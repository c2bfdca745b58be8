/* Asking the hub: transport failures and verdicts become exit codes and words on stderr; with
 * --json the reply goes to stdout as it is, in one line. */
#ifndef POSHUBCTL_HUB_H
#define POSHUBCTL_HUB_H

#include "proto/json.h"
#include "tools/poshubctl/ctl.h"
#include "tools/poshubctl/print.h"

#define HUB_BODY 16384 /* room for the body of every verb but menu.import */

/* GET. *out is the reply and the caller's to free where CTL_OK is returned, else NULL. */
enum ctl_exit hub_get(struct ctl *ctl, const char *path, struct json **out);
/* POST /v1/<verb>; CTL_OK only for code 0. *out as above. */
enum ctl_exit hub_call(struct ctl *ctl, const char *verb, struct str body, struct json **out);
/* GET without any word on failure, and without --json's line: NULL where there is no answer;
 * ctl->forbidden then says whether that is because we may not ask. */
struct json *hub_peek(struct ctl *ctl, const char *path);
/* The word on that, after such a peek and before anything else is asked: CTL_NOT_PERMITTED. */
enum ctl_exit hub_tell_forbidden(const struct ctl *ctl);
/* That line after all, of the reply peeked at last; nothing without --json. */
void hub_print_peeked(const struct ctl *ctl);
/* POST of a word whose reply is no news: what comes of it is peeked at, and that is --json's line.
 */
enum ctl_exit hub_tell(struct ctl *ctl, const char *verb);

/* A call whose reply is only shown: `print` is not called with --json. */
typedef void hub_print(const struct ctl *ctl, const struct json *reply);
enum ctl_exit hub_show(struct ctl *ctl, const char *verb, struct str body, hub_print *print);

/* A list in pages. For people all pages become one table, or only the one that --limit or
 * --cursor asks for; with --json always one page. */
struct hub_list {
    const char *verb;
    bool first_page_only; /* long lists: people too get one page unless they ask on */
    void (*body)(struct jw *w, const struct args *args); /* further members; may be NULL */
    void (*collect)(struct grid *g, const struct json *reply);
};
enum ctl_exit hub_list(struct ctl *ctl, const struct args *args, const struct hub_list *list,
                       const char *const *titles);
/* The members "limit" and "cursor" as the options say; `cursor` wins over the option when not
 * empty. False after a complaint about a limit out of range. */
bool hub_page_members(struct jw *w, const struct args *args, const char *cursor);

/* Starts a body: '{' stands. */
struct body {
    char text[HUB_BODY];
    struct jw w;
};
void body_begin(struct body *b);
/* Closes it. An empty text where it did not fit; the hub refuses that. */
struct str body_end(struct body *b);

#endif
