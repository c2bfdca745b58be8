#!/usr/bin/python3
"""The broker is killed while the store sells; the hub stays, comes back and tells everything anew.
What the broker kept from another life is cleared."""

import signal
import subprocess
import unittest

import paho.mqtt.client as mqtt

from device import PREFIX
from live import CAKE, COLA, MARGHERITA, LiveTest, order_lines
from load import UNLIMITED, Load
from store import SOON_S, wait_for

KILLS = 4
KEPT = ("menu", "stock/#", "order/#", "ticket/#", "pickup/#", "alert/#")
HUB_USER = "poshub-hub"


def plain(state):
    """A retained state without what moves although nothing visible did."""
    return {k: v for k, v in state.items() if k not in ("at", "expires_in_ms")}


class BrokerDeath(LiveTest):
    """What both kinds of test do to the broker; the hub's process has to outlive it."""

    def setUp(self):
        self.pid = self.store.hub.pid

    def tearDown(self):
        self.assertEqual((self.store.hub.pid, self.store.hub.poll()), (self.pid, None))

    def kill_broker(self):
        self.store.stop_broker(9)
        wait_for("hub sees that the broker is gone", lambda: not self.broker()["connected"])
        self.store.start_broker()
        self.store.wait_broker()

    def broker(self):
        return self.store.get("/v1/status")["broker"]


class Retained(BrokerDeath):
    def kept(self, till):
        """What the broker keeps of the hub's topics, as one who comes new is told."""
        return {t: plain(v) for t, v in till.seen.items() if t != "hub" and not t.startswith("dev/")}

    def orders_of_all_kinds(self):
        kiosk, till = self.device("kiosk-1"), self.device("till-1")
        self.ok(kiosk.ask("order.place", order_id="open-1", lines=order_lines((CAKE, 1))))
        order = self.ok(kiosk.ask("order.place", order_id="paid-1",
                                  lines=order_lines((MARGHERITA, 1), (COLA, 1))))["order"]
        self.ok(kiosk.ask("order.pay", order_id="paid-1", pay_id="p", tender="CARD",
                          amount=order["due"]))
        self.ok(till.ask("stock.sold_out", object_type=2, object_id=CAKE))
        till.close()
        kiosk.close()

    def test_all_retained_state_comes_back(self):
        self.orders_of_all_kinds()
        with self.device("till-1", *KEPT) as till:
            till.wait("ticket/bar/paid-1/1")
            till.wait(f"stock/sku/{CAKE}")
            till.wait("order/open-1")
            till.wait("order/paid-1", lambda v: v and v["state"] == "PAID")
            till.wait("pickup/" + till.seen["order/paid-1"]["number"])
            before = self.kept(till)
        self.kill_broker()
        with self.device("till-1", *KEPT) as till, self.device("kiosk-1") as kiosk:
            with till.changed:
                till.changed.wait_for(lambda: self.kept(till) == before, SOON_S)
            self.assertEqual(self.kept(till), before)
            self.assertGreaterEqual(len(before), 8, before)
            self.assertEqual(kiosk.wait("dev/kiosk-1/order/open-1")["state"], "PLACED")
            self.assertEqual(kiosk.wait("hub")["state"], "online")


class UnderLoad(BrokerDeath):
    conf = {"limits": UNLIMITED}

    def test_no_acknowledged_order_is_lost(self):
        load = Load(self.store, [MARGHERITA, COLA], rate=120)
        self.addCleanup(load.stop)
        for _ in range(KILLS):
            load.wait_more(40)
            self.kill_broker()
        load.wait_more(40)
        self.assertEqual(load.settle(), [])
        self.assertEqual(self.broker()["reconnects"], KILLS)


class Frozen(BrokerDeath):
    def freeze(self):
        self.store.broker.send_signal(signal.SIGSTOP)
        self.addCleanup(self.thaw)

    def thaw(self):
        self.store.broker.send_signal(signal.SIGCONT)

    def repeated(self, kiosk, verb, **body):
        """What a device does that gets no reply. A broker that thaws reads the connections that the hub
        has left long ago, and each of them ends the session of the one before."""
        def answered():
            kiosk.send(verb, body)
            try:
                return kiosk.reply(body["req_id"], timeout_s=2)
            except AssertionError:
                return None
        return wait_for("the reply", answered)

    def test_a_broker_that_stands_still_is_left_and_found_again(self):
        kiosk = self.device("kiosk-1")
        self.ok(kiosk.ask("order.place", order_id="cold-1", lines=order_lines((COLA, 1))))
        before = self.broker()["reconnects"]
        self.freeze()
        self.store.control("device.revoke", device="kiosk-2")  # has something to say at QoS 1
        wait_for("the hub hangs up", lambda: self.broker()["reconnects"] > before)
        self.thaw()
        self.store.wait_broker()
        self.ok(self.repeated(kiosk, "order.get", req_id="cold-get", order_id="cold-1"))


class Renewed(BrokerDeath):
    conf = {"broker": {"renew_mib": 1}, "limits": UNLIMITED}

    def test_a_broker_that_has_grown_is_renewed_at_the_close_of_the_day(self):
        kiosk = self.device("kiosk-1")
        load = Load(self.store, [MARGHERITA, COLA], rate=120)
        self.addCleanup(load.stop)
        load.wait_more(250)
        self.assertEqual(load.settle(), [])
        self.store.control("day.close")
        wait_for("the end of the broker", lambda: self.store.broker.poll() is not None)
        self.store.start_broker()
        self.store.wait_broker()
        self.ok(kiosk.ask("order.place", order_id="tomorrow-1", lines=order_lines((COLA, 1))))


class Small(BrokerDeath):
    def test_a_small_broker_stays(self):
        broker, kiosk = self.store.broker.pid, self.device("kiosk-1")
        self.ok(kiosk.ask("order.place", order_id="small-1", lines=order_lines((COLA, 1))))
        self.store.control("day.close")
        self.ok(kiosk.ask("order.place", order_id="small-2", lines=order_lines((COLA, 1))))
        self.assertEqual((self.store.broker.pid, self.store.broker.poll()), (broker, None))


class Orphans(LiveTest):
    """A broker that kept what the books do not have: as after its persistence was switched on by
    hand, or when the store was restored from a backup."""

    ORPHANS = ["stock/sku/99999", "stock/spu/7", f"stock/sku/{COLA}", "order/ghost-1",
               "dev/kiosk-1/order/ghost-1", "dev/kiosk-2/order/real-1", "dev/nobody/order/real-1",
               "pickup/A777", "pickup/Z1", "ticket/oven/ghost-1/1", "ticket/oven/real-1/9",
               "ticket/attic/real-1/1", "alert/ghost", "order/ended-1"]

    def plant(self, topics):
        """Speaks as the hub did, while it is down."""
        self.store.stop_broker()
        subprocess.run(["mosquitto_passwd", "-b", f"{self.store.run_dir}/broker/passwd", HUB_USER,
                        "planted"], check=True, capture_output=True, timeout=SOON_S)
        self.store.start_broker()
        hub = mqtt.Client(client_id=HUB_USER)
        hub.username_pw_set(HUB_USER, "planted")
        hub.connect("127.0.0.1", self.store.port)
        hub.loop_start()
        for topic in topics:
            told = hub.publish(PREFIX + topic, '{"ghost":true}', qos=1, retain=True)
            told.wait_for_publish(SOON_S)
            self.assertTrue(told.is_published(), topic)
        hub.disconnect()
        hub.loop_stop()

    def test_orphans_are_cleared_and_the_rest_stays(self):
        with self.device("kiosk-1") as kiosk:
            self.ok(kiosk.ask("order.place", order_id="ended-1", lines=order_lines((COLA, 1))))
            self.ok(kiosk.ask("order.cancel", order_id="ended-1"))
            order = self.ok(kiosk.ask("order.place", order_id="real-1",
                                      lines=order_lines((MARGHERITA, 1))))["order"]
            self.ok(kiosk.ask("order.pay", order_id="real-1", pay_id="p", tender="CARD",
                              amount=order["due"]))
        self.store.stop_hub()
        self.plant(self.ORPHANS)
        till = self.device("till-1", *KEPT)
        for topic in self.ORPHANS:
            if not topic.startswith("dev/"):
                till.wait(topic)
        self.store.start_hub()
        self.store.wait_broker()
        for topic in self.ORPHANS:
            till.wait_gone(topic)
        with self.device("kiosk-2") as kiosk:
            self.ok(kiosk.ask("time.get"))
            self.assertEqual([t for t in kiosk.seen if "/order/" in t], [])
        for topic in ("order/real-1", f"pickup/{order['number']}", "ticket/oven/real-1/1", "menu"):
            till.wait(topic)


if __name__ == "__main__":
    unittest.main()
