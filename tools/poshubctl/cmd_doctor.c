/* doctor: the command. Troubles first, the cause of them at the very first; then what is well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/poshubctl/cmd.h"
#include "tools/poshubctl/doctor/fix.h"
#include "tools/poshubctl/doctor/order.h"
#include "tools/poshubctl/doctor/run.h"
#include "tools/poshubctl/hub.h"
#include "tools/poshubctl/offline.h"

#define SETTLE_MS 1500 /* what was started is up by then */

struct examined {
    bool wanted[DOCTOR_CHECKS], all_back;
    struct finding findings[DOCTOR_CHECKS];
    enum doctor_check troubles[DOCTOR_CHECKS], because[DOCTOR_CHECKS];
    size_t n_troubles;
    int counts[DOCTOR_FAIL + 1], n;
};

/* ---- which ---- */

/* "cloud" is all whose name begins so. */
static bool is_meant(const char *check, const char *word)
{
    size_t n = strlen(word);
    return strncmp(check, word, n) == 0 && (check[n] == 0 || check[n] == ' ');
}

static bool choose(const char *only, bool wanted[DOCTOR_CHECKS])
{
    bool any = false;
    for (int c = 0; c < DOCTOR_CHECKS; c++) {
        wanted[c] = !only || is_meant(DOCTOR_NAMES[c], only);
        any = any || wanted[c];
    }
    if (any)
        return true;
    fprintf(stderr, "poshubctl: no check is called \"%s\". There are:\n ", only);
    for (int c = 0; c < DOCTOR_CHECKS; c++)
        fprintf(stderr, " %s%s", DOCTOR_NAMES[c], c + 1 < DOCTOR_CHECKS ? "," : "\n");
    return false;
}

static void examine(struct doctor *d, const struct ctl *ctl, const char *path, struct examined *o)
{
    o->all_back = doctor_round(d, ctl->socket, path, o->wanted, o->findings);
    memset(o->counts, 0, sizeof o->counts);
    o->n = 0;
    for (int c = 0; c < DOCTOR_CHECKS; c++) {
        if (!o->wanted[c]) {
            o->findings[c] = (struct finding){0};
            continue;
        }
        o->counts[o->findings[c].state]++;
        o->n++;
    }
    o->n_troubles = doctor_order(o->findings, o->troubles, o->because);
}

/* ---- for people ---- */

static const char *const WORDS[] = {
    [DOCTOR_OK] = "ok", [DOCTOR_SKIP] = "skip", [DOCTOR_WARN] = "WARN", [DOCTOR_FAIL] = "FAIL"};

static void print_finding(const struct ctl *ctl, const struct examined *o, enum doctor_check c)
{
    const struct finding *f = &o->findings[c];
    putchar(' ');
    print_painted(ctl, WORDS[f->state]);
    printf("%*s%-16s  %s\n", 6 - (int)strlen(WORDS[f->state]), "", DOCTOR_NAMES[c], f->text);
    if (f->next[0])
        printf("         next: %s", f->next);
    if (f->code)
        printf("%s%s", f->next[0] ? "   " : "         ", f->code);
    if (o->because[c] != DOCTOR_CHECKS)
        printf("   (first see to \"%s\")", DOCTOR_NAMES[o->because[c]]);
    if (f->next[0] || f->code)
        putchar('\n');
}

static void print_all(const struct ctl *ctl, const struct examined *o)
{
    static const enum doctor_state QUIET[] = {DOCTOR_OK, DOCTOR_SKIP};
    for (size_t i = 0; i < o->n_troubles; i++)
        print_finding(ctl, o, o->troubles[i]);
    for (size_t i = 0; i < sizeof QUIET / sizeof QUIET[0]; i++) {
        for (int c = 0; c < DOCTOR_CHECKS; c++) {
            if (o->wanted[c] && o->findings[c].state == QUIET[i])
                print_finding(ctl, o, (enum doctor_check)c);
        }
    }
    printf("%d checks: %d ok, %d warning%s, %d failed, %d skipped\n", o->n, o->counts[DOCTOR_OK],
           o->counts[DOCTOR_WARN], o->counts[DOCTOR_WARN] == 1 ? "" : "s", o->counts[DOCTOR_FAIL],
           o->counts[DOCTOR_SKIP]);
    if (o->n_troubles > 0)
        printf("see: man poshub-faults (%s)\n", o->findings[o->troubles[0]].code);
}

/* ---- for machines ---- */

static void write_finding(struct jw *w, const struct examined *o, enum doctor_check c)
{
    const struct finding *f = &o->findings[c];
    jw_open(w, '{');
    jw_kstring(w, "check", str_of(DOCTOR_NAMES[c]));
    jw_kstring(w, "state", str_of(WORDS[f->state]));
    jw_kstring(w, "code", str_of(f->code ? f->code : ""));
    jw_kstring(w, "text", str_of(f->text));
    jw_kstring(w, "next", str_of(f->next));
    jw_kstring(w, "fix", str_of(doctor_fix_name(f->fix)));
    jw_kstring(w, "because",
               str_of(o->because[c] == DOCTOR_CHECKS ? "" : DOCTOR_NAMES[o->because[c]]));
    jw_kint(w, "took_ms", f->took_ms);
    jw_close(w, '}');
}

static void print_json(const struct examined *o, int64_t took_ms)
{
    static char text[DOCTOR_CHECKS * 1024];
    struct jw w;
    jw_init(&w, text, sizeof text);
    jw_open(&w, '{');
    jw_karray(&w, "checks");
    for (size_t i = 0; i < o->n_troubles; i++)
        write_finding(&w, o, o->troubles[i]);
    for (int c = 0; c < DOCTOR_CHECKS; c++) {
        if (o->wanted[c] && o->findings[c].state < DOCTOR_WARN)
            write_finding(&w, o, (enum doctor_check)c);
    }
    jw_close(&w, ']');
    jw_kint(&w, "ok", o->counts[DOCTOR_OK]);
    jw_kint(&w, "warnings", o->counts[DOCTOR_WARN]);
    jw_kint(&w, "failed", o->counts[DOCTOR_FAIL]);
    jw_kint(&w, "skipped", o->counts[DOCTOR_SKIP]);
    jw_kint(&w, "took_ms", took_ms);
    jw_close(&w, '}');
    struct str line = jw_text(&w);
    printf("%.*s\n", (int)line.n, line.p);
}

/* ---- the command ---- */

/* True: something was done, so it is worth another look. */
static bool fix_all(const struct doctor *d, const struct examined *o)
{
    bool any = false;
    for (size_t i = 0; i < o->n_troubles; i++) {
        enum doctor_fix fix = o->findings[o->troubles[i]].fix;
        if (fix != FIX_NONE)
            any = doctor_fix(d, fix) || any;
    }
    return any;
}

static void settle(void)
{
    const struct timespec pause = {.tv_sec = SETTLE_MS / 1000,
                                   .tv_nsec = SETTLE_MS % 1000 * 1000000L};
    nanosleep(&pause, NULL);
}

enum ctl_exit cmd_doctor(struct ctl *ctl, const struct args *args)
{
    static struct doctor d; /* threads that do not come back still look at it */
    static struct examined o;
    const char *path = args_option(args, "config");
    if (!choose(args_option(args, "only"), o.wanted))
        return CTL_USAGE;
    path = path ? path : OFFLINE_CONFIG;
    examine(&d, ctl, path, &o);
    if (args_option(args, "fix") && fix_all(&d, &o) && o.all_back) {
        settle();
        examine(&d, ctl, path, &o);
    }
    if (ctl->json)
        print_json(&o, doctor_mono_ms() - d.began_ms);
    else
        print_all(ctl, &o);
    enum ctl_exit rc = o.n_troubles > 0 ? CTL_DEGRADED : CTL_OK;
    if (o.all_back)
        return rc;
    fflush(stdout);
    _exit((int)rc); /* unwinding under threads that still run ends badly */
}
