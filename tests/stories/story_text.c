#include "tests/stories/story_text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 100

FILE *text_begin(struct text *x)
{
    x->f = open_memstream(&x->p, &x->n);
    if (!x->f)
        abort();
    return x->f;
}

static void put_wrapped(FILE *out, int indent, const char *p)
{
    int hang = indent;
    while (*p) {
        int room = WIDTH - hang, n = (int)strlen(p);
        if (n > room) {
            for (n = room; n > 0 && p[n] != ' '; n--)
                ;
            n = n ? n : room;
        }
        fprintf(out, "%*s%.*s\n", hang, "", n, p);
        for (p += n; *p == ' '; p++)
            ;
        hang = indent + 4;
    }
}

void text_end(struct trace *t, int depth, struct text *x)
{
    fclose(x->f);
    put_wrapped(t->out, 4 + 2 * depth, x->p);
    free(x->p);
}

void trace_line(struct trace *t, int depth, const char *fmt, ...)
{
    struct text x;
    va_list args;
    va_start(args, fmt);
    vfprintf(text_begin(&x), fmt, args);
    va_end(args);
    text_end(t, depth, &x);
}

const char *text_qty(char buf[DECIMAL_TEXT], int64_t v_t)
{
    qty_format(v_t, buf);
    return buf;
}

/* Two decimals, or as many as it takes. */
const char *text_money(char buf[DECIMAL_TEXT], int64_t v_e4)
{
    size_t n = money_format(v_e4, buf);
    for (int i = 0; i < 2 && buf[n - 1] == '0'; i++)
        buf[--n] = '\0';
    return buf;
}

const char *text_object(int64_t type)
{
    return type == OBJECT_SPU ? "spu" : "sku";
}

struct txn *trace_look(struct trace *t)
{
    struct txn *txn;
    if (txn_begin_read(t->shop->store, &txn))
        abort();
    return txn;
}
