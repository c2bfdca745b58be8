"""A kernel that says what we want of the box's time source: for $LD_PRELOAD, so that a test means
the same on a box that has one and on a box that has none."""

import os
import subprocess

UNSYNCED = "CLOCK_UNSYNCED"  # where this is in the environment, nobody keeps the clock
FORBIDDEN = "CLOCK_FORBIDDEN"  # and here, nobody may ask
SOURCE = r"""
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
int adjtimex(struct timex *t)
{
    memset(t, 0, sizeof *t);
    if (getenv("CLOCK_FORBIDDEN")) {
        errno = EPERM;
        return -1;
    }
    if (!getenv("CLOCK_UNSYNCED"))
        return TIME_OK;
    t->status = STA_UNSYNC;
    return TIME_ERROR;
}
"""


def clock_shim(folder):
    """Builds it there; its path."""
    source, shim = os.path.join(folder, "clock_shim.c"), os.path.join(folder, "clock_shim.so")
    with open(source, "w", encoding="ascii") as f:
        f.write(SOURCE)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, source], check=True, capture_output=True)
    return shim
