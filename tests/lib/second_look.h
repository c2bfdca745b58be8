/* Each sale twice: the look of a read transaction before it (peek_sale) and the writer's verdict
 * must be one. For everything that runs the books in tests; the difference ends the program.
 */
#ifndef TESTS_SECOND_LOOK_H
#define TESTS_SECOND_LOOK_H

#include "edge/books/peek.h"

struct second_look {
    bool refused; /* by the look */
    struct outcome out;
};
/* Before the command's transaction begins. */
void second_look_take(struct second_look *l, struct store *store, const struct books_config *config,
                      const struct command *c);
/* What the writer has said. Frees the look. */
void second_look_compare(struct second_look *l, const struct command *c, const struct outcome *out);

#endif
