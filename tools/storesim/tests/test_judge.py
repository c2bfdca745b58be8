#!/usr/bin/python3
"""storesim is green on an honest hub and red on every planted mistake.

  test_judge.py STORESIM
"""

import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "lib"))
import store  # noqa: E402
from fake_hub import BUGS  # noqa: E402

CREW = [("kiosk-1", "kiosk", []), ("kiosk-2", "kiosk", []), ("emn-1", "emenu", []),
        ("till-1", "pos", []), ("kds-hot", "kds", ["hot"]), ("kds-bar", "kds", ["bar"]),
        ("board-1", "board", [])]
PACE = ["--rate", "60", "--seconds", "1", "--settle", "5", "--seed", "7", "--think", "30",
        "--start", "5", "--cook", "20", "--bump", "5", "--serve", "5", "--abandon", "0.1",
        "--cancel", "0.1", "--refund", "0.1"]
AT_ONCE = 5  # stores side by side: a run mostly waits


def write_crew(folder):
    path = os.path.join(folder, "devices.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        for device, role, stations in CREW:
            f.write(json.dumps({"device": device, "role": role, "password": "x",
                                "stations": stations}) + "\n")
    return path


def start_broker(folder, port):
    conf = os.path.join(folder, "mosquitto.conf")
    with open(conf, "w", encoding="utf-8") as f:
        f.write(f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
                f"max_queued_messages 0\nlog_dest none\n")
    return subprocess.Popen([store.MOSQUITTO, "-c", conf], preexec_fn=store.die_with_parent)


def play(storesim, bug, more=(), act=None):
    """(exit status, report) of one short run against the fake hub. act(run, broker): what happens
    meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        port = store.free_port()
        broker = start_broker(folder, port)
        hub = None
        try:
            store.wait_for("mosquitto", lambda: store.listens(port), alive=broker)
            hub = subprocess.Popen([sys.executable, os.path.join(HERE, "fake_hub.py"), str(port)]
                                   + ([bug] if bug else []), preexec_fn=store.die_with_parent)
            with subprocess.Popen([storesim, "--broker", f"127.0.0.1:{port}", "--devices",
                                   write_crew(folder), "--json", *PACE, *more],
                                  stdout=subprocess.PIPE, text=True) as run:
                if act:
                    act(run, broker)
                report, _ = run.communicate(timeout=3 * store.SOON_S)
            return run.returncode, json.loads(report)
        finally:
            store.end(hub)
            store.end(broker)


HONEST = [("", ()), ("limited", ()),
          ("", ("--double-click", "0.2", "--duplicate", "0.2", "--vanish", "0.02"))]


def honest_is_green(storesim, bug, more):
    status, report = play(storesim, bug, (*more, "--settle", str(int(store.SOON_S))))
    good = status == 0 and report["orders"]["ENDED"] > 10
    if bug == "limited":
        good = good and report["orders"]["REFUSED"] > 0
    return good, " ".join(("honest", bug, *more, "" if good else str(report["faults"][:5])))


def planted_is_red(storesim, bug):
    more = ("--duplicate", "0.3") if bug == "forgets_req_id" else ()
    status, report = play(storesim, bug, more)
    return status == 1 and report["n_faults"] > 0, f"{bug}: {report['faults'][:1]}"


def ends_without_a_broker(storesim):
    """Told to end, it waits for no answers of a broker that is gone."""
    with tempfile.NamedTemporaryFile() as told:
        def broker_goes(run, broker):
            store.wait_for("an answer", lambda: os.path.getsize(told.name) > 0, alive=run)
            store.end(broker)
            run.terminate()
        _, report = play(storesim, "", ("--seconds", "36000", "--settle", "36000", "--acked",
                                        told.name), broker_goes)
    return report["n_faults"] > 0, f"no broker: {report['faults'][:1]}"


def main():
    storesim = sys.argv[1]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        runs = [pool.submit(honest_is_green, storesim, bug, more) for bug, more in HONEST]
        runs += [pool.submit(planted_is_red, storesim, bug) for bug in BUGS]
        runs.append(pool.submit(ends_without_a_broker, storesim))
        results = [run.result() for run in runs]
    for good, what in results:
        print("ok " if good else "BAD", what)
    return 0 if all(good for good, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
