"""A wire to a port, which passes bytes on unread and can be cut."""

import socket
import threading

CHUNK = 65536


class Wire:
    def __init__(self, target_port, port):
        self.target_port, self.port = target_port, port
        self.lock, self.ends, self.listener = threading.Lock(), set(), None
        self.mend()

    def mend(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self):
        """Nobody gets through any more, and what was on its way is lost."""
        listener, self.listener = self.listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self.lock:
            for end in self.ends:
                self._end(end)
            self.ends.clear()

    @staticmethod
    def _end(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _accept(self, listener):
        while True:
            try:
                hub, _ = listener.accept()
                center = socket.create_connection(("127.0.0.1", self.target_port))
            except OSError:
                return
            with self.lock:
                self.ends |= {hub, center}
            for source, sink in ((hub, center), (center, hub)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        try:
            while data := source.recv(CHUNK):
                sink.sendall(data)
        except OSError:
            pass
        self._end(sink)
