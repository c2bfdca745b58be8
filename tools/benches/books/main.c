/* Three questions, each answered in interleaved rounds of one run, so that a change of the
 * machine's mood meets all sides:
 *   - the books against Redis and SQLite on the same job;
 *   - the books on rows whose channels share by weight against the same on rows that all share;
 *   - one hot item before and after it runs out (hot.h).
 * After the last round every side's stock must equal what was put in less what was acknowledged;
 * otherwise there is no result.
 */
#include "tools/benches/books/hot.h"
#include "tools/benches/books/side.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define ROUNDS_MAX 20

enum { BOOKS, REDIS, SQLITE, WEIGHTED, SIDES };
static const struct side *const ALL[SIDES] = {&BOOKS_SIDE, &REDIS_SIDE, &SQLITE_SIDE,
                                              &WEIGHTED_SIDE};

struct options {
    double seconds; /* of one side in one round */
    int rounds;
    bool json, only_hot;
    const char *dir;
};
struct contest {
    void *open[SIDES];
    struct source sources[SIDES];
    double per_s[SIDES][ROUNDS_MAX];
    /* hot[0]: from the bytes of a request; hot[1]: from the decoded request */
    struct hot *hot;
    struct hot_rates hot_per_s[2][ROUNDS_MAX];
};

static struct options parse(int argc, char **argv)
{
    static const struct option LONG[] = {{"seconds", required_argument, NULL, 's'},
                                         {"rounds", required_argument, NULL, 'r'},
                                         {"json", no_argument, NULL, 'j'},
                                         {"hot", no_argument, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    struct options o = {.seconds = 3, .rounds = 5};
    for (int c; (c = getopt_long(argc, argv, "", LONG, NULL)) != -1;) {
        if (c == 's')
            o.seconds = atof(optarg);
        else if (c == 'r')
            o.rounds = atoi(optarg);
        else if (c == 'j')
            o.json = true;
        else if (c == 'h')
            o.only_hot = true;
        else
            exit(2);
    }
    if (optind != argc - 1 || o.seconds <= 0 || o.rounds < 1 || o.rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: bench_books [--hot] [--seconds S] [--rounds 1..%d] [--json] DIR\n",
                ROUNDS_MAX);
        exit(2);
    }
    o.dir = argv[optind];
    return o;
}

static void make_folder(char path[256], const char *dir, const char *name)
{
    snprintf(path, 256, "%s/%s", dir, name);
    if (mkdir(path, 0750) != 0)
        die("cannot make %s", path);
}

static void open_all(struct contest *c, const struct options *o)
{
    char path[256];
    make_folder(path, o->dir, "hot");
    c->hot = hot_open(path);
    for (int i = 0; i < SIDES && !o->only_hot; i++) {
        make_folder(path, o->dir, ALL[i]->name);
        source_init(&c->sources[i]);
        c->open[i] = ALL[i]->open(path);
    }
}

static void play_sides(struct contest *c, const struct options *o, int round)
{
    for (int turn = 0; turn < SIDES; turn++) {
        int i = (round + turn) % SIDES; /* nobody is always the first */
        uint64_t before = c->sources[i].acknowledged;
        double took_s = ALL[i]->run(c->open[i], &c->sources[i], o->seconds);
        c->per_s[i][round] = (double)(c->sources[i].acknowledged - before) / took_s;
    }
    fprintf(stderr, "round %d: books %.0f/s  redis %.0f/s  sqlite %.0f/s  by weight %.0f/s\n",
            round + 1, c->per_s[BOOKS][round], c->per_s[REDIS][round], c->per_s[SQLITE][round],
            c->per_s[WEIGHTED][round]);
}

static void play_hot(struct contest *c, const struct options *o, int round)
{
    for (int decoded = 0; decoded < 2; decoded++) {
        struct hot_rates r = hot_run(c->hot, decoded, o->seconds / 2);
        c->hot_per_s[decoded][round] = r;
        fprintf(stderr, "round %d: hot item, from %s: sold %.0f/s, then refused %.0f/s\n",
                round + 1, decoded ? "decoded requests" : "their bytes", r.sold_per_s,
                r.refused_per_s);
    }
}

static void check_stock(struct contest *c)
{
    for (int i = 0; i < SIDES; i++)
        for (uint32_t sku = 0; sku < SKUS; sku++) {
            int64_t left_t = ALL[i]->left_t(c->open[i], sku);
            if (left_t != STOCK_T - c->sources[i].sold_t[sku])
                die("%s: SKU %u has %lld tenths left, should have %lld", ALL[i]->name,
                    SKU_FIRST + sku, (long long)left_t,
                    (long long)(STOCK_T - c->sources[i].sold_t[sku]));
        }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *values, int n)
{
    double sorted[ROUNDS_MAX];
    for (int i = 0; i < n; i++)
        sorted[i] = values[i];
    qsort(sorted, (size_t)n, sizeof sorted[0], compare);
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* The median of the rounds' own ratios. */
static double ratio(const struct contest *c, int other, int rounds)
{
    double ratios[ROUNDS_MAX];
    for (int i = 0; i < rounds; i++)
        ratios[i] = c->per_s[BOOKS][i] / c->per_s[other][i];
    return median(ratios, rounds);
}

static double hot_ratio(const struct contest *c, int decoded, int rounds)
{
    double ratios[ROUNDS_MAX];
    for (int i = 0; i < rounds; i++)
        ratios[i] = c->hot_per_s[decoded][i].refused_per_s / c->hot_per_s[decoded][i].sold_per_s;
    return median(ratios, rounds);
}

/* ---- what it comes to ---- */

static void say_sides(const struct contest *c, const struct options *o)
{
    double per_s[SIDES];
    for (int i = 0; i < SIDES; i++)
        per_s[i] = median(c->per_s[i], o->rounds);
    if (o->json)
        printf("\"books_orders_per_s\":%.0f,\"redis_orders_per_s\":%.0f,"
               "\"sqlite_orders_per_s\":%.0f,\"books_vs_redis\":%.2f,\"books_vs_sqlite\":%.2f,"
               "\"books_weighted_vs_shared\":%.3f,",
               per_s[BOOKS], per_s[REDIS], per_s[SQLITE], ratio(c, REDIS, o->rounds),
               ratio(c, SQLITE, o->rounds), ratio(c, WEIGHTED, o->rounds));
    else
        printf("books     %8.0f orders/s\nredis     %8.0f orders/s   books are %.2f times as fast\n"
               "sqlite    %8.0f orders/s   books are %.2f times as fast\n"
               "by weight %8.0f orders/s   rows that all share are %.3f times as fast\n",
               per_s[BOOKS], per_s[REDIS], ratio(c, REDIS, o->rounds), per_s[SQLITE],
               ratio(c, SQLITE, o->rounds), per_s[WEIGHTED], ratio(c, WEIGHTED, o->rounds));
}

static void say_hot(const struct contest *c, const struct options *o)
{
    double whole = hot_ratio(c, 0, o->rounds), decoded = hot_ratio(c, 1, o->rounds);
    double fast = 100.0 * hot_refused_fast(c->hot);
    if (o->json)
        printf("\"hot_refusals_vs_orders\":%.2f,\"hot_refusals_vs_orders_from_bytes\":%.2f,"
               "\"hot_refused_fast_percent\":%.2f",
               decoded, whole, fast);
    else
        printf(
            "hot item: %.2f refusals for an order sold before it ran out, both from the decoded\n"
            "request to the text of the reply (limits, fast path or writer with its commit,\n"
            "counting, remembering; no broker, no retained states); %.2f from the bytes of the\n"
            "request; %.2f %% of the refusals without the writer\n",
            decoded, whole, fast);
}

int main(int argc, char **argv)
{
    static struct contest c;
    struct options o = parse(argc, argv);
    open_all(&c, &o);
    for (int round = 0; round < o.rounds; round++) {
        play_hot(&c, &o, round);
        if (!o.only_hot)
            play_sides(&c, &o, round);
    }
    if (!o.only_hot)
        check_stock(&c);
    for (int i = 0; i < SIDES && !o.only_hot; i++)
        ALL[i]->close(c.open[i]);
    printf("%s", o.json ? "{" : "");
    if (!o.only_hot)
        say_sides(&c, &o);
    say_hot(&c, &o);
    printf("%s", o.json ? "}\n" : "");
    hot_close(c.hot);
    return 0;
}
