/* The menu's rows as they lie in TABLE_MENU: shared by reading them one by one (menu_rows.c),
 * replacing them (menu_import.c) and paging through them (menu_page.c). For these three alone.
 */
#ifndef BOOKS_MENU_ROWS_H
#define BOOKS_MENU_ROWS_H

#include "edge/books/menu.h"

#define MENU_CATEGORIES 200
#define MENU_TAX        16
#define MENU_CURRENCY   3
#define MENU_ROW_BYTES  16384 /* the longest row: a group of MENU_OPTIONS with long names, 9 KiB */

/* On disk by value: append only. Categories and stations have their place in the list as id, all
 * others their own; the head has 0. */
enum menu_kind { MENU_HEAD, MENU_CATEGORY, MENU_STATION, MENU_SPU, MENU_ITEM, MENU_GROUP };

struct key menu_key(enum menu_kind kind, uint64_t id);
/* Takes a key of TABLE_MENU apart. */
enum menu_kind menu_key_kind(struct bytes key);
uint64_t menu_key_id(struct bytes key);

/* Each row's value; its id is in the key. */
void menu_head_fields(struct pack *p, struct menu_head *h);
void menu_word_fields(struct pack *p, struct str *word); /* a category or a station */
void menu_spu_fields(struct pack *p, struct menu_spu *s);
void menu_item_fields(struct pack *p, struct menu_item *item);
void menu_group_fields(struct pack *p, struct menu_group *g);

#endif
