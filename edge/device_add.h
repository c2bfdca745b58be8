/* device.add: a request's fields become a row of the device table, with a password made here when
 * none was given.
 */
#ifndef EDGE_DEVICE_ADD_H
#define EDGE_DEVICE_ADD_H

#include "edge/request.h"
#include "proto/json.h"

/* Sets command.device_row, in the request's arena. NULL, or what is wrong, as static text. */
const char *device_add_prepare(struct request *r);
/* The whole reply of a device that was added, with its password. */
void device_add_reply(const struct request *r, struct jw *w);

#endif
