/* A copy of a store's file, made while the hub works, and the moving about of finished files: each
 * is there whole and synced, or not at all.
 */
#ifndef STORAGE_COPY_H
#define STORAGE_COPY_H

#include "proto/crypto.h"
#include "storage/store.h"

/* Writes the store as it was at one moment to the new file `path` (mode 0640). Any thread, beside
 * the writer. On failure nothing is left there and `why` (STORE_WHY bytes) says it for people:
 * PH_ERR_FULL where the disk is. */
enum ph_err copy_store(struct store *store, const char *path, char *why);
/* The same of a file that nobody writes. Whatever stood at `to` is replaced. */
enum ph_err copy_file(const char *from, const char *to, char *why);
/* Bytes and their sum. PH_ERR_NOT_FOUND, PH_ERR_IO: `why` names the file. */
enum ph_err copy_sum(const char *path, uint64_t *bytes, uint8_t sum[SHA256_BYTES], char *why);
/* What is free to us on the file system of `dir`. */
enum ph_err copy_room(const char *dir, uint64_t *bytes);

#endif
