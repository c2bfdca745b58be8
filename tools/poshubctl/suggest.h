/* Which known word a mistyped one was meant to be. */
#ifndef POSHUBCTL_SUGGEST_H
#define POSHUBCTL_SUGGEST_H

struct suggest {
    const char *typed;
    const char *best; /* NULL: nothing is near enough */
    int distance;
};
struct suggest suggest_begin(const char *typed);
/* `word` must live as long as the suggestion is read. */
void suggest_offer(struct suggest *s, const char *word);

#endif
