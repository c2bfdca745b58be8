#include "tools/poshubctl/qr.h"

#include <qrencode.h>

#define MARGIN                                                                                     \
    2 /* modules; readers find a code on a terminal with half of the four that paper has */

/* What is outside is light, as the margin. */
static bool is_dark(const QRcode *code, int x, int y)
{
    bool inside = x >= 0 && y >= 0 && x < code->width && y < code->width;
    return inside && (code->data[y * code->width + x] & 1) != 0;
}

static void print_line(FILE *out, const QRcode *code, int y)
{
    static const char *const BLOCKS[2][2] = {{"\u2588", "\u2580"}, {"\u2584", " "}};
    for (int x = -MARGIN; x < code->width + MARGIN; x++)
        fputs(BLOCKS[is_dark(code, x, y)][is_dark(code, x, y + 1)], out);
    fputc('\n', out);
}

bool qr_print(FILE *out, const char *text)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
    if (!code)
        return false;
    for (int y = -MARGIN; y < code->width + MARGIN; y += 2)
        print_line(out, code, y);
    QRcode_free(code);
    return true;
}
