/* poshubd: the store's hub. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "edge/hub.h"
#include "edge/map_fault.h"

#define DEFAULT_CONFIG "/etc/poshub/poshub.conf"

static int usage(FILE *out)
{
    fputs("poshubd [-c FILE] [--check-config] [--version] [--help]\n"
          "\n"
          "The store's hub: keeps the books, answers the devices, in the foreground.\n"
          "  -c FILE         configuration; default " DEFAULT_CONFIG "\n"
          "  --check-config  read the configuration, say what is wrong with it, and end\n"
          "\n"
          "exit: 0 clean, 1 failed, 2 usage or configuration, 3 the store is held by another\n"
          "process, 4 storage fault\n",
          out);
    return out == stdout ? HUB_CLEAN : HUB_USAGE;
}

static int usage_wrong(const char *word)
{
    const char *what = strcmp(word, "-c") == 0 ? "needs a file" : "is not known";
    fprintf(stderr, "poshubd: %s %s\n", word, what);
    return usage(stderr);
}

int main(int argc, char **argv)
{
    static struct config config; /* zeroed to its last byte, so that two can be compared */
    const char *path = DEFAULT_CONFIG;
    char why[CONFIG_WHY];
    bool check = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-c") == 0 && i + 1 < argc) {
            path = argv[++i];
        } else if (strcmp(argv[i], "--check-config") == 0) {
            check = true;
        } else if (strcmp(argv[i], "--version") == 0) {
            puts("poshubd " PH_VERSION);
            return HUB_CLEAN;
        } else if (strcmp(argv[i], "--help") == 0) {
            return usage(stdout);
        } else {
            return usage_wrong(argv[i]);
        }
    }
    if (config_read(path, &config, why) != PH_OK) {
        fprintf(stderr, "%s\n", why);
        return HUB_USAGE;
    }
    if (check) {
        printf("%s: ok\n", path);
        return HUB_CLEAN;
    }
    umask(0027);
    map_fault_catch();
    return (int)hub_run(&config, path);
}
