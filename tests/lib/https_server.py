#!/usr/bin/python3
"""A center for the doorman of HTTPS: says what it is told to, over TLS, on free loopback ports.

  https_server.py DIR     makes ca.pem, client.pem/.key and what it needs itself in DIR, prints one
                          line "good expired future foreign silent" with the five ports, and serves
                          until its standard input ends

good asks for a client certificate of the CA; expired, future and foreign show a certificate that is
out of its dates or of another CA; silent accepts a connection and never says anything.
"""

import http.server
import socket
import ssl
import subprocess
import sys
import threading
import time

NAMES = {"good": None, "expired": "2020-01-01", "future": "2040-01-01"}


def openssl(folder, *words, at=None):
    clock = ["faketime", at] if at else []
    subprocess.run([*clock, "openssl", *words], cwd=folder, check=True, capture_output=True)


def make_key(folder, name):
    openssl(folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")


def make_ca(folder, name):
    make_key(folder, name)
    openssl(folder, "req", "-x509", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-days",
            "36500", "-out", f"{name}.pem", at="2010-01-01")


def make_certificate(folder, name, ca="ca", at=None):
    make_key(folder, name)
    openssl(folder, "req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out",
            f"{name}.csr")
    with open(f"{folder}/{name}.ext", "w", encoding="ascii") as f:
        f.write("subjectAltName=IP:127.0.0.1\n")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key",
            "-CAcreateserial", "-days", "30", "-extfile", f"{name}.ext", "-out", f"{name}.pem",
            at=at)


class Center(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections = 0

    def setup(self):
        try:
            self.request.do_handshake()
        except ssl.SSLError:
            time.sleep(0.3)  # the alert is read before the reset overtakes it
            raise
        super().setup()
        Center.connections += 1
        self.connection_number = Center.connections

    def answer(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        _, verb, *rest = self.path.split("/")
        getattr(self, "say_" + verb)(body, *rest)

    def say_echo(self, body):
        self.answer(body)

    def say_who(self, _):
        subject = dict(part[0] for part in self.connection.getpeercert()["subject"])
        self.answer(subject["commonName"].encode())

    def say_connection(self, _):
        self.answer(str(self.connection_number).encode())

    def say_status(self, body, status):
        self.answer(body, int(status))

    def say_later(self, body, seconds):
        self.answer(body, 503, Retry_After=seconds)

    def say_later_by_date(self, body, seconds):
        self.answer(body, 429, Retry_After=self.date_time_string(time.time() + int(seconds)))

    def say_elsewhere(self, body):
        self.answer(body, 302, Location="/echo")

    def say_long(self, _, n):
        self.answer(b"x" * int(n))

    def say_long_unannounced(self, _, n):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (int(n), b"x" * int(n)))

    def say_slowly(self, body, seconds):
        time.sleep(float(seconds))
        self.answer(body)

    def say_drop(self, _):
        self.close_connection = True

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


def serve(folder, certificate, ask_client):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/{certificate}.pem", f"{folder}/{certificate}.key")
    if ask_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(f"{folder}/ca.pem")
    server = Server(("127.0.0.1", 0), Center)
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main():
    folder = sys.argv[1]
    for ca in ("ca", "other_ca"):
        make_ca(folder, ca)
    for name, at in NAMES.items():
        make_certificate(folder, name, at=at)
    make_certificate(folder, "client")
    make_certificate(folder, "foreign", ca="other_ca")
    ports = [serve(folder, name, name == "good") for name in (*NAMES, "foreign")]
    silent = socket.create_server(("127.0.0.1", 0))
    print(*ports, silent.getsockname()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
