#include "tools/poshubctl/suggest.h"

#include <string.h>

#define WORD_MAX 24

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Edits between two words: insert, delete, replace, or swap of neighbours. */
static int edits(const char *a, const char *b)
{
    int d[WORD_MAX + 1][WORD_MAX + 1];
    int na = (int)strlen(a), nb = (int)strlen(b);
    if (na > WORD_MAX || nb > WORD_MAX)
        return WORD_MAX;
    for (int i = 0; i <= na; i++)
        d[i][0] = i;
    for (int j = 0; j <= nb; j++)
        d[0][j] = j;
    for (int i = 1; i <= na; i++) {
        for (int j = 1; j <= nb; j++) {
            int replaced = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(replaced, 1 + least(d[i - 1][j], d[i][j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[na][nb];
}

struct suggest suggest_begin(const char *typed)
{
    /* about one edit for every three letters */
    int most = (int)(strlen(typed) + 1) / 3;
    return (struct suggest){.typed = typed, .distance = most + 1};
}

void suggest_offer(struct suggest *s, const char *word)
{
    int distance = edits(s->typed, word);
    if (distance < s->distance) {
        s->best = word;
        s->distance = distance;
    }
}
