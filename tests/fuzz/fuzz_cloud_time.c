/* Any text as a time: refused, or an instant that is told and read again unchanged. */
#include <stdlib.h>

#include "proto/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t at_ms, again_ms = 0;
    int16_t offset_min, again_min = 0;
    char text[WIRE_TIME];
    if (!wire_time_parse((struct str){(const char *)data, size}, &at_ms, &offset_min))
        return 0;
    size_t n = wire_time_format(at_ms, offset_min, false, text);
    must(n < WIRE_TIME && wire_time_parse((struct str){text, n}, &again_ms, &again_min));
    must(again_ms == at_ms && again_min == offset_min);
    return 0;
}
