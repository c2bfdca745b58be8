#include "tools/product-center/show.h"

void item_show(const struct item *it, bool x, char text[WIRE_TIME], struct cloud_row *out)
{
    size_t n = wire_time_format(it->updated_ms, 0, true, text);
    *out = (struct cloud_row){.row = it->row,
                              .has_x = x,
                              .over = x ? it->over : 0,
                              .updated_at = {text, n},
                              .deleted = it->deleted};
    for (uint16_t i = 0; x && it->cmds != NULL && i < it->cmds->n; i++)
        out->cmds[out->n_cmds++] = it->cmds->cmds[i];
}

void item_write(struct jw *w, const struct item *it, bool x)
{
    char text[WIRE_TIME];
    struct cloud_row row;
    item_show(it, x, text, &row);
    cloud_row_encode(w, &row, STR(""), STR(""));
}
