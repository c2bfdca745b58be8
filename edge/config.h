/* The configuration file, read whole and checked before anything starts (docs/control-api.md). The
 * only doorman of inih.
 */
#ifndef EDGE_CONFIG_H
#define EDGE_CONFIG_H

#include "edge/config_keys.h"

/* Beside the file: *.conf in it are read after the file, in the order of their names, and what
 * stands there goes over what the file says. For `poshubctl init` and for tools that keep a fleet.
 */
#define CONFIG_PARTS "conf.d"
/* Fills *out with the defaults, then with the file and its parts. On failure `why` (CONFIG_WHY
 * bytes) is one line "FILE:LINE: what is wrong", or "FILE: .." where no line is to blame. */
enum ph_err config_read(const char *path, struct config *out, char *why);
/* The same for whoever is not the hub: a part that this user may not read is left out. `hidden`
 * (CONFIG_WHY bytes) names the first of them, "FILE: cannot be read: ..", or is empty; what is
 * missing then is said in its words. The file itself is never left out. */
enum ph_err config_look(const char *path, struct config *out, char *hidden, char *why);
/* As config_read, if `text` stood in the part of that name, which is not there yet; the file itself
 * may be missing, too. */
enum ph_err config_read_with(const char *path, const char *part, const char *text,
                             struct config *out, char *why);
/* NULL: the key takes this value. Else what it would take. The section has this key. */
const char *config_expects(const char *section, const char *key, const char *value);
/* Where the store's keys and certificates are: what it says, else "secret" beside data_dir. */
void config_secret_dir(const struct config *config, char out[CONFIG_PATH]);

#endif
