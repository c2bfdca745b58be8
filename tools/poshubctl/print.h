/* Aligned tables and name/value lines, colours, durations and sizes. */
#ifndef POSHUBCTL_PRINT_H
#define POSHUBCTL_PRINT_H

#include "proto/json.h"
#include "tools/poshubctl/ctl.h"

/* A table: collected first, then printed with columns as wide as their cells. Running out of
 * memory ends the program with a word on stderr. */
#define GRID_COLUMNS 12
struct grid {
    const char *titles[GRID_COLUMNS]; /* a leading '>' aligns the column right */
    int n_columns;
    char *text; /* cells one behind the other, each with its NUL */
    size_t n, cap;
    int n_cells;
};
/* `titles` ends with NULL; borrowed. */
void grid_init(struct grid *g, const char *const *titles);
void grid_cell(struct grid *g, const char *text);
/* The text of the scalar at a path. */
void grid_field(struct grid *g, const struct json *v, const char *path);
void grid_clear(struct grid *g); /* drops the rows */
/* To stdout; an empty one says so on stderr. */
void grid_print(const struct grid *g, const struct ctl *ctl);
void grid_fini(struct grid *g);

#define PRINT_NAME 10 /* width of the names in name/value lines */
/* "state      OK": name, then a value painted by its meaning. Nothing for an empty value. */
void print_line(const struct ctl *ctl, const char *name, const char *value);
/* An object as indented name/value lines, scalars first, for replies whose members are open; what
 * stands in an array has a line each. NULL prints nothing. */
void print_tree(const struct ctl *ctl, const struct json *v, int depth);
/* A word in the colour of its meaning (OK green, SOLD OUT red ..), else plain. */
void print_painted(const struct ctl *ctl, const char *text);

#define SHORT_TEXT 32
/* "450 ms", "42 s", "12m 5s", "3h 12m", "12d 4h". Returns buf. */
const char *print_span(int64_t ms, char buf[SHORT_TEXT]);
/* "41 MiB", "1.0 GiB". Returns buf. */
const char *print_bytes(int64_t bytes, char buf[SHORT_TEXT]);
/* As the store's clocks show it: "2026-01-28 18:12:01"; "-" for 0. Returns buf. */
const char *print_time(int64_t at_ms, char buf[SHORT_TEXT]);
#define SPAN(ms)    print_span((ms), (char[SHORT_TEXT]){0})
#define BYTES(n)    print_bytes((n), (char[SHORT_TEXT]){0})
#define TIME(at_ms) print_time((at_ms), (char[SHORT_TEXT]){0})

#endif
