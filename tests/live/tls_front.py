"""A port that speaks TLS and passes everything on to a plain one, and that can be cut like a wire."""

import socket
import ssl
import threading

CHUNK = 65536


class TlsFront:
    """papers: folder with center.pem/.key and ca.pem (uplink_center.make_papers)."""

    def __init__(self, papers, target_port, port):
        self.target_port, self.port = target_port, port
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(f"{papers}/center.pem", f"{papers}/center.key")
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.load_verify_locations(f"{papers}/ca.pem")
        self.lock, self.open, self.listener = threading.Lock(), set(), None
        self.mend()

    def mend(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self):
        """Nobody gets through any more, and what was on its way is lost."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            for line in self.open:
                self._end(line)
            self.open.clear()

    @staticmethod
    def _end(line):
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _accept(self, listener):
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        try:
            with self.context.wrap_socket(raw, server_side=True) as line, \
                    socket.create_connection(("127.0.0.1", self.target_port)) as center:
                with self.lock:
                    self.open |= {line, center}
                back = threading.Thread(target=self._pump, args=(center, line), daemon=True)
                back.start()
                self._pump(line, center)
                back.join()
                with self.lock:
                    self.open -= {line, center}
        except OSError:
            pass

    def _pump(self, source, sink):
        try:
            while True:
                data = source.recv(CHUNK)
                if not data:
                    break
                sink.sendall(data)
        except OSError:
            pass
        self._end(sink)
