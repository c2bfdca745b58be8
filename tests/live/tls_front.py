"""A cable that speaks TLS at its near end and passes everything on to a plain port."""

import ssl

from cable import Cable


class TlsFront(Cable):
    """papers: folder with center.pem/.key and ca.pem (uplink_center.make_papers)."""

    def __init__(self, papers, target_port, port):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(f"{papers}/center.pem", f"{papers}/center.key")
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.load_verify_locations(f"{papers}/ca.pem")
        super().__init__(target_port, port)

    def greet(self, near):
        return self.context.wrap_socket(near, server_side=True)
