/* Tells a story in virtual time, and compares what happened with what the file says should happen.
 *
 *   run_story FILE.story           a diff and exit 1 when it went otherwise
 *   run_story --write FILE.story   puts what happened into the file, to be read before it is kept
 *
 * A line that begins in the first column is a step, a comment or empty; below a step stands,
 * indented, what it did. Steps:
 *   DEVICE VERB {..}   one request; the name says the role (till-1, kiosk-1, menu-4, kds-oven,
 *                      poshubctl). 'quotes' stand for "quotes"; the body goes on over indented
 *                      lines until its braces close
 *   wait 30s           time passes (s, m, h), and timers fire on their way
 *   clock +1h          the wall clock alone is set, forth or back
 *   crash              the next request dies before its commit
 *   reopen             the hub dies after its last commit and starts again
 *   menu combo         the menu gets its combo (tests/lib/shop.h)
 *   center .., up, hold, down   a center takes part (story_center.h)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/stories/story_center.h"
#include "tests/stories/story_diff.h"
#include "tests/stories/story_event.h"
#include "tests/stories/story_trace.h"

#define STEP_BYTES 8192

struct story {
    const char *path;
    char *text;       /* the whole file */
    const char *next; /* the line to be read */
    struct shop shop;
    struct story_center center;
    struct trace trace;
};

__attribute__((noreturn)) static void fatal(const char *what, const char *why)
{
    fprintf(stderr, "run_story: %s: %s\n", what, why);
    exit(2);
}

/* ---- the file ---- */

static char *read_file(const char *path)
{
    char *text = NULL;
    size_t n = 0;
    FILE *in = fopen(path, "r");
    if (!in)
        fatal(path, "cannot be read");
    if (getdelim(&text, &n, '\0', in) < 0)
        fatal(path, "is empty");
    fclose(in);
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    if (!out || fputs(text, out) < 0 || fclose(out))
        fatal(path, "cannot be written");
}

/* The next line goes to the trace as it is, and to the end of `step`. */
static void take_line(struct story *s, char *step)
{
    size_t n = strcspn(s->next, "\n"), used = strlen(step);
    if (used + n + 1 > STEP_BYTES)
        fatal(s->path, "a step is too long");
    memcpy(step + used, s->next, n);
    step[used + n] = '\0';
    fprintf(s->trace.out, "%.*s\n", (int)n, s->next);
    s->next += n + (s->next[n] == '\n');
}

static bool is_whole(const char *step)
{
    int depth = 0;
    for (; *step; step++)
        depth += (*step == '{') - (*step == '}');
    return depth <= 0;
}

static void skip_old_trace(struct story *s)
{
    while (*s->next == ' ') {
        s->next += strcspn(s->next, "\n");
        s->next += *s->next == '\n';
    }
}

/* ---- steps ---- */

/* "90s", "15m", "2h" in milliseconds. */
static int64_t span_ms(const char *text)
{
    char *unit;
    int64_t n = strtoll(text, &unit, 10);
    int64_t factor = *unit == 's' ? 1000 : *unit == 'm' ? 60000 : *unit == 'h' ? 3600000 : 0;
    if (unit == text || !factor || unit[1])
        fatal(text, "is not a span such as 90s, 15m or 2h");
    return n * factor;
}

static void fire_timers(struct story *s, int64_t waited_ms)
{
    bool more;
    do {
        more = shop_timers(&s->shop);
        trace_timer(&s->trace, waited_ms);
    } while (more);
}

/* From timer to timer, each at its own time, and then the rest of the span. */
static void wait_step(struct story *s, const char *span)
{
    int64_t begun_ms = s->shop.uptime_ms, end_ms = begun_ms + span_ms(span);
    while (s->shop.uptime_ms < end_ms) {
        int64_t next_ms = shop_next_timer(&s->shop);
        next_ms = next_ms < s->shop.uptime_ms ? s->shop.uptime_ms : next_ms;
        int64_t step_ms = (next_ms < end_ms ? next_ms : end_ms) - s->shop.uptime_ms;
        s->shop.uptime_ms += step_ms;
        s->shop.wall_ms += step_ms;
        fire_timers(s, s->shop.uptime_ms - begun_ms);
    }
}

static enum role role_of(const char *device)
{
    static const struct {
        const char *prefix;
        enum role role;
    } NAMES[] = {{"till-", ROLE_POS}, {"kiosk-", ROLE_KIOSK}, {"menu-", ROLE_EMENU},
                 {"kds-", ROLE_KDS},  {"board-", ROLE_BOARD}, {"poshubctl", ROLE_ADMIN}};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strncmp(device, NAMES[i].prefix, strlen(NAMES[i].prefix)) == 0)
            return NAMES[i].role;
    fatal(device, "is neither a step nor a device");
}

static void request_step(struct story *s, const char *device, const char *verb, const char *body)
{
    enum verb known;
    bool dies = s->shop.crash_next;
    if (!verb_parse(str_of(verb), &known) || *body != '{')
        fatal(verb, "is not a verb with a body in braces");
    shop_do(&s->shop, device, role_of(device), verb, "%s", body);
    if (dies)
        trace_line(&s->trace, 0, "no reply; the hub starts again");
    else
        trace_reply(&s->trace);
}

static void menu_step(struct story *s)
{
    shop_menu_with_combo(&s->shop);
    trace_skip(&s->trace);
}

static void do_step(struct story *s, char *step)
{
    char *rest = step, *word = strsep(&rest, " "), *verb;
    if (story_center_step(&s->center, &s->trace, word, rest))
        return;
    verb = rest ? strsep(&rest, " ") : NULL;
    if (strcmp(word, "crash") == 0 && !verb)
        s->shop.crash_next = true;
    else if (strcmp(word, "reopen") == 0 && !verb)
        shop_reopen(&s->shop);
    else if (strcmp(word, "wait") == 0 && verb && !rest)
        wait_step(s, verb);
    else if (strcmp(word, "clock") == 0 && verb && !rest)
        s->shop.wall_ms += span_ms(verb);
    else if (strcmp(word, "menu") == 0 && verb && strcmp(verb, "combo") == 0 && !rest)
        menu_step(s);
    else if (verb && rest)
        request_step(s, word, verb, rest);
    else
        fatal(word, "is not a step");
}

/* ---- the story ---- */

static void next_step(struct story *s)
{
    char step[STEP_BYTES] = "";
    take_line(s, step);
    if (!*step || *step == '#')
        return;
    while (!is_whole(step) && *s->next == ' ')
        take_line(s, step);
    if (!is_whole(step))
        fatal(step, "has an open brace");
    do_step(s, step);
    skip_old_trace(s);
}

/* Owned by the caller. False: the books do not add up at its end. */
static bool tell_story(struct story *s, char **told)
{
    size_t n;
    s->text = read_file(s->path);
    s->next = s->text;
    s->trace = (struct trace){.out = open_memstream(told, &n), .shop = &s->shop};
    if (!s->trace.out)
        fatal(s->path, "out of memory");
    shop_open(&s->shop);
    story_center_open(&s->center, &s->shop);
    trace_skip(&s->trace);
    while (*s->next)
        next_step(s);
    bool sound = shop_sound(&s->shop);
    story_center_close(&s->center);
    shop_close(&s->shop);
    fclose(s->trace.out);
    return sound;
}

int main(int argc, char **argv)
{
    static struct story story;
    bool write = argc == 3 && strcmp(argv[1], "--write") == 0;
    char *told;
    if (argc != 2 && !write)
        fatal("usage", "run_story [--write] FILE.story");
    story.path = argv[argc - 1];
    bool sound = tell_story(&story, &told), differs = false;
    if (write)
        write_file(story.path, told);
    else
        differs = story_diff(stdout, story.text, told);
    free(told);
    free(story.text);
    return sound && !differs ? 0 : 1;
}
