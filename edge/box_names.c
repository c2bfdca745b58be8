#include "edge/box_names.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define INTERFACES 64

bool box_names_add(struct box_names *names, const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n >= BOX_NAME || names->n == BOX_NAMES)
        return false;
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->list[i], name) == 0)
            return false;
    }
    memcpy(names->list[names->n++], name, n + 1);
    return true;
}

/* SIOCGIFCONF and not getifaddrs, which asks netlink: the hub's unit leaves that closed. Returns
 * how many. */
static size_t addresses(struct ifreq list[INTERFACES])
{
    struct ifconf ask = {.ifc_len = (int)(INTERFACES * sizeof(list[0])), .ifc_req = list};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && ioctl(fd, SIOCGIFCONF, &ask) == 0;
    if (fd >= 0)
        close(fd);
    return ok ? (size_t)ask.ifc_len / sizeof(list[0]) : 0;
}

static bool text_of(const struct ifreq *interface, char out[INET_ADDRSTRLEN])
{
    struct sockaddr_in address;
    memcpy(&address, &interface->ifr_addr, sizeof(address));
    return address.sin_family == AF_INET &&
           inet_ntop(AF_INET, &address.sin_addr, out, INET_ADDRSTRLEN) != NULL;
}

static void add_host(struct box_names *out)
{
    char host[BOX_NAME] = "", local[BOX_NAME];
    size_t room = sizeof(local) - sizeof(".local");
    gethostname(host, sizeof(host) - 1);
    box_names_add(out, host);
    host[strcspn(host, ".")] = 0;
    size_t n = strlen(host);
    if (n == 0 || n > room)
        return;
    memcpy(local, host, n);
    memcpy(local + n, ".local", sizeof(".local"));
    box_names_add(out, local);
}

static void add_more(const char *more, struct box_names *out)
{
    while (*more != 0) {
        char name[BOX_NAME] = "";
        size_t n = strcspn(more, ", ");
        if (n < sizeof(name)) {
            memcpy(name, more, n);
            box_names_add(out, name);
        }
        more += n;
        more += strspn(more, ", ");
    }
}

void box_names_read(const char *more, struct box_names *out)
{
    struct ifreq list[INTERFACES];
    char text[INET_ADDRSTRLEN];
    *out = (struct box_names){0};
    add_more(more, out);
    add_host(out);
    box_names_add(out, "localhost");
    size_t n = addresses(list);
    for (size_t i = 0; i < n; i++) {
        if (text_of(&list[i], text))
            box_names_add(out, text);
    }
}

/* Where packets to elsewhere would leave from; none is sent. A box with bridges of its own
 * (containers) has many addresses, and devices reach it at this one. */
static bool way_out(char out[INET_ADDRSTRLEN])
{
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(9)}, near;
    socklen_t n = sizeof(near);
    inet_pton(AF_INET, "192.0.2.1", &far.sin_addr);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&far, sizeof(far)) == 0 &&
              getsockname(fd, (struct sockaddr *)&near, &n) == 0;
    if (fd >= 0)
        close(fd);
    return ok && inet_ntop(AF_INET, &near.sin_addr, out, INET_ADDRSTRLEN) != NULL;
}

void box_address(char out[BOX_NAME])
{
    struct ifreq list[INTERFACES];
    char text[INET_ADDRSTRLEN];
    size_t n = addresses(list);
    bool found = way_out(text);
    for (size_t i = 0; i < n && !found; i++)
        found = text_of(&list[i], text) && strncmp(text, "127.", 4) != 0;
    if (!found)
        memcpy(text, "127.0.0.1", sizeof("127.0.0.1"));
    memcpy(out, text, strlen(text) + 1);
}
