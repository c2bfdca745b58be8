/* What devices on the LAN may call this box: its IPv4 addresses, its host name, that name with
 * .local, and what the configuration adds (IPv6 addresses come and go by themselves, so they are
 * given there too).
 */
#ifndef EDGE_BOX_NAMES_H
#define EDGE_BOX_NAMES_H

#include "edge/store_ca.h"

/* `more`: names apart by commas or spaces. What the box has beyond STORE_CA_NAMES is left out. */
void box_names(const char *more, struct store_names *out);
/* The address a device in the store reaches the box at: the first that is not the loopback's, else
 * "127.0.0.1". */
void box_address(char out[STORE_CA_NAME]);

#endif
