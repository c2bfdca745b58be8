#!/usr/bin/python3
"""What a merchant wants of a STRICT row: the store does it, once, when it hears of it (sync-protocol
4.4, 5.5)."""

import center
from strict import A, StrictTest

SYNC = "/api/v1/poi/stock/sync-from-pos"
LIMIT_CMDS = 8


class Commands(StrictTest):
    def ops(self, row):
        return [(cmd["op"], cmd["v_t"]) for cmd in row["x"].get("cmds", [])]

    def waiting(self):
        return int(self.center.one(f"SELECT count(*) FROM stock_cmd WHERE poi_id = '{self.poi}'"))

    def test_a_count_waits_for_the_store(self):
        """T73"""
        hub = self.f2()
        answer = self.update(real_quantity=20, want=202)
        self.assertEqual((self.ops(answer["row"]), answer["row"]["real_quantity"], self.sides()),
                         ([("SET", 200)], 15, (90, 60)))
        self.assertEqual(answer["row"]["x"]["cmds"][0]["id"], answer["pending"])
        self.assertEqual([self.buy() for _ in range(7)], [0] * 6 + [1005])
        hub.try_sell("P1", 20)
        for _ in range(3):
            hub.pull()
            self.assertEqual(self.ops(hub.seen[A]), [("SET", 200)])
        hub.seen[A]["real_quantity"] = 7  # its own two sales are in it
        for _ in range(3):
            hub.obey()
        answer = hub.send()
        self.assertEqual((hub.row(A)["real_quantity"], self.ops(hub.row(A))), (20, []))
        self.assertEqual((self.sides(), self.waiting()), ((200, 0), 0))
        hub.pull()
        self.assertEqual((hub.rights(), self.ops(hub.seen[A])), (200, []))

    def test_a_delta_waits_too_also_downwards(self):
        hub = self.f2()
        self.update(adjust=-3, want=202)
        self.assertEqual((self.sides(), hub.row(A)["real_quantity"]), ((90, 60), 15))
        hub.pull()
        hub.obey()
        hub.send()
        self.assertEqual((self.sides(), hub.row(A)["real_quantity"]), ((60, 60), 12))

    def test_count_and_delta_in_one_are_one_command(self):
        self.f2()
        self.assertEqual(self.ops(self.update(real_quantity=20, adjust=-1.5, want=202)["row"]),
                         [("SET", 185)])
        status, refusal = self.ask_update(real_quantity=1, adjust=-2)
        self.assertEqual((status, refusal["name"], self.waiting()), (400, "BAD_REQUEST", 1))

    def test_recall(self):
        hub = self.f2()
        self.assertEqual(self.ops(self.update(recall=5, want=202)["row"]), [("RECALL", 50)])
        self.assertEqual(self.sides(), (90, 60))
        hub.pull()
        hub.obey()
        hub.send()
        self.assertEqual((self.sides(), self.waiting(), hub.rights()), ((40, 110), 0, 40))
        self.update(recall=20, want=202)
        hub.pull()
        hub.obey()
        hub.send()
        self.assertEqual((self.sides(), self.buy(15)), ((0, 150), 0))

    def test_a_store_that_has_nothing_left_says_so(self):
        hub = self.f2()
        hub.try_sell("P1", 90)
        self.update(recall=5, want=202)
        hub.pull()
        hub.obey()
        hub.send()
        self.assertEqual((self.sides(), self.waiting()), ((0, 60), 0))

    def test_what_a_recall_may_be(self):
        self.update(stock_type=2, plan_quantity=15, real_quantity=15)
        self.assertEqual(self.ask_update(recall=5)[0], 400)
        self.poi += "s"
        self.store["poiId"] = self.poi
        self.f2()
        for more in ({"recall": 0}, {"recall": -1}, {"recall": 1, "adjust": 1},
                     {"recall": 1, "real_quantity": 1}):
            self.assertEqual(self.ask_update(**more)[0], 400, more)
        self.assertEqual(self.waiting(), 0)

    def test_no_more_wait_than_a_row_carries(self):
        hub = self.f2()
        for n in range(LIMIT_CMDS):
            self.update(adjust=n + 1, want=202)
        status, refusal = self.ask_update(adjust=99, stock_status=2)
        self.assertEqual((status, refusal["name"]), (429, "TOO_MANY_COMMANDS"))
        self.assertEqual((self.waiting(), hub.row(A)["stock_status"]), (LIMIT_CMDS, 1))
        hub.pull()
        self.assertEqual(self.ops(hub.seen[A]), [("ADJUST", 10 * (n + 1)) for n in range(8)])
        hub.obey()
        hub.send(head=len(hub.events))
        self.assertEqual((self.waiting(), self.sides()), (0, (90 + 360, 60)))
        self.update(adjust=99, want=202)

    def test_an_event_that_is_lost_holds_up_no_other(self):
        """The one after it is done, so it was done too: the hub goes by numbers."""
        hub = self.f2()
        first = self.update(adjust=1, want=202)["pending"]
        second = self.update(adjust=2, want=202)["pending"]
        self.assertLess(int(first[2:]), int(second[2:]))
        hub.event("STOCK_ADJUST", {"object_type": 2, "cmd": first})
        hub.adjust(20, "COUNT", cmd=second)
        status, answer = self.center.post(SYNC, hub.batch(2, 3))
        self.assertEqual((status, [d["seq"] for d in answer["dead"]]), (200, [2]))
        self.assertEqual(self.waiting(), 0)

    def test_the_next_event_of_the_row_tells_what_a_lost_one_did(self):
        """Else the next box would get the command, and do it again."""
        hub = self.f2()
        first = self.update(adjust=1, want=202)["pending"]
        second = self.update(adjust=2, want=202)["pending"]
        done = [int(cmd[2:]) for cmd in (first, second)]
        hub.event("STOCK_ADJUST", {"object_type": 2, "cmd": first})
        status, answer = self.center.post(SYNC, hub.batch(2, 2))
        self.assertEqual((status, len(answer["dead"]), self.waiting()), (200, 1, 2))
        hub.event("ROW_STATE", {"eff": [hub.eff(A, dh=10)]})
        hub.send()
        self.assertEqual(self.waiting(), 2)
        hub.event("ROW_STATE", {"eff": [{**hub.eff(A), "cmd_done": done[0]}]})
        hub.send()
        self.assertEqual((self.waiting(), [cmd["id"] for cmd in hub.row(A)["x"]["cmds"]]),
                         (1, [second]))
        _, log = self.center.get(f"/api/v1/poi/stock/log?brandId=1&poiId={self.poi}&object_id={A}")
        self.assertEqual(log["log"][0]["content"]["cmd_done"], done[0])
        hub.event("ROW_STATE", {"eff": [{**hub.eff(A), "cmd_done": done[1]}]})
        hub.send()
        new = self.claim(hub.epoch, "BX-2")
        self.assertEqual((self.waiting(), new.x().get("cmds")), (0, None))

    def test_ids_of_others_are_nobodys(self):
        hub = self.f2()
        self.update(adjust=1, want=202)
        for cmd in ("c-0", "c-1", "c-", "c-99999999999999999999", "x", "c-12x"):
            hub.adjust(10, "COUNT", cmd=cmd)
            hub.send()
            self.assertEqual(self.waiting(), 1, cmd)

    def test_the_row_that_is_asked_for_anything_is_pushed_and_claimed(self):
        hub = self.f2()
        pending = self.update(adjust=1, want=202)["pending"]
        new = self.claim(hub.epoch, "BX-2")
        self.assertEqual([cmd["id"] for cmd in new.x()["cmds"]], [pending])
        self.assertEqual(self.center.sql("SELECT bool_or(NOT echo) FROM outbox WHERE poi_id = "
                                         f"'{self.poi}' AND object_id = {A}"), [["t"]])

    def test_other_rows_are_changed_at_once(self):
        self.f2()
        self.assertEqual(self.update(2002, stock_type=2, plan_quantity=3, real_quantity=3)["row"][
            "real_quantity"], 3)
        self.assertEqual(self.update(plan_quantity=20, stock_status=2)["row"]["stock_status"], 2)
        self.assertEqual(self.waiting(), 0)

    def test_a_command_outlives_the_mode(self):
        hub = self.f2()
        self.update(adjust=1, want=202)
        self.update(mode="LOOSE")
        hub.ack_mode("LOOSE")
        answer = hub.send()
        self.assertEqual(self.ops(answer["rows"][0]), [("ADJUST", 10)])
        self.assertEqual(self.update(adjust=1)["row"]["real_quantity"], 16)

    def test_a_base_api_client_does_not_count_for_the_store(self):
        hub = self.f2()
        row = hub.row(A)
        body = {**self.store, "object_id": A, "object_type": 2, "stock_status": 2, "stock_type": 2,
                "plan_quantity": 15, "real_quantity": 8, "auto_restore_type": 2,
                "updated_at": row["updated_at"], "channel_stocks": []}
        status, refusal = self.center.post(SYNC, body)
        self.assertEqual((status, refusal["row"]["real_quantity"]), (409, 15))
        status, answer = self.center.post(SYNC, {**body, "real_quantity": 15})
        self.assertEqual((status, answer["row"]["stock_status"], self.sides()), (200, 2, (90, 60)))


if __name__ == "__main__":
    center.main()
