"""The faults that tools/faults plants. Each is a generator: what stands before its yield plants the
fault, what stands behind it mends it. What it yields goes to Box.doctor (None: nothing special).

    @fault("broker PH-2010")
    def broker_is_dead(box): ...

The words of @fault are what doctor has to name first: the check and its code.
"""

import glob
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from clock_shim import UNSYNCED
from fault_box import CENTER_NAME, run
from store import end, wait_for

FAULTS = []
MIB = 1 << 20


def fault(names):
    check, code = names.rsplit(" ", 1)

    def add(plant):
        plant.check, plant.code = check, code
        FAULTS.append(plant)
        return plant
    return add


# ---- the hub ----

@fault("hub PH-4001")
def hub_is_not_running(box):
    box.stop_hub()
    yield
    box.start_hub()


@fault("hub PH-4001")
def hub_was_killed(box):
    """Its socket and its pid file are left over."""
    box.stop_hub(signal.SIGKILL)
    yield
    box.start_hub()


@fault("hub PH-4002")
def hub_hangs(box):
    box.hub.send_signal(signal.SIGSTOP)
    yield
    box.hub.send_signal(signal.SIGCONT)


@fault("hub PH-4003")
def control_socket_is_gone(box):
    os.unlink(box.socket)
    yield
    box.restart_hub()


@fault("hub PH-4003")
def somebody_else_listens_on_the_socket(box):
    box.stop_hub()
    if os.path.exists(box.socket):
        os.unlink(box.socket)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(box.socket)
        s.listen()
        threading.Thread(target=shut_the_door, args=(s,), daemon=True).start()
        yield
    os.unlink(box.socket)
    box.start_hub()


def shut_the_door(listener):
    try:
        while True:
            caller, _ = listener.accept()
            caller.recv(4096)
            caller.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            caller.close()
    except OSError:
        pass


@fault("hub PH-4008")
def technician_is_nobody(box):
    """Who is in no group of the hub's, and not root."""
    os.chmod(box.folder, 0o755)
    yield {"command": ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]}
    os.chmod(box.folder, 0o700)


@fault("versions PH-4006")
def another_hub_was_installed(box):
    copy = f"{box.folder}/poshubd"
    shutil.copy(f"{box.build}/poshubd", copy)
    box.stop_hub()
    box.hub = box.spawn("hub.log", copy, "-c", box.conf)
    wait_for("the hub", box.peek, alive=box.hub)
    wait_for("the broker", lambda: box.peek()["broker"]["connected"])
    os.unlink(copy)
    yield
    box.restart_hub()


# ---- the configuration ----

def wrong_part(box, sections):
    """A restart after a slip of the pen: the hub does not start any more."""
    box.stop_hub()
    box.part("90-slip", sections)


def mend_part(box):
    box.part("90-slip", None)
    box.start_hub()


@fault("config PH-4004")
def configuration_has_a_typo(box):
    wrong_part(box, {"storage": {"map_mb": 64}})
    yield
    mend_part(box)


@fault("config PH-3003")
def time_zone_is_unknown(box):
    wrong_part(box, {"store": {"timezone": "Mars/Olympus"}})
    yield
    mend_part(box)


@fault("config PH-4004")
def listen_address_is_none(box):
    wrong_part(box, {"broker": {"plain_listen": f"999.1.1.1:{box.port}"}})
    yield
    mend_part(box)


@fault("config PH-4010")
def everybody_may_read_the_pin(box):
    pin = run(f"{box.build}/poshubctl", "override-pin", "--print", input="480911\n").stdout
    box.part("90-pin", {"stock": {"override_pin": pin.split("=", 1)[1].strip()}})
    os.chmod(f"{box.parts}/90-pin.conf", 0o644)
    yield
    box.part("90-pin", None)


@fault("config PH-4005")
def configuration_is_not_there(box):
    box.stop_hub()
    os.rename(box.conf, box.conf + ".away")
    yield
    os.rename(box.conf + ".away", box.conf)
    box.start_hub()


# ---- the store ----

def damaged(box, change):
    """The store's file as `change` leaves it (bytes -> bytes), then as it was."""
    path = f"{box.db}/data.mdb"
    box.stop_hub()
    with open(path, "rb") as f:
        whole = f.read()
    with open(path, "r+b") as f:
        f.write(change(bytearray(whole)))
        f.truncate()
    yield
    with open(path, "r+b") as f:
        f.write(whole)
        f.truncate()
    box.start_hub()


@fault("store data PH-1006")
def record_is_damaged(box):
    def change(data):
        at = data.rindex(b"Margherita M")
        data[at] ^= 1
        return data
    yield from damaged(box, change)


@fault("store data PH-1006")
def page_is_garbage(box):
    def change(data):
        page = data.rindex(b"Margherita M") // 4096
        data[page * 4096:(page + 1) * 4096] = b"\xff" * 4096
        return data
    yield from damaged(box, change)


@fault("store data PH-1014")
def file_is_no_store(box):
    yield from damaged(box, lambda data: b"PK\x03\x04" + bytes(8192))


@fault("store data PH-1014")
def store_was_cut_off(box):
    yield from damaged(box, lambda data: data[:len(data) // 2])


@fault("store data PH-1014")
def store_is_of_a_32_bit_box(box):
    def change(_):
        """Two meta pages as such a box writes them."""
        pages = bytearray(2 * 4096)
        for n in (0, 1):
            struct.pack_into("<IHHI", pages, n * 4096, n, 0, 8, 0)
            struct.pack_into("<II", pages, n * 4096 + 12, 0xBEEFC0DE, 1)
            struct.pack_into("<I", pages, n * 4096 + 28, 4096)
            struct.pack_into("<II", pages, n * 4096 + 84, 1, n)
        return pages
    yield from damaged(box, change)


@fault("store data PH-1019")
def store_is_gone(box):
    box.stop_hub()
    os.rename(f"{box.db}/data.mdb", f"{box.db}/data.mdb.away")
    yield
    os.rename(f"{box.db}/data.mdb.away", f"{box.db}/data.mdb")
    box.start_hub()


@fault("store data PH-1015")
def store_is_another_ones(box):
    wrong_part(box, {"store": {"poi_id": 418}})
    yield
    mend_part(box)


@fault("store data PH-1016")
def second_hub_has_the_store(box):
    etc, other = f"{box.folder}/other-etc", None
    os.makedirs(etc)
    with open(f"{etc}/poshub.conf", "w", encoding="utf-8") as f:
        f.write(f"[store]\nbrand_id = 1\npoi_id = 417\n[paths]\ndata_dir = {box.db}\n"
                f"run_dir = {box.folder}/other-run\n[storage]\nmap_mib = 16\n")
    box.stop_hub()
    other = box.spawn("other.log", f"{box.build}/poshubd", "-c", f"{etc}/poshub.conf")
    wait_for("the other hub", lambda: os.path.exists(f"{box.folder}/other-run/control.sock"),
             alive=other)
    yield
    end(other)
    shutil.rmtree(etc)
    box.start_hub()


@fault("disk PH-1012")
def disk_is_read_only(box):
    box.stop_hub()
    run("mount", "-o", "remount,ro", box.state)
    yield
    run("mount", "-o", "remount,rw", box.state)
    box.start_hub()


@fault("disk PH-1012")
def files_belong_to_root(box):
    """What a copy by hand leaves; here it is the other way round."""
    box.stop_hub()
    os.chown(f"{box.db}/data.mdb", 65534, 65534)
    yield
    os.chown(f"{box.db}/data.mdb", 0, 0)
    box.start_hub()


@fault("disk PH-1011")
def data_dir_is_gone(box):
    """A second disk that was not mounted."""
    box.stop_hub()
    os.rename(box.db, box.db + ".away")
    yield
    os.rename(box.db + ".away", box.db)
    box.start_hub()


def filled(box, left_mib):
    st = os.statvfs(box.state)
    with open(f"{box.state}/ballast", "wb") as f:
        os.posix_fallocate(f.fileno(), 0, st.f_bavail * st.f_frsize - left_mib * MIB)
    yield
    os.unlink(f"{box.state}/ballast")


@fault("disk PH-1002")
def disk_is_nearly_full(box):
    yield from filled(box, 40)


@fault("disk PH-1003")
def disk_is_full(box):
    yield from filled(box, 8)


def tight(box, **percents):
    """As if the store had grown: its levels are lowered under it."""
    thick_orders(box)
    box.part("90-tight", {"storage": percents})
    box.restart_hub()
    yield
    box.part("90-tight", None)
    box.restart_hub()


def thick_orders(box):
    """Some permille of the map, once."""
    if getattr(box, "thick", False):
        return
    box.thick = True
    for n in range(40):
        lines = [{"line": i, "object_id": "1001", "qty": "1", "note": "without onions " * 12}
                 for i in range(1, 61)]
        box.post("order.place", order_id=f"thick-{n}", req_id=f"thick-{n}", channel="KIOSK",
                 lines=lines)


@fault("map room PH-1002")
def map_is_nearly_full(box):
    yield from tight(box, alarm_percent=1, refuse_percent=90)


@fault("map room PH-1003")
def map_is_full(box):
    yield from tight(box, alarm_percent=1, refuse_percent=2)


# ---- backups ----

def old_dir(box):
    """The store was not made a minute ago."""
    os.utime(box.db, (time.time() - 86400,) * 2)


@fault("backup PH-1010")
def backup_was_never_made(box):
    os.rename(box.backups, box.backups + ".away")
    os.mkdir(box.backups)
    old_dir(box)
    yield
    shutil.rmtree(box.backups)
    os.rename(box.backups + ".away", box.backups)


def backups_begun_at(box, at_s):
    """So their names say."""
    then = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at_s))
    moved = []
    for path in glob.glob(f"{box.backups}/poshub-*"):
        stem, suffix = os.path.splitext(path)
        moved.append((path, stem.rsplit("-", 1)[0] + f"-{then}{suffix}"))
    for now, old in moved:
        os.rename(now, old)
    yield
    for now, old in moved:
        os.rename(old, now)


@fault("backup PH-1010")
def backup_is_old(box):
    yield from backups_begun_at(box, time.time() - 90000)


@fault("backup PH-1010")
def backup_is_of_a_time_to_come(box):
    yield from backups_begun_at(box, time.time() + 90000)


@fault("backup PH-1010")
def backups_are_no_directory(box):
    os.rename(box.backups, box.backups + ".away")
    with open(box.backups, "w", encoding="utf-8") as f:
        f.write("in the way")
    yield
    os.unlink(box.backups)
    os.rename(box.backups + ".away", box.backups)


@fault("backup PH-1017")
def backup_is_half_written(box):
    path = max(glob.glob(f"{box.backups}/*.mdb"))
    shutil.copy(path, f"{box.folder}/whole.mdb")
    os.truncate(path, os.path.getsize(path) // 2)
    yield
    shutil.copy(f"{box.folder}/whole.mdb", path)


@fault("backup PH-1010")
def backup_was_interrupted(box):
    path = f"{box.backups}/.part"
    with open(path, "wb") as f:
        f.write(bytes(4096))
    os.utime(path, (time.time() - 86400,) * 2)
    yield
    os.unlink(path)


# ---- the broker ----

@fault("broker PH-2010")
def broker_is_dead(box):
    box.stop_device()
    box.stop_broker(signal.SIGKILL)
    yield
    box.start_broker()
    box.start_device()


@fault("broker PH-2011")
def broker_hangs(box):
    box.broker.send_signal(signal.SIGSTOP)
    yield
    box.broker.send_signal(signal.SIGCONT)
    box.back_online()


def broker_reads(box, name, change):
    """One of its files is changed under it, and it reads it; then the hub writes all anew."""
    path = f"{box.broker_dir}/{name}"
    with open(path, encoding="utf-8") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(change(text))
    box.broker.send_signal(signal.SIGHUP)


@fault("broker PH-2012")
def broker_does_not_know_the_hub(box):
    broker_reads(box, "passwd", lambda text: "\n".join(
        line for line in text.splitlines() if not line.startswith("poshub-hub:")) + "\n")
    wait_for("the hub to be thrown out", lambda: not box.peek()["broker"]["connected"])
    yield
    box.restart_hub()
    box.back_online()


@fault("rights PH-2017")
def role_may_not_read_what_it_should(box):
    broker_reads(box, "acl", lambda text: text.replace("read poshub/v1/hub", "read poshub/v1/hut"))
    yield
    box.restart_hub()
    box.back_online()


@fault("rights PH-2017")
def everybody_may_write_everything(box):
    broker_reads(box, "acl", lambda text: "topic readwrite #\npattern readwrite #\n" + text)
    yield
    box.restart_hub()
    box.back_online()


def broker_starts_with(box, change):
    """Its configuration edited by hand, and a restart."""
    box.stop_device()
    broker_reads(box, "mosquitto.conf", change)
    box.stop_broker()
    box.start_broker()
    wait_for("the hub at the broker", lambda: box.peek()["broker"]["connected"])
    yield
    box.restart_hub()
    box.stop_broker()
    box.start_broker()
    box.start_device()


@fault("broker PH-2013")
def broker_lets_everybody_in(box):
    def change(text):
        text = text.replace("allow_anonymous false", "allow_anonymous true")
        return "\n".join(line for line in text.splitlines() if not line.startswith("password_file"))
    yield from broker_starts_with(box, change)


@fault("client-id lock PH-2016")
def client_id_lock_is_off(box):
    yield from broker_starts_with(
        box, lambda text: text.replace("use_username_as_clientid true\n", ""))


@fault("broker PH-2015")
def broker_misses_a_listener(box):
    def change(text):
        head, tail = text.split(f"\nlistener {box.tls_port} ", 1)
        return head + ("\nlistener " + tail.split("\nlistener ", 1)[1] if "\nlistener " in tail
                       else "\n")
    yield from broker_starts_with(box, change)


@fault("broker PH-2014")
def port_is_taken(box):
    box.stop_device()
    box.stop_broker()
    with socket.create_server(("127.0.0.1", box.port)):
        yield
    box.start_broker()
    box.start_device()


@fault("lan address PH-2021")
def lan_address_has_moved(box):
    box.stop_device()
    box.part("90-moved", {"broker": {"plain_listen": f"192.0.2.10:{box.port}"}})
    box.restart_hub()
    box.stop_broker()
    box.broker = box.spawn("broker.log", "/usr/sbin/mosquitto", "-c",
                           f"{box.broker_dir}/mosquitto.conf")
    yield
    box.stop_broker()
    box.part("90-moved", None)
    box.restart_hub()
    box.start_broker()
    box.start_device()


@fault("devices PH-2020")
def device_is_silent(box):
    box.stop_device()
    wait_for("the hub to know", lambda: box.peek()["devices"]["offline"] == ["kiosk-1"])
    yield
    box.start_device()


@fault("certificate PH-2201")
def store_key_is_another_ones(box):
    key = f"{box.state}/secret/ca.key"
    shutil.copy(key, f"{box.folder}/ca.key")
    shutil.copy(f"{box.papers}/other_ca.key", key)
    box.restart_hub()
    yield
    shutil.copy(f"{box.folder}/ca.key", key)
    box.restart_hub()
    box.stop_device()
    box.stop_broker()
    box.start_broker()
    box.start_device()


# ---- the clock ----

def other_time(box, when, **more):
    """Hub and technician live at another time than the center."""
    library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0]
    fake = {"FAKETIME": when, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1", "LD_PRELOAD": f"{library} {box.shim}", **more}
    box.restart_hub(env={**box.env, **fake})
    yield {"env": fake}
    box.restart_hub()
    box.back_online()


@fault("clock PH-3001")
def clock_was_lost(box):
    yield from other_time(box, "@2001-01-01 00:00:10")


@fault("clock PH-3001")
def clock_was_set_back(box):
    yield from other_time(box, "-3d")


@fault("clock PH-3001")
def clock_is_years_ahead(box):
    """And no time source keeps it."""
    yield from other_time(box, "@2038-02-01 00:00:10", **{UNSYNCED: "1"})


@fault("clock PH-3002")
def nobody_keeps_the_clock(box):
    yield {"env": {UNSYNCED: "1"}}


# ---- the center ----

def of_our_own(box, path, text):
    with open(f"{box.folder}/{os.path.basename(path)}", "w", encoding="ascii") as f:
        f.write(text)


@fault("cloud name PH-2120")
def name_of_the_center_is_unknown(box):
    of_our_own(box, "/etc/hosts", "127.0.0.1 localhost\n")
    yield
    of_our_own(box, "/etc/hosts", f"127.0.0.1 localhost {CENTER_NAME}\n")


@fault("cloud name PH-2120")
def no_name_server_answers(box):
    of_our_own(box, "/etc/hosts", "127.0.0.1 localhost\n")
    of_our_own(box, "/etc/resolv.conf", "nameserver 127.0.0.77\noptions timeout:5\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.77", 53))
        yield
    of_our_own(box, "/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    of_our_own(box, "/etc/hosts", f"127.0.0.1 localhost {CENTER_NAME}\n")


@fault("cloud https PH-2101")
def center_is_down(box):
    box.line.stop()
    yield
    box.line.start()


@fault("cloud https PH-2121")
def center_hangs(box):
    box.line.stop()
    with socket.create_server(("127.0.0.1", box.line.port)):
        yield
    box.line.start()


@fault("cloud https PH-2103")
def center_fails(box):
    box.line.center.mood = 500
    yield
    box.line.center.mood = "well"


@fault("cloud https PH-2107")
def center_shows_a_certificate_of_another_authority(box):
    box.line.show("foreign")
    yield
    box.line.show("center")


@fault("cloud https PH-2107")
def certificate_of_the_center_has_expired(box):
    box.line.show("expired")
    yield
    box.line.show("center")


def papers(box, **cloud):
    box.part("90-papers", {"cloud": cloud})
    box.restart_hub()
    yield
    box.part("90-papers", None)
    box.restart_hub()


@fault("certificate PH-2107")
def certificate_of_the_box_has_expired(box):
    yield from papers(box, cert=f"{box.papers}/expired_client.pem",
                      key=f"{box.papers}/expired_client.key")


@fault("certificate PH-2107")
def authority_of_the_center_is_missing(box):
    yield from papers(box, ca=f"{box.papers}/nowhere.pem")


@fault("cloud mqtt PH-2122")
def pushes_do_not_come(box):
    box.stop_push_broker()
    wait_for("the line to drop", lambda: box.peek()["cloud"]["push_error"])
    yield
    box.start_push_broker()


@fault("queue PH-2108")
def line_is_paused(box):
    box.post("sync.pause")
    wait_for("the pause", lambda: any(f["code"] == "PH-2108" for f in box.peek()["faults"]))
    yield
    box.post("sync.resume")


@fault("queue PH-2124")
def event_was_set_aside(box):
    box.line.center.dead_kinds = {"STOCK_SET"}
    box.post("stock.set", object_type=2, object_id="1044", qty="40")
    wait_for("the event on the list", lambda: box.peek()["cloud"].get("aside", 0) > 0)
    yield
    box.line.center.dead_kinds = set()
    for event in box.post("queue.list")["aside"]:
        box.post("queue.retry", epoch=event["epoch"], seq=event["seq"])
