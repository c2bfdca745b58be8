/* A disk that cannot be read under the map answers with SIGBUS, in the middle of anything. */
#ifndef EDGE_MAP_FAULT_H
#define EDGE_MAP_FAULT_H

/* From here on a SIGBUS writes one line to stderr and ends the process with HUB_STORAGE: nothing in
 * flight was answered, and the supervisor starts again. Once, before the first thread. */
void map_fault_catch(void);

#endif
