#include "tools/poshubctl/doctor/knock.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* MQTT 3.1.1 CONNECT, clean session, client id and user "poshub-doctor", an empty password. */
static const unsigned char HELLO[] = "\x10\x2a\0\x04MQTT\x04\xc2\0\x05\0\x0dposhub-doctor"
                                     "\0\x0dposhub-doctor\0\0";
#define CONNACK 0x20

static bool ready(int fd, short events, int wait_ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    return poll(&p, 1, wait_ms) > 0;
}

static enum knock talk(int fd, int wait_ms)
{
    unsigned char answer[4] = {0};
    if (send(fd, HELLO, sizeof HELLO - 1, MSG_NOSIGNAL) < 0)
        return KNOCK_NOBODY;
    if (!ready(fd, POLLIN, wait_ms))
        return KNOCK_SILENT;
    ssize_t n = recv(fd, answer, sizeof answer, 0);
    return n == 4 && answer[0] == CONNACK && answer[3] == 0 ? KNOCK_OPEN : KNOCK_ANSWERED;
}

static enum knock knock(int fd, const struct sockaddr *to, socklen_t n, bool mqtt, int wait_ms)
{
    enum knock result = KNOCK_NOBODY;
    int err = 0;
    socklen_t size = sizeof err;
    if (connect(fd, to, n) != 0) {
        if (errno == EAGAIN) /* a Unix socket whose queue of callers is full */
            return KNOCK_SILENT;
        if (errno == EACCES || errno == EPERM)
            return KNOCK_FORBIDDEN;
        if (errno != EINPROGRESS)
            return KNOCK_NOBODY;
        if (!ready(fd, POLLOUT, wait_ms))
            return KNOCK_SILENT;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size) != 0 || err != 0)
            return KNOCK_NOBODY;
    }
    result = mqtt ? talk(fd, wait_ms) : KNOCK_ANSWERED;
    return result;
}

enum knock knock_unix(const char *path, int wait_ms)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof to.sun_path)
        return KNOCK_NOBODY;
    memcpy(to.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return KNOCK_NOBODY;
    enum knock result = knock(fd, (const struct sockaddr *)&to, sizeof to, true, wait_ms);
    close(fd);
    return result;
}

enum knock knock_tcp(const char *host, uint16_t port, bool mqtt, int wait_ms)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *to;
    char service[8];
    enum knock result = KNOCK_NOBODY;
    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(host, service, &hints, &to) != 0)
        return KNOCK_NOBODY;
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0) {
        result = knock(fd, to->ai_addr, to->ai_addrlen, mqtt, wait_ms);
        close(fd);
    }
    freeaddrinfo(to);
    return result;
}
