/* schema.sql, inside the program. */
#ifndef TOOLS_PRODUCT_CENTER_SCHEMA_H
#define TOOLS_PRODUCT_CENTER_SCHEMA_H

/* NUL-terminated. Made from schema.sql by the build. */
extern const char SCHEMA_SQL[];

#endif
