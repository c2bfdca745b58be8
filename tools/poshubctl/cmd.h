/* The commands. Each takes checked words and options (table.c states them), talks to the hub
 * through hub.h, prints, and returns the exit code. */
#ifndef POSHUBCTL_CMD_H
#define POSHUBCTL_CMD_H

#include "tools/poshubctl/ctl.h"

enum ctl_exit cmd_status(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_top(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_doctor(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_log(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_bundle(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_init(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_override_pin(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_menu_import(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_menu_show(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_stock_list(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_stock_show(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_stock_set(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_stock_adjust(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_stock_plan(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_stock_sold_out(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_stock_on_sale(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_stock_history(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_stock_explain(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_stock_schedule(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_stock_return(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_channel_show(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_channel_set(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_channel_policy(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_order_list(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_order_show(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_order_trace(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_order_cancel(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_device_add(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_device_list(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_device_pair(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_device_invite(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_device_revoke(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_device_rotate(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_device_test(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_device_identify(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_journal_verify(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_journal_tail(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_day_show(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_day_close(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_clock_accept(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_store_new_epoch(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_store_confirm(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_backup_create(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_backup_list(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_backup_verify(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_store_export(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_store_import(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_restore(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_cloud_status(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_cloud_test(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_sync_status(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_sync_now(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_sync_pause(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_sync_resume(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_sync_diff(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_queue_list(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_queue_show(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_queue_retry(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_oversell_list(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_oversell_show(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_oversell_resolve(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_cloud_enrol(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_cloud_claim(struct ctl *ctl, const struct args *args);

enum ctl_exit cmd_version(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_help(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_completion_bash(struct ctl *ctl, const struct args *args);
enum ctl_exit cmd_completion_zsh(struct ctl *ctl, const struct args *args);

#endif
