"""A cable between two loopback ports, for demo, benches and live tests: it can be cut and go dead.

    cable = Cable(target_port)       # dial cable.port instead
    cable.cut()                       # nobody answers: connections break, new ones are refused
    cable.kill()                      # a black hole: everything is accepted and nothing comes through
    cable.mend()
    cable.end()
"""

import socket
import threading

from store import free_port

CHUNK = 65536


class Cable:
    def __init__(self, target_port, port=None):
        self.target_port = target_port
        self.lock, self.lines, self.listener = threading.Lock(), set(), None
        self.passes = threading.Event()
        self.port = port or free_port()
        self.mend()

    def mend(self):
        """From now on everything passes, also what waited in a dead cable."""
        self.passes.set()
        if self.listener is None:
            self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
            threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self):
        listener, self.listener = self.listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self._break_lines()

    def kill(self):
        self.passes.clear()

    def end(self):
        self.cut()
        self.passes.set()

    # ---- inside ----
    def _break_lines(self):
        with self.lock:
            lines, self.lines = self.lines, set()
        for line in lines:
            self._shut(line)

    @staticmethod
    def _shut(line):
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def greet(self, near):
        """What a cable with an end of its own does first; OSError: nobody gets through."""
        return near

    def _join(self, near):
        try:
            near = self.greet(near)
            self.passes.wait()
            far = socket.create_connection(("127.0.0.1", self.target_port))
        except OSError:
            near.close()
            return
        with near, far:
            for line in (near, far):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                if self.listener is None:
                    return  # it was cut meanwhile
                self.lines |= {near, far}
            back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
            back.start()
            self._pump(near, far)
            back.join()
            with self.lock:
                self.lines -= {near, far}

    def _pump(self, source, sink):
        try:
            while data := source.recv(CHUNK):
                self.passes.wait()
                sink.sendall(data)
        except OSError:
            pass
        self._shut(sink)
