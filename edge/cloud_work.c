#include "edge/cloud_work.h"

static struct center_rows rows_of(const struct session_report *report)
{
    return (struct center_rows){.rows = report->rows,
                                .n = report->n_rows,
                                .prev_ver = report->ver_before,
                                .ver = report->ver,
                                .again = report->again,
                                .orders = report->orders,
                                .n_orders = report->n_orders,
                                .cases = report->cases,
                                .n_cases = report->n_cases,
                                .full_begins = report->full_begins,
                                .full_ends = report->full_ends,
                                .acked = report->full_acked};
}

static struct state_ask ask_of(const struct session_report *report)
{
    return (struct state_ask){.objects = report->objects,
                              .n = report->n_objects,
                              .dead = report->dead,
                              .n_dead = report->n_dead,
                              .dead_epoch = report->dead_epoch};
}

static struct center_claim claim_of(const struct session_report *report,
                                    const struct config *config)
{
    const struct claim_taken *taken = report->claim;
    return (struct center_claim){.rows = report->rows,
                                 .n = report->n_rows,
                                 .epoch = taken->epoch,
                                 .ver = taken->ver,
                                 .acked = taken->acked,
                                 .box_id = str_of(config->cloud_box_id),
                                 .why = str_of(claim_reason_name(taken->reason)),
                                 .orders = taken->orders};
}

void cloud_work_fill(struct cloud_work *w, const struct session_report *report,
                     const struct config *config, struct request *r)
{
    bool rows = report->n_rows > 0 || report->page;
    bool states = report->n_dead > 0 || report->n_objects > 0;
    w->rows = rows_of(report);
    w->ask = ask_of(report);
    if (report->claim != NULL)
        w->claim = claim_of(report, config);
    r->command = (struct command){.verb = report->claim != NULL ? VERB_CENTER_CLAIM
                                          : rows                ? VERB_CENTER_ROW
                                                                : VERB_ROW_STATE,
                                  .who = {.device = STR("hub"), .role = ROLE_ADMIN},
                                  .center = &w->rows,
                                  .state_ask = &w->ask,
                                  .claim = &w->claim};
    r->no_command = report->claim == NULL && !rows && !states;
}
