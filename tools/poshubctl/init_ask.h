/* What init wants to know: taken from options, asked for on a terminal, else a default. */
#ifndef POSHUBCTL_INIT_ASK_H
#define POSHUBCTL_INIT_ASK_H

#include "edge/config.h"
#include "tools/poshubctl/ctl.h"

#define INIT_ETC   "/etc/poshub"
#define INIT_STATE "/var/lib/poshub"
#define INIT_RUN   "/run/poshub"

#define INIT_TEXT 128
/* Each as text, the way it will stand in the configuration; "": left out of it. */
struct init_answers {
    char brand[INIT_TEXT], poi[INIT_TEXT], name[INIT_TEXT], timezone[INIT_TEXT];
    char channels[INIT_TEXT]; /* "POS,KIOSK,EMENU": whose settings are written out */
    char listen[INIT_TEXT], websocket[INIT_TEXT];
    bool tls; /* of both listeners */
    char cloud_url[INIT_TEXT], cloud_mqtt[INIT_TEXT], cloud_ca[INIT_TEXT], box_id[INIT_TEXT];
    char etc[CONFIG_PATH], state[CONFIG_PATH], run[CONFIG_PATH];
};
/* False after a word on stderr: something is needed that nobody could be asked for. */
bool init_ask(const struct ctl *ctl, const struct args *args, struct init_answers *out);

#endif
