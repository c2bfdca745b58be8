/* What devices on the LAN may call this box: its IPv4 addresses, its host name, that name with
 * .local, and what the configuration adds (IPv6 addresses come and go by themselves, so they are
 * given there too).
 */
#ifndef EDGE_BOX_NAMES_H
#define EDGE_BOX_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define BOX_NAMES 32 /* a box has a handful; a certificate stays a small message */
#define BOX_NAME  64 /* as in a host name's label, with its NUL */

/* IPv4 and IPv6 addresses, and host names. */
struct box_names {
    char list[BOX_NAMES][BOX_NAME];
    size_t n;
};
/* A name that is there already, is too long or does not fit any more: false. */
bool box_names_add(struct box_names *names, const char *name);
/* `more`: names apart by commas or spaces. What the box has beyond BOX_NAMES is left out. */
void box_names_read(const char *more, struct box_names *out);
/* The address a device in the store reaches the box at: the one of the way out, else the first that
 * is not the loopback's, else "127.0.0.1". */
void box_address(char out[BOX_NAME]);

#endif
