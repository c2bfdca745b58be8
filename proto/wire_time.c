#include <string.h>

#include "proto/wire.h"

#define MINUTE_MS      60000LL
#define DAY_MS         86400000LL
#define OFFSET_MIN_MAX (15 * 60 + 59)
#define FRACTION_MAX   9

struct civil {
    int64_t year, month, day; /* 1-based */
};

/* Days since 1970-01-01 in the proleptic Gregorian calendar: years begin in March, so that the
 * leap day is a year's last, and 400 of them are 146,097 days. */
static int64_t days_of(struct civil c)
{
    int64_t year = c.month > 2 ? c.year : c.year - 1;
    int64_t era = year / 400, of_era = year % 400;
    int64_t month = c.month > 2 ? c.month - 3 : c.month + 9;
    int64_t of_year = (153 * month + 2) / 5 + c.day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct civil civil_of(int64_t days)
{
    int64_t shifted = days + 719468;
    int64_t era = shifted / 146097, of_era = shifted % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    struct civil c = {.day = of_year - (153 * month + 2) / 5 + 1};
    c.month = month < 10 ? month + 3 : month - 9;
    c.year = year + era * 400 + (c.month <= 2);
    return c;
}

/* ---- in ---- */

struct reading {
    struct str text;
    size_t at;
    bool bad;
};

static void expect(struct reading *r, char c)
{
    if (r->at >= r->text.n || r->text.p[r->at++] != c)
        r->bad = true;
}

static bool digit_next(const struct reading *r)
{
    return r->at < r->text.n && r->text.p[r->at] >= '0' && r->text.p[r->at] <= '9';
}

static int64_t number(struct reading *r, size_t digits, int64_t min, int64_t max)
{
    int64_t v = 0;
    for (; digits > 0 && digit_next(r); digits--)
        v = v * 10 + (r->text.p[r->at++] - '0');
    r->bad = r->bad || digits > 0 || v < min || v > max;
    return v;
}

/* Milliseconds of what follows the point; finer digits are part of the text alone. */
static int64_t fraction_ms(struct reading *r)
{
    int64_t ms = 0;
    size_t n = 0;
    if (r->at >= r->text.n || r->text.p[r->at] != '.')
        return 0;
    r->at++;
    for (; digit_next(r); n++, r->at++) {
        if (n < 3)
            ms = ms * 10 + (r->text.p[r->at] - '0');
    }
    r->bad = r->bad || n == 0 || n > FRACTION_MAX;
    for (; n < 3; n++)
        ms *= 10;
    return ms;
}

static int64_t offset(struct reading *r)
{
    if (r->at < r->text.n && r->text.p[r->at] == 'Z') {
        r->at++;
        return 0;
    }
    bool west = r->at < r->text.n && r->text.p[r->at] == '-';
    expect(r, west ? '-' : '+');
    int64_t hours = number(r, 2, 0, OFFSET_MIN_MAX / 60);
    expect(r, ':');
    int64_t minutes = hours * 60 + number(r, 2, 0, 59);
    return west ? -minutes : minutes;
}

static int64_t date_ms(struct reading *r)
{
    struct civil c;
    c.year = number(r, 4, 1970, 9999);
    expect(r, '-');
    c.month = number(r, 2, 1, 12);
    expect(r, '-');
    c.day = number(r, 2, 1, 31);
    if (r->bad)
        return 0;
    int64_t days = days_of(c);
    r->bad = civil_of(days).day != c.day; /* the 30th of February */
    return days * DAY_MS;
}

static int64_t clock_ms(struct reading *r)
{
    int64_t hour = number(r, 2, 0, 23);
    expect(r, ':');
    int64_t minute = number(r, 2, 0, 59);
    expect(r, ':');
    int64_t second = number(r, 2, 0, 59);
    return ((hour * 60 + minute) * 60 + second) * 1000 + fraction_ms(r);
}

bool wire_time_parse(struct str text, int64_t *out_ms, int16_t *offset_min)
{
    struct reading r = {.text = text};
    int64_t local_ms = date_ms(&r);
    expect(&r, 'T');
    local_ms += clock_ms(&r);
    int64_t minutes = offset(&r);
    if (r.bad || r.at != text.n)
        return false;
    *out_ms = local_ms - minutes * MINUTE_MS;
    *offset_min = (int16_t)minutes;
    return true;
}

/* ---- out ---- */

static char *put(char *at, int64_t v, size_t digits, char after)
{
    for (size_t i = digits; i > 0; i--) {
        at[i - 1] = (char)('0' + v % 10);
        v /= 10;
    }
    at[digits] = after;
    return at + digits + (after != '\0');
}

static char *put_offset(char *at, int64_t minutes)
{
    int64_t size = minutes < 0 ? -minutes : minutes;
    *at++ = minutes < 0 ? '-' : '+';
    at = put(at, size / 60, 2, ':');
    return put(at, size % 60, 2, '\0');
}

/* What the calendar above can tell: from March of the year 0 to 9999. */
static int64_t within(int64_t local_ms)
{
    static const int64_t FIRST = -719468 * DAY_MS, LAST = 2932897 * DAY_MS - 1;
    int64_t at_least = local_ms < FIRST ? FIRST : local_ms;
    return at_least > LAST ? LAST : at_least;
}

size_t wire_time_format(int64_t at_ms, int16_t offset_min, bool always_ms, char out[WIRE_TIME])
{
    int64_t local_ms = within(within(at_ms) + offset_min * MINUTE_MS);
    int64_t of_day = local_ms % DAY_MS;
    if (of_day < 0)
        of_day += DAY_MS;
    struct civil c = civil_of((local_ms - of_day) / DAY_MS);
    char *at = put(out, c.year, 4, '-');
    at = put(at, c.month, 2, '-');
    at = put(at, c.day, 2, 'T');
    at = put(at, of_day / 3600000, 2, ':');
    at = put(at, of_day / MINUTE_MS % 60, 2, ':');
    at = put(at, of_day / 1000 % 60, 2, '\0');
    if (always_ms || of_day % 1000 != 0) {
        *at++ = '.';
        at = put(at, of_day % 1000, 3, '\0');
    }
    return (size_t)(put_offset(at, offset_min) - out);
}
