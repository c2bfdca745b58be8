/* The name of the store's time zone, as the center needs it to restore at the same moments
 * (sync-protocol 1.7): "Europe/Berlin".
 */
#ifndef EDGE_ZONE_NAME_H
#define EDGE_ZONE_NAME_H

#define ZONE_NAME 48 /* with its NUL; the longest in the database has 32 characters */

/* The configured one; else what the box says: the text of `file` (/etc/timezone), else the place
 * in the zone database to which `link` (/etc/localtime) points. "": nobody knows. */
void zone_name(const char *configured, const char *file, const char *link, char out[ZONE_NAME]);

#endif
