/* A QR code for a terminal. The doorman of libqrencode. */
#ifndef POSHUBCTL_QR_H
#define POSHUBCTL_QR_H

#include <stdbool.h>
#include <stdio.h>

/* In half blocks, two rows of the code to a line, for light text on a dark ground. False where the
 * text does not fit a code; nothing was printed then. */
bool qr_print(FILE *out, const char *text);

#endif
