/* device.add and device.rotate: a request's fields become a row of the device table, with a
 * password made here when none was given.
 */
#ifndef EDGE_DEVICE_ADD_H
#define EDGE_DEVICE_ADD_H

#include "edge/request.h"
#include "proto/json.h"

/* Sets command.device_row, in the request's arena. NULL, or what is wrong, as static text. */
const char *device_add_prepare(struct request *r);
/* The same of device.rotate: the row has the device's name and its new password alone. */
const char *device_rotate_prepare(struct request *r);

#endif
