/* bench_echo: the least a hub could do. Answers every request on the LAN with a reply of the given
 * size, over the same broker and the same kind of socket, and remembers nothing.
 *
 *   bench_echo SOCKET USER PASSWORD PLACE_BYTES PAY_BYTES SERVE_BYTES
 */
#include "proto/limits.h"
#include "proto/topic.h"
#include "tools/storesim/mqtt.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t stop_asked;

struct echo {
    struct mqtt_link *link;
    size_t reply_bytes[3];
};

static void on_signal(int sig)
{
    (void)sig;
    stop_asked = 1;
}

static void on_up(void *ctx)
{
    struct echo *e = ctx;
    mqtt_subscribe(e->link, TOPIC_PREFIX "dev/+/req/+", 1);
    puts("ready");
    fflush(stdout);
}

static void on_down(void *ctx)
{
    (void)ctx;
}

/* The req_id comes back, then padding up to the size. */
static size_t reply_write(char *out, struct str request, size_t bytes)
{
    const char *end = memchr(request.p, ',', request.n);
    size_t head = end ? (size_t)(end - request.p) : 0;
    memcpy(out, request.p, head);
    size_t n = head + (size_t)sprintf(out + head, ",\"code\":0,\"pad\":\"");
    while (n + 2 < bytes)
        out[n++] = 'x';
    memcpy(out + n, "\"}", 2);
    return n + 2;
}

static size_t bytes_of(const struct echo *e, struct str verb)
{
    if (str_eq(verb, STR("order.place")))
        return e->reply_bytes[0];
    return e->reply_bytes[str_eq(verb, STR("order.pay")) ? 1 : 2];
}

static void on_message(void *ctx, struct str topic_text, struct str payload)
{
    struct echo *e = ctx;
    struct topic t = topic_parse(topic_text);
    char topic[TOPIC_TEXT], reply[LIMIT_REQUEST_BYTES];
    if (t.kind != TOPIC_REQ || payload.n > LIMIT_REQUEST_BYTES / 2)
        return;
    size_t n = reply_write(reply, payload, bytes_of(e, t.name));
    topic_make(topic, "dev/%.*s/res", (int)t.device.n, t.device.p);
    mqtt_publish(e->link, topic, (struct str){reply, n}, 1, false);
}

int main(int argc, char **argv)
{
    static const struct mqtt_events EVENTS = {on_up, on_down, on_message};
    struct echo e = {0};
    if (argc != 7) {
        fputs("usage: bench_echo SOCKET USER PASSWORD PLACE_BYTES PAY_BYTES SERVE_BYTES\n", stderr);
        return 2;
    }
    for (int i = 0; i < 3; i++)
        e.reply_bytes[i] = (size_t)atoi(argv[4 + i]) % (LIMIT_REQUEST_BYTES / 2);
    mqtt_init();
    signal(SIGTERM, on_signal);
    struct mqtt_config config = {
        .host = argv[1], .port = 0, .id = argv[2], .password = *argv[3] ? argv[3] : NULL};
    e.link = mqtt_open(&config, &EVENTS, &e);
    while (e.link && !stop_asked)
        mqtt_poll(&e.link, 1, 200);
    mqtt_close(e.link);
    mqtt_finish();
    return e.link ? 0 : 1;
}
