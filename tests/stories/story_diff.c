/* The longest common subsequence of lines, by the plain table: stories are short. */
#include "tests/stories/story_diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define AROUND 3 /* equal lines shown before and after a difference */

struct line {
    const char *p;
    size_t n;
};
struct lines {
    struct line *all;
    size_t n;
};
struct marked {
    char mark;
    struct line line;
};

static void *need(void *p)
{
    if (!p)
        abort();
    return p;
}

static struct lines split(const char *text)
{
    struct lines l = {need(malloc((strlen(text) + 1) * sizeof *l.all)), 0};
    while (*text) {
        size_t n = strcspn(text, "\n");
        l.all[l.n++] = (struct line){text, n};
        text += n + (text[n] == '\n');
    }
    return l;
}

static bool same(struct line a, struct line b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* common[i * (g + 1) + j]: most lines that want from i on and got from j on share. */
static uint32_t *common_lines(const struct lines *want, const struct lines *got)
{
    size_t w = got->n + 1;
    uint32_t *common = need(calloc((want->n + 1) * w, sizeof *common));
    for (size_t i = want->n; i-- > 0;)
        for (size_t j = got->n; j-- > 0;) {
            uint32_t down = common[(i + 1) * w + j], right = common[i * w + j + 1];
            common[i * w + j] = same(want->all[i], got->all[j]) ? common[(i + 1) * w + j + 1] + 1
                                : down > right                  ? down
                                                                : right;
        }
    return common;
}

static size_t mark_all(const struct lines *want, const struct lines *got, struct marked *out)
{
    uint32_t *common = common_lines(want, got);
    size_t w = got->n + 1, n = 0, i = 0, j = 0;
    while (i < want->n || j < got->n) {
        if (i < want->n && j < got->n && same(want->all[i], got->all[j])) {
            out[n++] = (struct marked){' ', want->all[i++]};
            j++;
        } else if (i < want->n &&
                   (j == got->n || common[(i + 1) * w + j] >= common[i * w + j + 1])) {
            out[n++] = (struct marked){'-', want->all[i++]};
        } else {
            out[n++] = (struct marked){'+', got->all[j++]};
        }
    }
    free(common);
    return n;
}

static bool is_near(const struct marked *all, size_t n, size_t at)
{
    size_t from = at < AROUND ? 0 : at - AROUND, to = at + AROUND < n ? at + AROUND : n - 1;
    for (size_t i = from; i <= to; i++)
        if (all[i].mark != ' ')
            return true;
    return false;
}

bool story_diff(FILE *out, const char *want, const char *got)
{
    if (strcmp(want, got) == 0)
        return false;
    struct lines w = split(want), g = split(got);
    struct marked *all = need(malloc((w.n + g.n + 1) * sizeof *all));
    size_t n = mark_all(&w, &g, all);
    for (size_t i = 0; i < n; i++)
        if (is_near(all, n, i))
            fprintf(out, "%c%.*s\n", all[i].mark, (int)all[i].line.n, all[i].line.p);
    free(all);
    free(w.all);
    free(g.all);
    return true;
}
