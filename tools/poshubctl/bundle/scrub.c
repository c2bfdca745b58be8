#include "tools/poshubctl/bundle/scrub.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_LEAST  16 /* letters and digits in a row that no word of ours has */
#define LETTERS_LEAST 20
#define PART_MOST     8 /* "amd64", "kiosk12" */
#define PHONE_LEAST   7
#define CODE_BYTES    9
#define TAG_BYTES     3

void scrub_init(struct scrub *s, bool names_too)
{
    *s = (struct scrub){.names_too = names_too};
    random_bytes(s->salt, sizeof s->salt);
}

void scrub_fini(struct scrub *s)
{
    for (size_t i = 0; i < s->n_names; i++)
        free(s->names[i]);
    s->n_names = 0;
}

void scrub_name(struct scrub *s, struct str name)
{
    if (!s->names_too || name.n < SCRUB_NAME_LEAST || s->n_names == SCRUB_NAMES)
        return;
    char *copy = strndup(name.p, name.n);
    size_t at = s->n_names;
    for (size_t i = 0; copy && i < s->n_names; i++) {
        if (strcmp(s->names[i], copy) == 0) {
            free(copy);
            return;
        }
    }
    if (!copy)
        return;
    while (at > 0 && strlen(s->names[at - 1]) < name.n) {
        s->names[at] = s->names[at - 1];
        at--;
    }
    s->names[at] = copy;
    s->n_names++;
}

/* ---- what looks like a secret ---- */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool is_run(char c)
{
    return isalnum((unsigned char)c) || (c != 0 && strchr("_-+/$", c));
}

/* "20260128T093000Z" */
static bool is_stamp(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool letter = i == 8 || i == 15;
        if (letter ? p[i] != "TZ"[i == 15] : !isdigit((unsigned char)p[i]))
            return false;
    }
    return n == 16;
}

/* All letters, all digits, or a short word with a number behind it. */
static bool is_plain_part(const char *p, size_t n)
{
    size_t letters = 0, digits = 0;
    while (letters < n && isalpha((unsigned char)p[letters]))
        letters++;
    while (letters + digits < n && isdigit((unsigned char)p[letters + digits]))
        digits++;
    if (is_stamp(p, n) || n == 0)
        return true;
    if (letters + digits != n || letters >= LETTERS_LEAST || digits >= RANDOM_LEAST)
        return false;
    return letters == 0 || digits == 0 || n <= PART_MOST;
}

static bool is_made_of_words(const char *p, size_t n)
{
    size_t from = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && !strchr("_-+/$", p[i]))
            continue;
        if (!is_plain_part(p + from, i - from))
            return false;
        from = i + 1;
    }
    return true;
}

/* "/var/lib/..": a path, and not base64 that begins so. */
static bool is_path(const char *p, size_t n)
{
    static const char *const ROOTS[] = {"/var/",  "/etc/",  "/run/",  "/tmp/",  "/usr/",
                                        "/home/", "/dev/",  "/root/", "/mnt/",  "/srv/",
                                        "/opt/",  "/proc/", "/sys/",  "/boot/", "/media/"};
    for (size_t i = 0; i < sizeof ROOTS / sizeof ROOTS[0]; i++) {
        size_t root = strlen(ROOTS[i]);
        if (n > root && memcmp(p, ROOTS[i], root) == 0)
            return true;
    }
    return false;
}

static bool is_random_word(const char *p, size_t n)
{
    return n >= RANDOM_LEAST && !is_made_of_words(p, n);
}

/* Of a path each name is looked at alone. */
static bool is_random(const char *p, size_t n)
{
    if (!is_path(p, n))
        return is_random_word(p, n);
    for (size_t from = 0, i = 0; i <= n; i++) {
        if (i < n && p[i] != '/')
            continue;
        if (is_random_word(p + from, i - from))
            return true;
        from = i + 1;
    }
    return false;
}

static const char *const TELLING[] = {
    "password", "passwd",  "passphrase",    "secret", "token",   "pin",        "psk",
    "apikey",   "private", "authorization", "bearer", "cookie",  "credential", "hash",
    "salt",     "note",    "notes",         "phone",  "payment", "customer",   "guest",
    "email",    "card",    "pass",          "pwd"};
/* Where something is, and not what it is. */
static const char *const HARMLESS[] = {"dir", "file", "path"};

static bool part_is_one_of(const char *p, size_t n, const char *const *list, size_t n_list)
{
    for (size_t i = 0; i < n_list; i++) {
        if (strlen(list[i]) == n && strncasecmp(p, list[i], n) == 0)
            return true;
    }
    return false;
}

/* "override_pin", "--password", "guestName" not. */
static bool name_tells(const char *p, size_t n)
{
    bool telling = false;
    size_t from = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && isalnum((unsigned char)p[i]))
            continue;
        if (part_is_one_of(p + from, i - from, HARMLESS, sizeof HARMLESS / sizeof HARMLESS[0]))
            return false;
        telling = telling ||
                  part_is_one_of(p + from, i - from, TELLING, sizeof TELLING / sizeof TELLING[0]);
        from = i + 1;
    }
    return telling;
}

/* Bytes of what belongs to the name that ends at p: `": "value"`, ` = value`, `: rest of the line`.
 * 0: nothing does. *sep is what of it is not the value. */
static size_t value_after(const char *p, const char *end, size_t *sep)
{
    const char *q = p;
    while (q < end && strchr("\"' ", *q))
        q++;
    if (q == end || (*q != '=' && *q != ':'))
        return 0;
    bool rest = *q++ == ':';
    while (q < end && *q == ' ')
        q++;
    *sep = (size_t)(q - p);
    if (q < end && (*q == '"' || *q == '\'')) {
        const char *close = q + 1;
        while (close < end && *close != *q)
            close += *close == '\\' && close + 1 < end ? 2 : 1;
        return (size_t)(close < end ? close + 1 - p : end - p);
    }
    while (q < end && (rest || !isspace((unsigned char)*q)))
        q++;
    return (size_t)(q - p);
}

/* "K7Q2-9FMX": capitals and digits, and not digits alone. */
static bool is_code(const char *p, const char *end)
{
    bool letter = false;
    if (end - p < CODE_BYTES || p[4] != '-' ||
        (end - p > CODE_BYTES && (is_word(p[CODE_BYTES]) || p[CODE_BYTES] == '-')))
        return false;
    for (int i = 0; i < CODE_BYTES; i++) {
        if (i != 4 && !isdigit((unsigned char)p[i]) && !isupper((unsigned char)p[i]))
            return false;
        letter = letter || isupper((unsigned char)p[i]);
    }
    return letter;
}

/* "+49 170 1234567", or digits alone as many as a number has; 0: none. */
static size_t phone_at(const char *p, const char *end)
{
    const char *q = p, *last = p;
    size_t digits = 0;
    if (*q != '+')
        return 0;
    for (q++; q < end && (isdigit((unsigned char)*q) || strchr(" -()/", *q)); q++) {
        if (isdigit((unsigned char)*q)) {
            digits++;
            last = q + 1;
        }
    }
    return digits >= PHONE_LEAST ? (size_t)(last - p) : 0;
}

/* A word with an @ in it; 0: none begins here. */
static size_t mail_at(const char *p, const char *end)
{
    size_t n = 0;
    bool at = false;
    while (p + n < end && !isspace((unsigned char)p[n]) && !strchr("\"',;<>()[]{}", p[n])) {
        at = at || (p[n] == '@' && n > 0);
        n++;
    }
    return at ? n : 0;
}

/* ---- names and addresses ---- */

static void write_tag(const struct scrub *s, const char *kind, const char *p, size_t n, FILE *out)
{
    uint8_t sum[SHA256_BYTES];
    char text[2 * TAG_BYTES + 1] = "";
    hmac_sha256(s->salt, sizeof s->salt, p, n, sum);
    hex_encode(sum, TAG_BYTES, text);
    fprintf(out, "%s-%.6s", kind, text);
}

static size_t name_at(const struct scrub *s, const char *p, const char *end)
{
    for (size_t i = 0; i < s->n_names; i++) {
        size_t n = strlen(s->names[i]);
        if ((size_t)(end - p) >= n && memcmp(p, s->names[i], n) == 0 &&
            (p + n == end || !is_word(p[n])))
            return n;
    }
    return 0;
}

/* 10.0.8.31, fe80::1, 52:54:00:12:34:56; not 18:12:01 and not a version. */
static size_t address_at(const char *p, const char *end)
{
    size_t n = 0, dots = 0, colons = 0, letters = 0;
    bool pair = false;
    for (; p + n < end && (isxdigit((unsigned char)p[n]) || p[n] == '.' || p[n] == ':'); n++) {
        dots += p[n] == '.';
        pair = pair || (p[n] == ':' && n > 0 && p[n - 1] == ':');
        colons += p[n] == ':' && dots == 0;
        letters += isalpha((unsigned char)p[n]) != 0;
    }
    if (p + n < end && is_word(p[n]))
        return 0;
    if (dots == 3 && letters == 0 && colons == 0) {
        const char *port = memchr(p, ':', n);
        return port ? (size_t)(port - p) : n;
    }
    return (colons >= 2 && pair) || colons >= 4 ? n : 0;
}

/* ---- one line ---- */

#define INVITATION "poshub://"

/* What needs no more than a look: a word with an @, an invitation to pair, a telephone number, a
 * pairing code. Its length; 0: none. `fresh`: a word may begin here. */
static size_t marked_at(const char *p, const char *end, bool fresh)
{
    size_t n = mail_at(p, end);
    if (n > 0 || !fresh)
        return n;
    if ((size_t)(end - p) > strlen(INVITATION) && memcmp(p, INVITATION, strlen(INVITATION)) == 0) {
        while (p + n < end && !isspace((unsigned char)p[n]))
            n++;
        return n;
    }
    n = phone_at(p, end);
    return n == 0 && is_code(p, end) ? CODE_BYTES : n;
}

/* Bytes at p that something else was written for; 0: p may stay. */
static size_t take_secret(const char *p, const char *end, char before, FILE *out)
{
    size_t n = marked_at(p, end, !is_word(before)), sep = 0, name = 0;
    if (n == 0 && is_run(before))
        return 0;
    while (n == 0 && p + name < end && (is_word(p[name]) || p[name] == '-'))
        name++;
    size_t value = name > 0 && name_tells(p, name) ? value_after(p + name, end, &sep) : 0;
    if (value > sep) {
        fprintf(out, "%.*s" SCRUB_GONE, (int)(name + sep), p);
        return name + value;
    }
    if (n == 0) {
        while (p + n < end && is_run(p[n]))
            n++;
        n = is_random(p, n) ? n : 0;
    }
    if (n > 0)
        fputs(SCRUB_GONE, out);
    return n;
}

static size_t take_name(const struct scrub *s, const char *p, const char *end, bool fresh,
                        FILE *out)
{
    if (!s->names_too || !fresh)
        return 0;
    size_t n = name_at(s, p, end);
    if (n > 0)
        write_tag(s, "name", p, n, out);
    if (n == 0 && (n = address_at(p, end)) > 0)
        write_tag(s, "address", p, n, out);
    return n;
}

static void write_line(const struct scrub *s, const char *p, const char *end, FILE *out)
{
    char before = ' ';
    while (p < end) {
        size_t n = take_name(s, p, end, !is_word(before), out);
        if (n == 0)
            n = take_secret(p, end, before, out);
        if (n == 0)
            putc(p[n++], out);
        before = p[n - 1];
        p += n;
    }
}

#define PEM_BEGINS "-----BEGIN"
#define PEM_ENDS   "-----END"

static const char *find(const char *p, const char *end, const char *what)
{
    return memmem(p, (size_t)(end - p), what, strlen(what));
}

void scrub_write(const struct scrub *s, struct str text, FILE *out)
{
    const char *p = text.p, *end = text.p + text.n;
    bool pem = false;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        const char *begins = pem ? NULL : find(p, stop, PEM_BEGINS);
        if (!pem)
            write_line(s, p, begins ? begins : stop, out);
        if (begins)
            fputs(SCRUB_GONE, out);
        if (begins || pem)
            pem = !find(begins ? begins : p, stop, PEM_ENDS);
        if (!pem)
            putc('\n', out);
        p = stop + 1;
    }
}
