#include "tools/product-center/papers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX           65536 /* some authorities in one file */
#define MERCHANT_TOKEN_MIN 16    /* shorter ones can be guessed */

/* From malloc, with a NUL after it. NULL: `why`. */
static char *file_read(const char *path, char *why)
{
    FILE *f = fopen(path, "r");
    char *text = f != NULL ? malloc(FILE_MAX + 1) : NULL;
    size_t n = text != NULL ? fread(text, 1, FILE_MAX + 1, f) : 0;
    bool ok = n > 0 && n <= FILE_MAX && !ferror(f);
    if (ok)
        text[n] = 0;
    else
        snprintf(why, PAPERS_WHY, "%.300s: %s", path,
                 f == NULL || ferror(f) ? strerror(errno) : "empty, or too long");
    if (f != NULL)
        fclose(f);
    if (ok)
        return text;
    free(text);
    return NULL;
}

static bool read_tls(const struct paper_paths *paths, struct papers *out, char *why)
{
    if (paths->tls_cert == NULL && paths->tls_key == NULL && paths->client_ca == NULL)
        return true;
    if (paths->tls_cert == NULL || paths->tls_key == NULL || paths->client_ca == NULL) {
        snprintf(why, PAPERS_WHY, "--tls-cert, --tls-key and --client-ca belong together");
        return false;
    }
    out->tls.cert = file_read(paths->tls_cert, why);
    out->tls.key = out->tls.cert != NULL ? file_read(paths->tls_key, why) : NULL;
    out->tls.client_ca = out->tls.key != NULL ? file_read(paths->client_ca, why) : NULL;
    return out->tls.client_ca != NULL;
}

static bool read_authority(const struct paper_paths *paths, struct papers *out, char *why)
{
    char problem[CERT_WHY] = "";
    if (paths->ca_cert == NULL && paths->ca_key == NULL)
        return true;
    if (paths->ca_cert == NULL || paths->ca_key == NULL) {
        snprintf(why, PAPERS_WHY, "--ca-cert and --ca-key belong together");
        return false;
    }
    char *cert = file_read(paths->ca_cert, why);
    char *key = cert != NULL ? file_read(paths->ca_key, why) : NULL;
    if (key != NULL) {
        out->authority = cert_authority_open(str_of(cert), str_of(key), problem);
        snprintf(why, PAPERS_WHY, "%s", problem);
    }
    free(cert);
    free(key);
    return out->authority != NULL;
}

static bool read_merchant(const struct paper_paths *paths, struct papers *out, char *why)
{
    if (paths->merchant_token == NULL)
        return true;
    char *text = file_read(paths->merchant_token, why);
    if (text == NULL)
        return false;
    size_t n = strcspn(text, "\r\n");
    out->has_merchant = n >= MERCHANT_TOKEN_MIN;
    sha256(text, n, out->merchant);
    free(text);
    if (!out->has_merchant)
        snprintf(why, PAPERS_WHY, "%.300s: want a token of %d characters or more",
                 paths->merchant_token, MERCHANT_TOKEN_MIN);
    return out->has_merchant;
}

bool papers_open(const struct paper_paths *paths, struct papers *out, char *why)
{
    *out = (struct papers){0};
    if (read_tls(paths, out, why) && read_authority(paths, out, why) &&
        read_merchant(paths, out, why))
        return true;
    papers_close(out);
    return false;
}

void papers_close(struct papers *p)
{
    cert_authority_close(p->authority);
    free(p->tls.cert);
    free(p->tls.key);
    free(p->tls.client_ca);
}
