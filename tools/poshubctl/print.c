#include "tools/poshubctl/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/poshubctl/reply.h"

#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define RED    "\033[31m"
#define BOLD   "\033[1m"
#define PLAIN  "\033[0m"

static const char *paint_of(const char *text)
{
    static const struct {
        const char *text, *paint;
    } PAINTS[] = {
        {"OK", GREEN},       {"online", GREEN},   {"READY", GREEN},      {"DEGRADED", YELLOW},
        {"offline", YELLOW}, {"EXPIRED", YELLOW}, {"CANCELLED", YELLOW}, {"SOLD OUT", RED},
        {"FAILED", RED},     {"closed", RED},     {"fault", RED},        {"warning", YELLOW},
    };
    for (size_t i = 0; i < sizeof PAINTS / sizeof PAINTS[0]; i++) {
        if (strcmp(PAINTS[i].text, text) == 0)
            return PAINTS[i].paint;
    }
    return NULL;
}

void print_painted(const struct ctl *ctl, const char *text)
{
    const char *paint = ctl->colour ? paint_of(text) : NULL;
    printf("%s%s%s", paint ? paint : "", text, paint ? PLAIN : "");
}

void print_line(const struct ctl *ctl, const char *name, const char *value)
{
    if (!*value)
        return;
    printf("%-*s", PRINT_NAME, name);
    print_painted(ctl, value);
    putchar('\n');
}

/* ---- tables ---- */

void grid_init(struct grid *g, const char *const *titles)
{
    *g = (struct grid){0};
    while (titles[g->n_columns] && g->n_columns < GRID_COLUMNS) {
        g->titles[g->n_columns] = titles[g->n_columns];
        g->n_columns++;
    }
}

void grid_cell(struct grid *g, const char *text)
{
    size_t more = strlen(text) + 1;
    if (g->n + more > g->cap) {
        g->cap = 2 * (g->n + more) + REPLY_TEXT;
        g->text = realloc(g->text, g->cap);
        if (!g->text) {
            fprintf(stderr, "poshubctl: out of memory\n");
            exit(CTL_FAILED);
        }
    }
    memcpy(g->text + g->n, text, more);
    g->n += more;
    g->n_cells++;
}

void grid_field(struct grid *g, const struct json *v, const char *path)
{
    grid_cell(g, TEXT_AT(v, path));
}

void grid_clear(struct grid *g)
{
    g->n = 0;
    g->n_cells = 0;
}

void grid_fini(struct grid *g)
{
    free(g->text);
    g->text = NULL;
}

/* Characters of UTF-8 text. */
static int width_of(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static bool is_right(const char *title)
{
    return title[0] == '>';
}

static const char *title_text(const char *title)
{
    return title + is_right(title);
}

static void measure(const struct grid *g, int widths[GRID_COLUMNS])
{
    for (int c = 0; c < g->n_columns; c++)
        widths[c] = width_of(title_text(g->titles[c]));
    const char *cell = g->text;
    for (int i = 0; i < g->n_cells; i++) {
        int *width = &widths[i % g->n_columns];
        int w = width_of(cell);
        *width = w > *width ? w : *width;
        cell += strlen(cell) + 1;
    }
}

static void print_cell(const struct ctl *ctl, const struct grid *g, int column, int width,
                       const char *text)
{
    bool last = column == g->n_columns - 1, right = is_right(g->titles[column]);
    int gap = width - width_of(text);
    printf("%*s", right ? gap : 0, "");
    print_painted(ctl, text);
    if (last)
        putchar('\n');
    else
        printf("%*s", (right ? 0 : gap) + 2, "");
}

static void print_titles(const struct ctl *ctl, const struct grid *g, const int *widths)
{
    fputs(ctl->colour ? BOLD : "", stdout);
    for (int c = 0; c < g->n_columns; c++)
        print_cell(ctl, g, c, widths[c], title_text(g->titles[c]));
    fputs(ctl->colour ? PLAIN : "", stdout);
}

void grid_print(const struct grid *g, const struct ctl *ctl)
{
    int widths[GRID_COLUMNS];
    if (g->n_cells == 0) {
        fprintf(stderr, "nothing to list\n");
        return;
    }
    measure(g, widths);
    print_titles(ctl, g, widths);
    const char *cell = g->text;
    for (int i = 0; i < g->n_cells; i++) {
        int c = i % g->n_columns;
        print_cell(ctl, g, c, widths[c], cell);
        cell += strlen(cell) + 1;
    }
}

/* ---- trees ---- */

static bool is_nested(const struct json *v)
{
    return json_kind(v) == JSON_OBJECT || json_kind(v) == JSON_ARRAY;
}

static void print_member(const struct ctl *ctl, const struct json *v, int depth)
{
    struct str key = json_key(v);
    if (!key.n) {
        printf("%*s%s\n", 2 * depth, "", reply_summary(v, (char[REPLY_TEXT]){0}));
        return;
    }
    if (is_nested(v)) {
        printf("%*s%.*s\n", 2 * depth, "", (int)key.n, key.p);
        print_tree(ctl, v, depth + 1);
        return;
    }
    printf("%*s%-*.*s ", 2 * depth, "", PRINT_NAME + 1, (int)key.n, key.p);
    print_painted(ctl, TEXT_AT(v, ""));
    putchar('\n');
}

void print_tree(const struct ctl *ctl, const struct json *v, int depth)
{
    for (int nested = 0; nested <= 1; nested++) {
        for (const struct json *e = v ? json_first(v) : NULL; e; e = json_next(e)) {
            if (is_nested(e) == (nested == 1))
                print_member(ctl, e, depth);
        }
    }
}

/* ---- units ---- */

const char *print_span(int64_t ms, char buf[SHORT_TEXT])
{
    int64_t s = ms / 1000, m = s / 60, h = m / 60, d = h / 24;
    if (ms < 1000)
        snprintf(buf, SHORT_TEXT, "%" PRId64 " ms", ms);
    else if (m == 0)
        snprintf(buf, SHORT_TEXT, "%" PRId64 " s", s);
    else if (h == 0)
        snprintf(buf, SHORT_TEXT, "%" PRId64 "m %" PRId64 "s", m, s % 60);
    else if (d == 0)
        snprintf(buf, SHORT_TEXT, "%" PRId64 "h %" PRId64 "m", h, m % 60);
    else
        snprintf(buf, SHORT_TEXT, "%" PRId64 "d %" PRId64 "h", d, h % 24);
    return buf;
}

const char *print_bytes(int64_t bytes, char buf[SHORT_TEXT])
{
    static const char *const UNITS[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double v = (double)bytes;
    size_t unit = 0;
    while (v >= 1024 && unit + 1 < sizeof UNITS / sizeof UNITS[0]) {
        v /= 1024;
        unit++;
    }
    snprintf(buf, SHORT_TEXT, "%.*f %s", unit && v < 10 ? 1 : 0, v, UNITS[unit]);
    return buf;
}

const char *print_time(int64_t at_ms, char buf[SHORT_TEXT])
{
    time_t at = (time_t)(at_ms / 1000);
    struct tm local;
    if (at_ms == 0 || !localtime_r(&at, &local) ||
        strftime(buf, SHORT_TEXT, "%Y-%m-%d %H:%M:%S", &local) == 0)
        snprintf(buf, SHORT_TEXT, "-");
    return buf;
}
