/* This box gets its papers from the center, and the hub's wish to speak for the store (cloud.enrol
 * and cloud.claim of docs/control-api.md).
 *
 * The happy path of cloud.enrol: key and request are made in the store's directory, the center is
 * asked for a certificate over HTTPS (it is known by the CA, we by the token), the certificate is
 * kept beside the key, and a claim with the same token is wished for; the session makes it. The key
 * never leaves the box. One enrolment at a time, on a thread of the loop's pool.
 *
 * What can fail: the files, the line, the center. The answer says which, nothing is wished for, and
 * the same request may be repeated: the key that is there is used again.
 */
#ifndef EDGE_CLOUD_ENROL_H
#define EDGE_CLOUD_ENROL_H

#include <uv.h>

#include "edge/config.h"
#include "edge/intake.h"
#include "sync/https.h"
#include "sync/identity.h"

#define ENROL_PATH_BYTES (CONFIG_PATH + 16)
#define ENROL_TEXT       (2 * IDENTITY_PEM + 1024)

struct cloud_enrol {
    struct intake *intake;
    const struct config *config;
    uv_loop_t *loop;
    char cert_file[ENROL_PATH_BYTES], key_file[ENROL_PATH_BYTES]; /* in the store's directory */
    uv_work_t work;
    struct request *request; /* of the enrolment under way; NULL: none */
    struct https *https;
    enum ph_err err;
    char why[IDENTITY_WHY];
    char text[ENROL_TEXT];
};

/* intake, config and loop are the caller's to fill in before. */
void cloud_enrol_open(struct cloud_enrol *e);
/* Whether the hub shows the papers of the store's directory: the configuration names no others. */
bool cloud_enrol_own_papers(const struct cloud_enrol *e);
/* Both take the request over. `line`: there is a session that would make the claim. */
void cloud_enrol_run(struct cloud_enrol *e, struct request *r, bool line);
void cloud_claim_run(struct cloud_enrol *e, struct request *r, bool line);
/* An enrolment under way ends soon; its request goes back without an answer once the intake is
 * stopping. */
void cloud_enrol_stop(struct cloud_enrol *e);

#endif
