#!/usr/bin/python3
"""The life of the package on a bare Debian, from the first install to the purge.

    test_package.py --deb poshub_VERSION_ARCH.deb [--suite SUITE] [--root DIR] [--json]

Makes a root of its own with mmdebstrap (or takes DIR, which stays as it is), and goes through one
box's life in it: each step needs the one before. Measures "install to first durable order" with the
hub and the broker as plain processes; Debian's archive is reached through the machine's network.
Needs root rights. The steps' names are promises; the first broken one ends the run.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
for folder in ("tests/live", "tools/lib"):
    sys.path.insert(0, os.path.join(ROOT, folder))

from device import Device  # noqa: E402
from store import end, free_port  # noqa: E402

ROOTS = os.environ.get("POSHUB_ROOTS", "/var/tmp/poshub-roots")
CONF = "/etc/poshub/poshub.conf"
APT = "DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0"
INSTALL = f"{APT} --no-install-recommends -o Dpkg::Options::=--force-confold --allow-downgrades install"
SIZE_BAR_KIB, FIRST_ORDER_BAR_S = 1024, 60
MENU = {"currency": "EUR", "stations": ["oven"],
        "items": [{"object_id": "1001", "name": "Margherita", "price": "12.7500",
                   "station": "oven"}]}


class Broken(Exception):
    """A promise that was not kept."""


def check(true, what):
    if not true:
        raise Broken(what)


class Box:
    """A Debian root and a layer above it that keeps what happens to it."""

    def __init__(self, root, work):
        self.root, self.work, self.layer = root, work, os.path.join(work, "layer")
        self.packages = os.path.join(work, "packages")
        os.mkdir(self.packages)

    def command(self, script):
        return [os.path.join(ROOT, "tools/lib/in-root"), self.root, "--net", "--layer", self.layer,
                "--bind", f"{self.packages}:/packages", "--", "/bin/bash", "-ec", script]

    def run(self, script, expected=0):
        """The output of a shell script inside; both streams."""
        done = subprocess.run(self.command(script), text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False)
        check(done.returncode == expected,
              f"exit {done.returncode} instead of {expected}: {script}\n{done.stdout[-3000:]}")
        return done.stdout

    def there(self, path):
        return self.run(f"test -e {path} && echo yes || echo no").strip() == "yes"


# ---- packages ----

def other_version(deb, into, version, conf_line):
    """The same package as another version with a line more in its configuration."""
    tree = os.path.join(into, "tree")
    subprocess.run(["dpkg-deb", "-R", deb, tree], check=True)
    for path, change in (("DEBIAN/control",
                          lambda s: re.sub(r"(?m)^Version: .*", f"Version: {version}", s)),
                         (CONF[1:], lambda s: s + conf_line + "\n")):
        path = os.path.join(tree, path)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        with open(path, "w", encoding="utf-8") as f:
            f.write(change(text))
    made = os.path.join(into, f"poshub_{version}.deb")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, made], check=True,
                   stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return made


# ---- the life of a box ----

START_BAR_S = 60  # hub and broker: a second; a busy machine: some
# Asks until the hub has its broker; shows their logs when one ended or it took too long. A box that
# was switched on has an empty /run, so the broker's files are those of this hub.
START = f"""
rm -rf /run/poshub && mkdir -p /run/poshub && chown poshub: /run/poshub
as_hub() {{ setpriv --reuid=poshub --regid=poshub --init-groups "$@"; }}
limit=$((SECONDS + {START_BAR_S}))
go_on() {{ kill -0 $1 && [ $SECONDS -lt $limit ] || {{ cat /tmp/*.log; exit 1; }}; }}
as_hub poshubd -c {CONF} 2>/tmp/hub.log &
until [ -s /run/poshub/broker/mosquitto.conf ]; do go_on $!; sleep 0.02; done
as_hub mosquitto -c /run/poshub/broker/mosquitto.conf 2>/tmp/broker.log &
until poshubctl status --json 2>/dev/null | grep -q '"connected":true'; do go_on $!; sleep 0.05; done
"""


def make_store(port):
    """What a technician types, and what he edits behind it: a listener without TLS for the device
    that orders."""
    return (f"poshubctl init --brand 1 --poi 417 --name Scratch --timezone Europe/Berlin "
            f"--listen 127.0.0.1:{free_port()} --websocket - </dev/null >/dev/null\n"
            f"printf '[broker]\\nplain_listen = 127.0.0.1:{port}\\n' >>{CONF}")


def expect_line(process, word):
    """The rest of the next line that begins with the word."""
    for line in process.stdout:
        if line.startswith(word + " "):
            return line[len(word) + 1:].strip()
    raise Broken(f"the box did not say \"{word}\", it ended with {process.wait()}")


def first_order(box, figures):
    """A fresh box: lists, packages, init, hub, broker, menu, one device, one order."""
    port = free_port()
    with open(os.path.join(box.packages, "menu.json"), "w", encoding="utf-8") as f:
        json.dump(MENU, f)
    script = f"""
{APT} update >/dev/null
echo "LISTS ."
{INSTALL} /packages/poshub.deb >/dev/null
echo "INSTALLED ."
{make_store(port)}
{START}
poshubctl menu import /packages/menu.json >/dev/null
echo "DEVICE $(poshubctl device add kiosk-1 --role kiosk --json)"
read -r _ || true
poshubctl order list --json
"""
    began = time.monotonic()
    process = subprocess.Popen(box.command(script), text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    try:
        expect_line(process, "LISTS")
        figures["lists_s"] = round(time.monotonic() - began, 1)
        expect_line(process, "INSTALLED")
        figures["install_s"] = round(time.monotonic() - began - figures["lists_s"], 1)
        result = json.loads(expect_line(process, "DEVICE"))["result"]
        figures["first_order_s"] = round(time.monotonic() - began, 1)
        listener = type("Listener", (), {"port": port, "websocket_port": None})
        with Device(listener, {"device": "kiosk-1", "password": result["password"]}) as kiosk:
            reply = kiosk.ask("order.place", order_id="first-1", lines=[
                {"line": 1, "object_id": "1001", "qty": "1"}])
        check(reply.get("code") == 0, f"the order was answered {reply}")
        figures["first_order_s"] = round(time.monotonic() - began, 1)
        process.stdin.write("\n")
        process.stdin.close()
        process.stdin = None
        check("first-1" in process.stdout.read(), "the order is not in the hub's list")
        check(process.wait() == 0, "the box's script failed")
    finally:
        end(process)
    check(figures["first_order_s"] <= FIRST_ORDER_BAR_S,
          f"first order after {figures['first_order_s']} s")


def installed(box, figures):
    """User, groups, directories, conffile, manual and completion are there; nothing is enabled."""
    figures["installed_kib"] = int(box.run("dpkg-query -W -f '${Installed-Size}' poshub"))
    check(figures["installed_kib"] <= SIZE_BAR_KIB, f"{figures['installed_kib']} KiB")
    check("poshub:" in box.run("getent passwd poshub"), "user")
    box.run("getent group poshub poshub-admin")
    check(CONF in box.run("dpkg-query -W -f '${Conffiles}' poshub"), "conffile")
    for folder in ("", "/db", "/secret", "/backup"):
        what = box.run(f"stat -c '%U:%G %a' /var/lib/poshub{folder}").strip()
        check(what == "poshub:poshub 750", f"/var/lib/poshub{folder} is {what}")
    for path in ("/usr/share/man/man8/poshubd.8.gz", "/usr/share/man/man1/poshubctl.1.gz",
                 "/usr/share/man/man5/poshub.conf.5.gz", "/lib/systemd/system/poshub.service",
                 "/lib/systemd/system/poshub-broker.service",
                 "/lib/systemd/system/poshub-backup.timer",
                 "/usr/share/bash-completion/completions/poshubctl",
                 "/usr/share/zsh/vendor-completions/_poshubctl", "/etc/poshub/conf.d"):
        check(box.there(path), f"{path} is missing")
    check("poshub" not in box.run("ls /etc/systemd/system/*.wants"), "a unit is enabled")
    check(box.run("dpkg -V mosquitto") == "", "a file of mosquitto's was changed")
    offered = box.run("bash -c '. /usr/share/bash-completion/completions/poshubctl; "
                      "COMP_WORDS=(poshubctl stock \"\"); COMP_CWORD=2; _poshubctl; "
                      "echo ${COMPREPLY[@]}'")
    check("sold-out" in offered.split(), f"behind stock are offered: {offered}")


def papers_of_the_hub(box, _figures):
    """Init was called by root; the hub's user owns what it made, and has renewed from it."""
    out = box.run("cd /var/lib/poshub/secret; stat -c '%U %a %n' *")
    for line in ("poshub 600 ca.key", "poshub 600 ca.pem", "poshub 600 server.key"):
        check(line in out.splitlines(), f"{line} is not among\n{out}")
    box.run("setpriv --reuid=poshub --regid=poshub --init-groups cat "
            "/etc/poshub/poshub.conf /etc/poshub/conf.d/10-init.conf >/dev/null")


def configuration_as_shipped(box, _figures):
    """It has only comments, and each is right when its semicolon is taken away."""
    box.run(f"dpkg-deb --fsys-tarfile /packages/poshub.deb | tar -x --to-stdout .{CONF} >/tmp/a")
    check(box.run("grep -v '^;' /tmp/a | grep . || true") == "", "a line that is no comment")
    out = box.run("poshubd -c /tmp/a --check-config", expected=2)
    check("brand_id is missing" in out, out)
    box.run("{ printf '[store]\\nbrand_id = 1\\npoi_id = 2\\n'; sed -E 's/^;([a-z[])/\\1/' /tmp/a; } "
            ">/tmp/b; poshubd -c /tmp/b --check-config")
    box.run("echo brnd_id = 1 >>/tmp/b; poshubd -c /tmp/b --check-config", expected=2)


def upgrade(box, _figures):
    """The edited file stays as it is, the new one lies beside it, the books go on."""
    before = box.run(f"sha256sum {CONF}")
    box.run(f"{INSTALL} /packages/newer.deb")
    check(box.run("dpkg-query -W -f '${Version}' poshub") == "9.0", "version")
    check(box.run(f"sha256sum {CONF}") == before, "the edited configuration was changed")
    check("added in 9.0" in box.run(f"cat {CONF}.dpkg-dist"), "the new one is not beside it")
    check("first-1" in box.run(START + "poshubctl order list --json"), "the books are gone")


def downgrade(box, _figures):
    """The older package goes in over the newer, and reads what it left."""
    before = box.run(f"sha256sum {CONF}")
    box.run(f"{INSTALL} /packages/poshub.deb")
    check(box.run("dpkg-query -W -f '${Version}' poshub") != "9.0", "version")
    check(box.run(f"sha256sum {CONF}") == before, "the edited configuration was changed")
    check("first-1" in box.run(START + "poshubctl order list --json"), "the books are gone")


def upgrade_unedited(box, _figures):
    """Who changed nothing gets the new configuration without being asked."""
    box.run(f"dpkg-deb --fsys-tarfile /packages/poshub.deb | tar -x --to-stdout .{CONF} >/tmp/a; "
            f"cp {CONF} /tmp/edited; cp /tmp/a {CONF}; {INSTALL} /packages/newer.deb")
    check("added in 9.0" in box.run(f"cat {CONF}"), "the old configuration stayed")
    box.run(f"cp /tmp/edited {CONF}; rm -f {CONF}.dpkg-*")


def remove(box, _figures):
    """Programs and units go; settings, books and the user stay."""
    box.run(f"{APT} remove poshub")
    for path in ("/usr/sbin/poshubd", "/usr/bin/poshubctl", "/lib/systemd/system/poshub.service"):
        check(not box.there(path), f"{path} is left")
    for path in (CONF, "/var/lib/poshub/db/data.mdb"):
        check(box.there(path), f"{path} is gone")
    box.run("getent passwd poshub")


def purge(box, _figures):
    """Settings go; the books stay, and it is said where."""
    box.run("mkdir -p /etc/poshub/conf.d; echo >/etc/poshub/conf.d/10-init.conf")
    out = box.run(f"{APT} purge poshub")
    check("rm -r /var/lib/poshub" in out, "nobody was told of the books:\n" + out)
    check(not box.there("/etc/poshub"), "/etc/poshub is left")
    check(box.there("/var/lib/poshub/db/data.mdb"), "the books are gone")


def purge_without_books(box, _figures):
    """Nothing is left of a package that was never used."""
    box.run(f"rm -r /var/lib/poshub; {INSTALL} /packages/poshub.deb; {APT} purge poshub")
    left = box.run("find / -xdev -path /proc -prune -o -path /packages -prune -o "
                   "-path '*poshub*' ! -path '/var/log/*' ! -path '/var/cache/*' -print")
    check(left == "", "left behind:\n" + left)


STEPS = (first_order, installed, papers_of_the_hub, configuration_as_shipped, upgrade, downgrade,
         upgrade_unedited, remove, purge, purge_without_books)


def live(box, figures):
    """(passed, failed)"""
    for n, step in enumerate(STEPS):
        try:
            step(box, figures)
        except (Broken, AssertionError) as e:
            print(f"-- {step.__name__}: {e}", file=sys.stderr)
            return n, 1
        print(f"-- {step.__name__}: {step.__doc__.splitlines()[0]}", file=sys.stderr)
    return len(STEPS), 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--deb", required=True)
    parser.add_argument("--suite", default="bookworm", help="which Debian the root is made of")
    parser.add_argument("--root", help="a bare Debian that is there already")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("test_package.py: needs root: it makes a Debian root and changes into it")
    os.makedirs(ROOTS, exist_ok=True)
    work = tempfile.mkdtemp(prefix="package-test.", dir=ROOTS)
    figures = {}
    try:
        root = args.root or os.path.join(work, "root")
        if not args.root:
            subprocess.run(["mmdebstrap", "--quiet", "--variant=important", args.suite, root],
                           check=True, stdout=sys.stderr)
        box = Box(root, work)
        shutil.copy(args.deb, os.path.join(box.packages, "poshub.deb"))
        made = other_version(args.deb, work, "9.0", "; added in 9.0")
        os.rename(made, os.path.join(box.packages, "newer.deb"))
        passed, failed = live(box, figures)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if args.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name} {value}")
    print(f"{passed} passed, {failed} failed", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main())
