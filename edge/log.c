#define SD_JOURNAL_SUPPRESS_LOCATION 1
#include "edge/log.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#define LINE_BYTES 512
#define LEVEL      3                              /* "<4>" */
#define ID_OF_ALL  "7f3c9a52e1b0486f9d2c6a5bf000" /* drawn once; poshub.catalog has it too */

bool log_fault(const char *line, char fault[LOG_FAULT], char id[LOG_ID])
{
    static const char NAMED[] = " code=PH-";
    const char *at = strstr(line, NAMED);
    if (at == NULL)
        return false;
    const char *number = at + sizeof(NAMED) - 1;
    for (int i = 0; i < 4; i++) {
        if (!isdigit((unsigned char)number[i]))
            return false;
    }
    snprintf(fault, LOG_FAULT, "PH-%.4s", number);
    snprintf(id, LOG_ID, ID_OF_ALL "%.4s", number);
    return true;
}

/* As systemd.exec(5) asks for: the variable alone may be inherited from elsewhere. */
static bool stderr_is_journal(void)
{
    unsigned long long device, inode;
    struct stat st;
    const char *stream = getenv("JOURNAL_STREAM");
    return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

static bool to_journal(char level, const char *text)
{
    char fault[LOG_FAULT], id[LOG_ID];
    return log_fault(text, fault, id) && stderr_is_journal() &&
           sd_journal_send("MESSAGE=%s", text, "PRIORITY=%c", level, "MESSAGE_ID=%s", id,
                           "POSHUB_FAULT=%s", fault, "SYSLOG_IDENTIFIER=poshubd", NULL) == 0;
}

static void line(char level, const char *fmt, va_list args)
{
    char text[LINE_BYTES] = {'<', level, '>'};
    int n = vsnprintf(text + LEVEL, sizeof(text) - LEVEL - 1, fmt, args);
    if (n < 0 || to_journal(level, text + LEVEL))
        return;
    size_t end = (size_t)n + LEVEL < sizeof(text) - 1 ? (size_t)n + LEVEL : sizeof(text) - 2;
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
