"""A store and its cloud with items that are shared out among channels, for live tests."""

from live import order_lines
from strict_line import StrictLine


class ChannelLine(StrictLine):
    """What the LAN sees of an item is what a kiosk has heard of it."""

    def item(self, supply, policy, **more):
        item = next(self.items)
        self.update(item, stock_type=2, plan_quantity=supply, real_quantity=supply, policy=policy,
                    **more)
        self.level()
        return item

    def channel(self, till, item, channel, **more):
        return till.ask("stock.channel", object_type=2, object_id=item, channel=channel, **more)

    def hears(self, device, item, **avail):
        """What is retained says so of these channels, and soon."""
        told = device.wait(f"stock/sku/{item}", lambda v: v and v["avail"] and {
            code: v["avail"][code] for code in avail} == avail)
        return told

    def held(self, item):
        return {c["channel"]: c["held"] for c in self.stock(item)["channels"] if c["held"] != "0"}

    def place(self, device, item, qty):
        return device.ask("order.place", order_id=f"p-{next(self.orders)}",
                          lines=order_lines((item, qty)))

    def both(self):
        till = self.device("till-1")
        return till, self.device("kiosk-1", "stock/#")
