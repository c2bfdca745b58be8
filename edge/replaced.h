/* Stores that a restore has put aside: DATA_DIR.before-restore-STAMP, with "-2" and so on behind it
 * for more than one of a second. The newest few are kept, for the person who finds out that it was
 * the wrong backup; each takes as much of the disk as a store. What the guard sets aside has
 * another name and is not looked at (edge/guard_store.h).
 */
#ifndef EDGE_REPLACED_H
#define EDGE_REPLACED_H

#include <stdbool.h>
#include <stddef.h>

#define REPLACED_MOST 3   /* that are kept, as of broken ones (GUARD_ASIDE_MOST) */
#define REPLACED_LIST 256 /* looked at in one go; the next time the rest */
#define REPLACED_WORD ".before-restore-"

/* All but the newest REPLACED_MOST go, `mine` (a path) being the newest whatever its stamp says:
 * the clock may be wrong. A directory in which somebody has put something of their own stays. How
 * many went; what cannot be removed stays, which is no harm. */
size_t replaced_prune(const char *data_dir, const char *mine);

#endif
