/* The books against Redis and SQLite on the same job, in interleaved rounds of one run, so that a
 * change of the machine's mood meets all sides. After the last round every side's stock must equal
 * what was put in less what was acknowledged; otherwise there is no result.
 */
#include "tools/benches/books/side.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SIDES      3
#define ROUNDS_MAX 20

static const struct side *const ALL[SIDES] = {&BOOKS_SIDE, &REDIS_SIDE, &SQLITE_SIDE};
enum { BOOKS, REDIS, SQLITE };

struct options {
    double seconds; /* of one side in one round */
    int rounds;
    bool json;
    const char *dir;
};
struct contest {
    void *open[SIDES];
    struct source sources[SIDES];
    double per_s[SIDES][ROUNDS_MAX];
};

static struct options parse(int argc, char **argv)
{
    static const struct option LONG[] = {{"seconds", required_argument, NULL, 's'},
                                         {"rounds", required_argument, NULL, 'r'},
                                         {"json", no_argument, NULL, 'j'},
                                         {NULL, 0, NULL, 0}};
    struct options o = {.seconds = 3, .rounds = 5};
    for (int c; (c = getopt_long(argc, argv, "", LONG, NULL)) != -1;) {
        if (c == 's')
            o.seconds = atof(optarg);
        else if (c == 'r')
            o.rounds = atoi(optarg);
        else if (c == 'j')
            o.json = true;
        else
            exit(2);
    }
    if (optind != argc - 1 || o.seconds <= 0 || o.rounds < 1 || o.rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: bench_books [--seconds S] [--rounds 1..%d] [--json] DIR\n",
                ROUNDS_MAX);
        exit(2);
    }
    o.dir = argv[optind];
    return o;
}

static void open_all(struct contest *c, const char *dir)
{
    for (int i = 0; i < SIDES; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", dir, ALL[i]->name);
        if (mkdir(path, 0750) != 0)
            die("cannot make %s", path);
        source_init(&c->sources[i]);
        c->open[i] = ALL[i]->open(path);
    }
}

static void play_round(struct contest *c, const struct options *o, int round)
{
    for (int turn = 0; turn < SIDES; turn++) {
        int i = (round + turn) % SIDES; /* nobody is always the first */
        uint64_t before = c->sources[i].acknowledged;
        double took_s = ALL[i]->run(c->open[i], &c->sources[i], o->seconds);
        c->per_s[i][round] = (double)(c->sources[i].acknowledged - before) / took_s;
    }
    fprintf(stderr, "round %d: books %.0f/s  redis %.0f/s  sqlite %.0f/s\n", round + 1,
            c->per_s[BOOKS][round], c->per_s[REDIS][round], c->per_s[SQLITE][round]);
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

int main(int argc, char **argv)
{
    static struct contest c;
    struct options o = parse(argc, argv);
    open_all(&c, o.dir);
    for (int round = 0; round < o.rounds; round++)
        play_round(&c, &o, round);
    check_stock(&c);
    for (int i = 0; i < SIDES; i++)
        ALL[i]->close(c.open[i]);

    double per_s[SIDES];
    for (int i = 0; i < SIDES; i++)
        per_s[i] = median(c.per_s[i], o.rounds);
    if (o.json)
        printf("{\"books_orders_per_s\":%.0f,\"redis_orders_per_s\":%.0f,"
               "\"sqlite_orders_per_s\":%.0f,\"books_vs_redis\":%.2f,\"books_vs_sqlite\":%.2f}\n",
               per_s[BOOKS], per_s[REDIS], per_s[SQLITE], ratio(&c, REDIS, o.rounds),
               ratio(&c, SQLITE, o.rounds));
    else
        printf("books   %8.0f orders/s\nredis   %8.0f orders/s   books are %.2f times as fast\n"
               "sqlite  %8.0f orders/s   books are %.2f times as fast\n",
               per_s[BOOKS], per_s[REDIS], ratio(&c, REDIS, o.rounds), per_s[SQLITE],
               ratio(&c, SQLITE, o.rounds));
    return 0;
}
