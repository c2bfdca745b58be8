#include "edge/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_BYTES 512

static void line(char level, const char *fmt, va_list args)
{
    char text[LINE_BYTES] = {'<', level, '>'};
    int n = vsnprintf(text + 3, sizeof(text) - 4, fmt, args);
    if (n < 0)
        return;
    size_t end = (size_t)n + 3 < sizeof(text) - 1 ? (size_t)n + 3 : sizeof(text) - 2;
    text[end] = '\n';
    /* A log that cannot be written must not stop the store. */
    ssize_t written = write(STDERR_FILENO, text, end + 1);
    (void)written;
}

#define LOG_AT(name, level)                                                                        \
    void name(const char *fmt, ...)                                                                \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, fmt);                                                                       \
        line(level, fmt, args);                                                                    \
        va_end(args);                                                                              \
    }
LOG_AT(log_error, '3')
LOG_AT(log_warning, '4')
LOG_AT(log_info, '6')
