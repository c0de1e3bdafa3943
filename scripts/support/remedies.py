"""What helps against stale connections: the same rollouts under each remedy, counted.

As a program it measures one remedy, and prints what it counted as JSON. The arguments: the remedy's
number and for how many seconds an address is not used.
"""

import collections
import functools
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import typing

import cluster
import mesh
from churn import Churn, Life
from counters import print_table
from watching import reaping_by_snapshots, reaping_by_ztunnel

REPLACEMENTS = 6  # The Pod of each service is replaced so often.
LIMIT = 10  # How long a client waits for an answer, in seconds.
SERVICES = list(mesh.CHURNED)
IDLE, BUSY = SERVICES[:2]
STAYING = SERVICES[2:4]  # Their Pods stay, and their connections are idle, as cart's.
UNUSED = (0, 5, 30)  # For how long an address is not used.
ALIVE = 40  # For how long a Pod lives after its first requests.
TCP_KEEPALIVE = {"keepalive_time": 10, "keepalive_interval": 5, "keepalive_probes": 3}
EACH_SECOND = ["--interval", "1s"]


class Remedy(typing.NamedTuple):
    """What may be done about stale connections."""

    name: str
    waypoint: dict = {}  # What is set in the waypoint.
    reaping: typing.Callable | None = None  # What closes connections from outside.


def by_snapshots(every):
    return functools.partial(reaping_by_snapshots, options=EACH_SECOND, every=every)


REMEDIES = [
    Remedy("nothing"),
    Remedy("retry on reset-before-request", {"retry_on": "reset-before-request"}),
    Remedy("retry on reset", {"retry_on": "reset"}),
    Remedy("HTTP/2 keepalive of the tunnel", {"http2_keepalive": True}),
    Remedy("TCP keepalive of the tunnel", {"tcp_keepalive": TCP_KEEPALIVE}),
    Remedy("idle timeout of the tunnel, 60 s", {"idle_timeout": "60s"}),
    Remedy("idle timeout of the tunnel, 10 s", {"idle_timeout": "10s"}),
    Remedy(
        "the same, and of the service, 5 s",
        {"idle_timeout": "10s", "service_idle_timeout": "5s"},
    ),
    Remedy("watch --reap, a snapshot a minute", reaping=by_snapshots(60)),
    Remedy("watch --reap, a snapshot a second", reaping=by_snapshots(1)),
    Remedy("watch --reap, heartbeat and --ztunnel", reaping=reaping_by_ztunnel),
]


def remedies(stack, folder):
    """Measures every remedy with every reuse of addresses, all at once, and prints a table."""
    # What takes longest begins first.
    cells = [(number, unused) for unused in reversed(UNUSED) for number in range(len(REMEDIES))]
    print(
        f"{2 * REPLACEMENTS} Pods are replaced under each remedy for each pause in the use of"
        f" addresses: {len(cells)} clusters at once.\n",
        flush=True,
    )
    began, running = time.monotonic(), []
    stack.callback(end, running)
    for number, unused in cells:
        with cluster.uninterrupted():
            running.append(start(number, unused))
        # All at once, they would take as long to start.
        time.sleep(1)
    counted = [json.loads(finish(process)) for process in running]
    counted.sort(key=lambda cell: (cell["remedy"], cell["unused"]))
    print(LEGEND)
    print_table([TITLES, *map(row, counted)])
    print("\nWhat halfopen said last of connections that were there for the next Pod:\n")
    print_table([TITLES_OF_STALE, *(line for cell in counted for line in rows_of_stale(cell))])
    print(f"\n{time.monotonic() - began:.0f} s", flush=True)
    for cell in counted:
        mesh.expect(cell["living"] or "-", "-", "the connections of living Pods that were closed")


remedies.longest = 1800
LEGEND = """
left: connections that were there when their Pod went
idle, busy: requests to a Pod that was there, of services that were idle before it went, or not
lost: requests that were under way when a Pod went, or sent a moment later
twice: requests that were executed twice
closed, living: connections that halfopen closed, and those whose Pod lived
"""
TITLES = [
    *("remedy", "unused", "left", "idle", "503", "no answer", "busy", "503", "no answer"),
    *("lost", "503", "no answer", "twice", "closed", "living"),
]
TITLES_OF_STALE = ["remedy", "unused", "stale", "use", "verdict"]


def start(number, unused):
    """Starts to measure one remedy, in a program of its own."""
    program = [sys.executable, "-B", __file__, str(number), str(unused)]
    command = ["setpriv", "--pdeathsig", "TERM", *program]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, start_new_session=True, **streams)


def finish(process):
    """What a program has printed last."""
    output, _ = process.communicate()
    if process.returncode != 0:
        raise mesh.Unexpected(f"a measurement ended with {process.returncode}:\n{output}")
    return output.splitlines()[-1]


def end(running):
    for process in running:
        process.terminate()
    for process in running:
        process.wait()


def row(counted):
    """What was counted under a remedy, as a row of the table."""
    idle, busy, lost = (counted["outcomes"].get(kind, {}) for kind in ("idle", "busy", "lost busy"))
    return [
        REMEDIES[counted["remedy"]].name,
        f"{counted['unused']} s",
        counted["left"],
        *(count for outcomes in (idle, busy, lost) for count in counts(outcomes)),
        *(counted["twice"], counted["closed"], counted["living"]),
    ]


def rows_of_stale(counted):
    """What halfopen knew of the connections that it did not close in time."""
    remedy = REMEDIES[counted["remedy"]]
    if remedy.reaping:
        for kind, judgement, count in sorted(counted["stale"]):
            yield [remedy.name, f"{counted['unused']} s", count, kind, judgement]


def counts(outcomes):
    """How many requests there were, how many of them got a 503, and how many nothing in time."""
    return sum(outcomes.values()), of_kind(outcomes, "503"), of_kind(outcomes, "no answer")


def of_kind(outcomes, beginning):
    """How many requests ended in a way that begins like this."""
    return sum(count for outcome, count in outcomes.items() if outcome.startswith(beginning))


def lives(unused):
    """One service is idle before its Pods go, and the other is used to the end."""
    alike = {"unused": lambda turn: unused}
    idle = Life("idle", quiet=ALIVE, **alike)
    busy = Life("busy", busy=ALIVE, every=2, loses=True, waiting=(ALIVE + unused) / 2, **alike)
    return {IDLE: idle, BUSY: busy}


def measure(stack, folder, number, unused):
    """Lives through the rollouts under one remedy; gives what was counted."""
    remedy = REMEDIES[number]
    lab = mesh.Lab(stack, folder, **remedy.waypoint)
    for service in STAYING:
        lab.first.request(service, f"200 {mesh.Pod(lab, service, mesh.SERVICES[service]).pod_name}")
    churn = Churn(lab, lives(unused), REPLACEMENTS, limit=LIMIT)
    churn.run(remedy.reaping)
    executed = collections.Counter((folder / mesh.EXECUTED).read_text().split())
    ledger = churn.ledger
    return {
        "remedy": number,
        "unused": unused,
        "left": ledger.left.total(),
        "outcomes": churn.outcomes,
        "twice": sum(count > 1 for count in executed.values()),
        "closed": ledger.results["destroyed"],
        "stale": [[*key, count] for key, count in ledger.stale.items()],
        # An idle timeout is right to close the living, too.
        "living": len(ledger.wronged) + len(ledger.lost) if remedy.reaping else "-",
    }


if __name__ == "__main__":
    with cluster.leaving_nothing_behind() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        counted = measure(stack, folder, *map(int, sys.argv[1:]))
    print(json.dumps(counted))
