/* Redis at its best for durable orders: append-only file synced at every write, one Lua script per
 * order, all callers' orders pipelined over one connection on a Unix socket (a connection for each
 * caller was slower). Redis syncs once for all commands of one turn of its loop, which is its group
 * commit. It is spared what the books do beyond this: expiry timer, pickup number, checksums, hash
 * chain. */
#include "tools/benches/books/side.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_S 10.0 /* until the server answers */

/* KEYS: reply, order. ARGV: sku, need, sku, need, order text, event text. */
static const char SCRIPT[] =
    "local seen = redis.call('GET', KEYS[1])\n"
    "if seen then return seen end\n"
    "for i = 1, 3, 2 do\n"
    "  if tonumber(redis.call('HGET', 'left', ARGV[i])) < tonumber(ARGV[i + 1]) then\n"
    "    return 'SOLD_OUT'\n"
    "  end\n"
    "end\n"
    "for i = 1, 3, 2 do\n"
    "  redis.call('HINCRBY', 'left', ARGV[i], -tonumber(ARGV[i + 1]))\n"
    "end\n"
    "redis.call('SET', KEYS[2], ARGV[5])\n"
    "redis.call('SET', KEYS[1], ARGV[5], 'EX', 172800)\n"
    "redis.call('XADD', 'journal', '*', 'body', ARGV[6])\n"
    "return 'OK'\n";

struct redis_side {
    pid_t server;
    char sha[41];
    redisContext *line;
    struct bench_order orders[CALLERS]; /* outstanding; the answers come in this order, in a ring */
};

static pid_t start_server(const char *dir)
{
    pid_t pid = fork();
    if (pid < 0)
        die("fork failed");
    if (pid == 0) {
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", "redis.sock", "--dir",
               dir, "--appendonly", "yes", "--appendfsync", "always", "--save", "",
               "--auto-aof-rewrite-percentage", "0", "--logfile", "redis.log", (char *)NULL);
        _exit(127);
    }
    return pid;
}

static redisContext *connect_server(const char *path)
{
    double end = now_s() + START_S;
    while (now_s() < end) {
        redisContext *c = redisConnectUnix(path);
        if (c && !c->err)
            return c;
        redisFree(c);
        usleep(20000);
    }
    die("redis: no server at %s", path);
}

/* Takes ownership of the reply. */
static void expect(redisReply *reply, int type, const char *what)
{
    if (!reply || reply->type != type)
        die("redis: %s: %s", what, reply && reply->str ? reply->str : "no answer");
    freeReplyObject(reply);
}

static void *side_open(const char *dir)
{
    struct redis_side *s = calloc(1, sizeof *s);
    char path[512];
    if (!s)
        die("out of memory");
    snprintf(path, sizeof path, "%s/redis.sock", dir);
    s->server = start_server(dir);
    s->line = connect_server(path);
    redisReply *sha = redisCommand(s->line, "SCRIPT LOAD %s", SCRIPT);
    if (sha && sha->type == REDIS_REPLY_STRING)
        snprintf(s->sha, sizeof s->sha, "%s", sha->str);
    expect(sha, REDIS_REPLY_STRING, "script");
    for (int i = 0; i < SKUS; i++)
        expect(redisCommand(s->line, "HSET left %d %lld", i, STOCK_T), REDIS_REPLY_INTEGER,
               "stock");
    return s;
}

static void send_order(struct redis_side *s, struct source *source, uint32_t caller)
{
    struct bench_order *o = &s->orders[caller];
    char body[ORDER_TEXT], event[ORDER_TEXT];
    source_next(source, caller, o);
    size_t body_n = order_text(o, body), event_n = event_text(o, event);
    redisAppendCommand(s->line, "EVALSHA %s 2 reply:%s:%s order:%s %u %lld %u %lld %b %b", s->sha,
                       o->device, o->req_id, o->order_id, o->lines[0].sku,
                       (long long)o->lines[0].qty_t, o->lines[1].sku, (long long)o->lines[1].qty_t,
                       body, body_n, event, event_n);
}

static void flush(redisContext *line)
{
    int done = 0;
    while (!done)
        if (redisBufferWrite(line, &done) != REDIS_OK)
            die("redis: %s", line->errstr);
}

/* False: the next answer is not complete yet. */
static bool take_answer(redisContext *line)
{
    void *answer = NULL;
    if (redisGetReplyFromReader(line, &answer) != REDIS_OK)
        die("redis: %s", line->errstr);
    redisReply *reply = answer;
    if (!reply)
        return false;
    if (reply->type != REDIS_REPLY_STRING || strcmp(reply->str, "OK") != 0)
        die("redis: order: %s", reply->str ? reply->str : "unexpected answer");
    freeReplyObject(reply);
    return true;
}

static double side_run(void *side, struct source *source, double seconds)
{
    struct redis_side *s = side;
    double start = now_s(), end = start + seconds;
    for (uint32_t i = 0; i < CALLERS; i++)
        send_order(s, source, i);
    for (uint32_t next = 0, busy = CALLERS; busy > 0;) {
        flush(s->line);
        if (redisBufferRead(s->line) != REDIS_OK)
            die("redis: %s", s->line->errstr);
        bool more = now_s() < end;
        for (; busy > 0 && take_answer(s->line); next = (next + 1) % CALLERS) {
            source_acknowledge(source, &s->orders[next]);
            if (more)
                send_order(s, source, next);
            else
                busy--;
        }
    }
    return now_s() - start;
}

static int64_t side_left_t(void *side, uint32_t sku)
{
    struct redis_side *s = side;
    redisReply *reply = redisCommand(s->line, "HGET left %u", sku);
    int64_t left_t = reply && reply->type == REDIS_REPLY_STRING ? atoll(reply->str) : -1;
    expect(reply, REDIS_REPLY_STRING, "stock");
    return left_t;
}

static void side_close(void *side)
{
    struct redis_side *s = side;
    redisFree(s->line);
    kill(s->server, SIGTERM);
    waitpid(s->server, NULL, 0);
    free(s);
}

const struct side REDIS_SIDE = {"redis", side_open, side_run, side_left_t, side_close};
