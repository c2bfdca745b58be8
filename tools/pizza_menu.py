#!/usr/bin/python3
"""Turns the "Pizza Place Sales" files into a menu document and an orders file of ours.

    tools/pizza_menu.py DATA --menu menu.json --orders orders.csv --day 2015-11-27

DATA holds pizza_types.csv, pizzas.csv, orders.csv and order_details.csv. A pizza type becomes an
SPU, a pizza of one size an SKU; their ids are their places in the files, so the same files always
give the same ids. The menu follows proto/menu.schema.json, the orders file has the columns of
tools/demo-data/orders.csv, one line of an order a row. The data knows no channels: they are dealt
out by the order's number, half of them to kiosks.
"""

import argparse
import csv
import json
import os
import sys

FIRST_SPU = 101
FIRST_SKU = 1001
STATIONS = {"Chicken": "oven-1", "Classic": "oven-1", "Supreme": "oven-2", "Veggie": "oven-2"}
CHANNELS = ("KIOSK", "POS", "KIOSK", "EMENU", "KIOSK", "POS", "KIOSK", "EMENU", "KIOSK", "POS")
COLUMNS = ("order_id", "date", "time", "object_id", "qty", "channel")


def rows(folder, name):
    """The rows of one file as dicts. Some copies of the data are Latin-1."""
    path = os.path.join(folder, name)
    with open(path, "rb") as f:
        raw = f.read()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return list(csv.DictReader(text.splitlines()))


def sku_ids(pizzas):
    return {p["pizza_id"]: FIRST_SKU + i for i, p in enumerate(pizzas)}


def short_name(name):
    """"The Greek Pizza" -> "Greek": the words every name has say nothing on a ticket."""
    return name.removeprefix("The ").removesuffix(" Pizza")


def menu(types, pizzas):
    by_id = {t["pizza_type_id"]: t for t in types}
    spu_ids = {t["pizza_type_id"]: FIRST_SPU + i for i, t in enumerate(types)}
    ids = sku_ids(pizzas)
    items = []
    for p in pizzas:
        kind = by_id[p["pizza_type_id"]]
        items.append({
            "object_id": str(ids[p["pizza_id"]]),
            "spu_id": str(spu_ids[p["pizza_type_id"]]),
            "name": f"{short_name(kind['name'])} {p['size']}",
            "price": p["price"],
            "tax": "A",
            "station": STATIONS[kind["category"]],
        })
    return {
        "currency": "USD",
        "decimals": 2,
        "categories": sorted({t["category"] for t in types}),
        "stations": sorted(set(STATIONS.values())),
        "spus": [{"id": str(spu_ids[t["pizza_type_id"]]), "name": short_name(t["name"]),
                  "category": t["category"]} for t in types],
        "items": items,
    }


def order_lines(orders, details, ids, day):
    """In the order of time, then of the order's number; lines of an order stay together."""
    placed = {o["order_id"]: o for o in orders if day in ("all", o["date"])}
    lines = [(placed[d["order_id"]], ids[d["pizza_id"]], d["quantity"])
             for d in details if d["order_id"] in placed]
    lines.sort(key=lambda l: (l[0]["date"], l[0]["time"], int(l[0]["order_id"])))
    for o, object_id, qty in lines:
        channel = CHANNELS[int(o["order_id"]) % len(CHANNELS)]
        yield o["order_id"], o["date"], o["time"], object_id, qty, channel


def write_orders(path, lines):
    n = 0
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(COLUMNS)
        for line in lines:
            out.writerow(line)
            n += 1
    return n


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="folder of the four CSV files")
    parser.add_argument("--menu", metavar="FILE", help="write the menu document here")
    parser.add_argument("--orders", metavar="FILE", help="write the orders here")
    parser.add_argument("--day", default="all", help="YYYY-MM-DD, or all (default)")
    args = parser.parse_args()
    if not args.menu and not args.orders:
        parser.error("nothing to write: give --menu, --orders or both")
    pizzas = rows(args.data, "pizzas.csv")
    if args.menu:
        document = menu(rows(args.data, "pizza_types.csv"), pizzas)
        with open(args.menu, "w", encoding="utf-8") as f:
            json.dump(document, f, ensure_ascii=False, indent=1)
            f.write("\n")
    if args.orders:
        n = write_orders(args.orders, order_lines(rows(args.data, "orders.csv"),
                                                  rows(args.data, "order_details.csv"),
                                                  sku_ids(pizzas), args.day))
        if n == 0:
            sys.exit(f"pizza_menu: no orders on {args.day}")


if __name__ == "__main__":
    main()
