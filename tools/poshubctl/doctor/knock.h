/* Is there a broker? One MQTT CONNECT by a user that no broker knows, and what it answers: a
 * refusal is a sign of life. */
#ifndef POSHUBCTL_DOCTOR_KNOCK_H
#define POSHUBCTL_DOCTOR_KNOCK_H

#include <stdbool.h>
#include <stdint.h>

enum knock {
    KNOCK_ANSWERED,
    KNOCK_NOBODY,    /* no socket, or nobody listens */
    KNOCK_SILENT,    /* somebody listens, and does not answer */
    KNOCK_FORBIDDEN, /* somebody else may talk to it, and we may not */
    KNOCK_OPEN       /* it lets in whoever comes */
};
enum knock knock_unix(const char *path, int wait_ms);
/* The host's first address; a port where nobody listens is KNOCK_NOBODY. With `mqtt` false only the
 * connection is made. Looks no name up. */
enum knock knock_tcp(const char *host, uint16_t port, bool mqtt, int wait_ms);

#endif
