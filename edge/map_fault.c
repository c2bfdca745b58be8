#include "edge/map_fault.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "edge/hub_exit.h"

#define STACK_BYTES 16384 /* two calls; the thread's own stack may be what cannot be read */

static void on_fault(int signal)
{
    static const char LINE[] =
        "storage_fatal err=IO what=\"the store's file cannot be read (SIGBUS): disk fault, or the "
        "file was cut short\"\n";
    (void)signal;
    if (write(STDERR_FILENO, LINE, sizeof(LINE) - 1) < 0)
        _exit(HUB_FAILED);
    _exit(HUB_STORAGE);
}

void map_fault_catch(void)
{
    static char stack[STACK_BYTES];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_ONSTACK};
    sigaltstack(&alternate, NULL);
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}
