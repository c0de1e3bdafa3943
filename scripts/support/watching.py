"""A "halfopen watch" that runs beside a scenario, and what it tells."""

import contextlib
import json
import os
import signal
import subprocess
import threading

import cluster
from mesh import connection_of, expect
from node import Node, Ztunnel, child_of


# As soon as three pings are missed.
BY_HEARTBEAT = ["--silent-after", "25s", "--interval", "2s"]


def judgement_of(event):
    return f"{event['verdict']} {event['confidence']} {event['reason']}"


class Watch:
    """A watch over the waypoint's connections, until the end of a "with"."""

    def __init__(self, lab, *options, take=lambda event: None, node=None):
        """A watch with options, on a node or beside all; each event is handed on as it comes."""
        self.command = [os.environ["HALFOPEN"], "watch", *lab.of_waypoint(), *options]
        self.take, self.candidates, self.told = take, {}, []
        self.node = node

    def __enter__(self):
        entering = self.node.entering("--pid", "--mount") if self.node else []
        with cluster.uninterrupted():
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *entering, *self.command],
                stdout=subprocess.PIPE,
                text=True,
            )
        self.reader = threading.Thread(target=self.read_events)
        self.reader.start()
        return self

    def __exit__(self, kind, *_):
        # Whoever entered a node waits for the watch there, and passes no signal on.
        watch = child_of(self.process) if self.node else self.process.pid
        os.kill(watch, signal.SIGTERM)
        self.reader.join()
        status = self.process.wait()
        if kind is None:
            expect(status, 0, "the exit status of the watch")

    def read_events(self):
        for event in map(json.loads, self.process.stdout):
            if event["type"] not in ("appeared", "changed", "cleared"):
                continue
            connection = connection_of(event)
            judgement = judgement_of(event)
            if event["type"] == "cleared":
                self.candidates.pop(connection, None)
            else:
                self.candidates[connection] = judgement
                self.told.append((connection, judgement))
            self.take(event)

    def told_of(self, connection):
        """Every judgement of a connection as a candidate so far, the first one first."""
        return [judgement for told, judgement in self.told if told == connection]


@contextlib.contextmanager
def reaping_by_snapshots(lab, take, options, every=1):
    """A watch that reaps by a snapshot, of which there is a new one every so many seconds.

    Gives what to call for each new one, and how long to wait before.
    """
    # A cluster this small gives no second opinion on a snapshot.
    with Watch(lab, "-s", lab.publish(), "--reap", "--yes", "--yes", *options, take=take):
        yield lab.publish, every


@contextlib.contextmanager
def reaping_by_ztunnel(lab, take, options=BY_HEARTBEAT):
    """A watch that reaps by the heartbeat, and asks the node's ztunnel for the Pods."""
    node = Node(lab.stack)
    ztunnel = Ztunnel(lab, node, "10.244.0.3")
    with Watch(lab, "--ztunnel", "--reap", "--yes", *options, take=take, node=node):
        yield ztunnel.publish, 0.5
