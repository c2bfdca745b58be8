/* The command line of the center, and the files it names. */
#ifndef TOOLS_PRODUCT_CENTER_OPTIONS_H
#define TOOLS_PRODUCT_CENTER_OPTIONS_H

#include "tools/product-center/admission.h"
#include "tools/product-center/faults.h"
#include "tools/product-center/relay.h"
#include "tools/product-center/settings.h"

struct options {
    const char *db, *listen, *port_file;
    unsigned threads;
    struct paper_paths paths;
    struct settings settings; /* without its papers */
    struct relay_options relay;
    struct admission admission;
    struct faults faults;
};
/* -1: go on; else the exit code, and people were told why. */
int options_read(int argc, char **argv, struct options *o);

#endif
