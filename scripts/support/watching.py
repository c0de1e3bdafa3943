"""A "halfopen watch" that runs beside a scenario, and what it tells."""

import json
import os
import subprocess
import threading

import cluster
from mesh import connection_of, expect


class Watch:
    """A watch over the waypoint's connections, until the end of a "with"."""

    def __init__(self, lab, *options, take=lambda event: None):
        """A watch with options; each event is handed on as it comes."""
        self.command = [os.environ["HALFOPEN"], "watch", *lab.of_waypoint(), *options]
        self.take, self.candidates, self.told = take, {}, []

    def __enter__(self):
        with cluster.uninterrupted():
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *self.command],
                stdout=subprocess.PIPE,
                text=True,
            )
        self.reader = threading.Thread(target=self.read_events)
        self.reader.start()
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        self.reader.join()
        status = self.process.wait()
        if kind is None:
            expect(status, 0, "the exit status of the watch")

    def read_events(self):
        for event in map(json.loads, self.process.stdout):
            if event["type"] not in ("appeared", "changed", "cleared"):
                continue
            connection = connection_of(event)
            judgement = f"{event['verdict']} {event['confidence']} {event['reason']}"
            if event["type"] == "cleared":
                self.candidates.pop(connection, None)
            else:
                self.candidates[connection] = judgement
                self.told.append((connection, judgement))
            self.take(event)

    def told_of(self, connection):
        """Every judgement of a connection as a candidate so far, the first one first."""
        return [judgement for told, judgement in self.told if told == connection]
