"""A proxy between two sockets of this box that can get stuck, in each way that lines get stuck, for
tests of what notices it. Each end is a loopback port (a number) or the path of a Unix socket.

    proxy = StallProxy(near, far)      # dial `near` instead of `far`
    proxy.stall(swallow())             # of the connections that are open now; later ones pass
    proxy.stall(swallow(UP))           # only what is sent to `far`
    proxy.stall(deaf())                # nobody reads any more: the senders' buffers fill up
    proxy.stall(half_open())           # `far` is told that we are gone, `near` is told nothing
    proxy.stall(drip())                # one byte a second
    proxy.stall(no_acks(DOWN))         # MQTT without TLS: its PUBACKs get lost, all else passes
    proxy.stall(cut())                 # no stall: they are gone
    proxy.hang_new(2)                  # the next two connections are taken and nothing comes of them
    proxy.lines()                      # how many connections are open, and not stalled
    proxy.end()

A stalled connection stays open until one of its ends closes it; in a black hole, until both do.
"""

import os
import select
import socket
import threading
import time

UP, DOWN = "up", "down"   # towards `far`; towards `near`
BOTH = (UP, DOWN)
CHUNK = 65536
PUBACK = 4
TICK_S = 0.2


def swallow(*directions):
    """A black hole: read and thrown away, the goodbye too."""
    return lambda line: line.use({d: _Swallow() for d in directions or BOTH})


def deaf():
    """Nothing is read."""
    return lambda line: line.use({d: None for d in BOTH})


def drip():
    return lambda line: line.use({DOWN: _Drip()})


def no_acks(*directions):
    return lambda line: line.use({d: _NoAcks(line.seen[d]) for d in directions or BOTH})


def half_open():
    def begin(line):
        line.use({d: _Swallow() for d in BOTH})
        _shut(line.far)
    return begin


def cut():
    """No stall: the connections are gone."""
    def begin(line):
        _shut(line.near)
    return begin


class _Pass:
    def take(self, data):
        return data


class _Swallow:
    def take(self, data):
        return b""


class _Drip:
    def take(self, data):
        out, data = data[:1], data[1:]
        time.sleep(1)
        return out if not data else (out, data)


class _Packets:
    """Where in a stream of MQTT packets we are: how many bytes of the present one are still to come."""

    def __init__(self):
        self.head, self.left = b"", 0

    def split(self, data):
        """Yields (packet type, bytes) of each piece of a packet."""
        while data or (self.head and self.left == 0):
            if self.left:
                piece, data = data[:self.left], data[self.left:]
                self.left -= len(piece)
                yield self.kind, piece
                continue
            while data and not self._complete():
                self.head, data = self.head + data[:1], data[1:]
            if not self._complete():
                return
            self.kind, head, self.head = self.head[0] >> 4, self.head, b""
            self.left = sum((b & 127) << (7 * i) for i, b in enumerate(head[1:]))
            yield self.kind, head

    def _complete(self):
        return len(self.head) > 1 and self.head[-1] < 128


class _NoAcks:
    def __init__(self, packets):
        self.packets = packets

    def take(self, data):
        return b"".join(piece for kind, piece in self.packets.split(data) if kind != PUBACK)


class _Line:
    def __init__(self, near, far, mqtt):
        self.near, self.far, self.lock = near, far, threading.Lock()
        self.stages = {UP: _Pass(), DOWN: _Pass()}
        self.seen = {UP: _Packets(), DOWN: _Packets()}
        self.mqtt, self.open, self.stalled = mqtt, True, False
        self.pumps = len(BOTH)

    def use(self, stages):
        self.stalled = True
        self.stages.update(stages)

    def pump(self, direction):
        source, sink = (self.near, self.far) if direction == UP else (self.far, self.near)
        try:
            self._pump(direction, source, sink)
        except (OSError, ValueError):
            pass
        if not isinstance(self.stages[direction], _Swallow):
            self.open = False
            _shut(self.near)
            _shut(self.far)
        self._leave()

    def _leave(self):
        """The last of the two pumps closes."""
        with self.lock:
            self.pumps -= 1
            if self.pumps == 0:
                self.open = False
                self.near.close()
                self.far.close()

    def _pump(self, direction, source, sink):
        while self.open:
            stage = self.stages[direction]
            if stage is None:
                time.sleep(TICK_S)
                if _gone(source):
                    return
                continue
            if not select.select([source], [], [], TICK_S)[0]:
                continue
            data = source.recv(CHUNK)
            if not data:
                return
            self._hand_on(direction, data, sink)

    def _hand_on(self, direction, data, sink):
        stage = self.stages[direction]
        if self.mqtt and isinstance(stage, _Pass):
            for _ in self.seen[direction].split(data):
                pass
        while data and self.open:
            stage = self.stages[direction]
            out = stage.take(data) if stage else b""
            out, data = out if isinstance(out, tuple) else (out, b"")
            if out:
                sink.sendall(out)


def _gone(s):
    """The other end has closed, though nobody reads."""
    poll = select.poll()
    poll.register(s, select.POLLRDHUP)
    return any(e & (select.POLLHUP | select.POLLERR | select.POLLRDHUP) for _, e in poll.poll(0))


def _shut(s):
    try:
        s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _listen(end):
    if isinstance(end, int):
        return socket.create_server(("127.0.0.1", end), backlog=64)
    s = socket.socket(socket.AF_UNIX)
    s.bind(end)
    os.chmod(end, 0o666)
    s.listen(64)
    return s


def _dial(end):
    if isinstance(end, int):
        s = socket.create_connection(("127.0.0.1", end))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s
    s = socket.socket(socket.AF_UNIX)
    s.connect(end)
    return s


class StallProxy:
    """mqtt: what passes is MQTT in the clear, for no_acks()."""

    def __init__(self, near, far, mqtt=False):
        self.near, self.far, self.mqtt = near, far, mqtt
        self.lock, self.all, self.hanging, self.kept = threading.Lock(), [], 0, []
        self.listener = _listen(near)
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self, kind):
        """How many connections it has caught."""
        caught = [line for line in self._open() if not line.stalled]
        for line in caught:
            kind(line)
        return len(caught)

    def hang_new(self, n):
        with self.lock:
            self.hanging = n

    def lines(self):
        return len([line for line in self._open() if not line.stalled])

    def end(self):
        self.listener.close()
        for line in self._open():
            line.open = False
            _shut(line.near)
            _shut(line.far)
        for s in self.kept:
            s.close()
        if not isinstance(self.near, int):
            os.unlink(self.near)

    # ---- inside ----
    def _open(self):
        with self.lock:
            self.all = [line for line in self.all if line.open]
            return list(self.all)

    def _hangs(self):
        with self.lock:
            self.hanging -= 1
            return self.hanging >= 0

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self._hangs():
                self.kept.append(near)
                continue
            try:
                far = _dial(self.far)
            except OSError:
                near.close()
                continue
            line = _Line(near, far, self.mqtt)
            with self.lock:
                self.all.append(line)
            for direction in BOTH:
                threading.Thread(target=line.pump, args=(direction,), daemon=True).start()
