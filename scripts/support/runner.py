"""Runs scenarios, each in a cluster and a process of its own, in parallel or one alone."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

import cluster
import envoy
from mesh import Lab, Unexpected, say

LONGEST = 240  # A scenario that takes longer, in seconds, hangs.
LONGEST_LONG = 600


class Runner:
    """The scenarios of a program, by their names."""

    def __init__(self, program, description, scenarios, long, measurements):
        """A runner of a program, which is started again for each of several scenarios."""
        self.program, self.description = program, description
        self.scenarios, self.long = by_name(scenarios), by_name(long)
        self.measurements = by_name(measurements)

    def live_through(self, stack, name):
        """One scenario in a cluster of its own."""
        scenario = (self.scenarios | self.long | self.measurements)[name]
        longest = LONGEST if name in self.scenarios else LONGEST_LONG
        signal.alarm(getattr(scenario, "longest", longest))
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if name in self.measurements:
            scenario(stack, folder)
            return
        lab = Lab(stack, folder, **getattr(scenario, "options", {}))
        scenario(lab)
        say("And the connection that was left alone still is the living Pod's.")
        lab.verify_idle_connection()

    def start(self, name):
        """Starts a scenario in a program of its own, and a thread that relays its output."""
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", sys.executable, self.program, name],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        relayed = threading.Thread(target=relay, args=(name, process.stdout))
        relayed.start()
        return process, relayed

    def side_by_side(self, stack, names):
        """Lives through scenarios at once; fails with those that fail."""
        running = []
        stack.callback(end, running)
        for name in names:
            with cluster.uninterrupted():
                running.append(self.start(name))
        failed = [name for name, (process, _) in zip(names, running) if process.wait() != 0]
        if failed:
            raise Unexpected(f"not as expected: {', '.join(failed)}")

    def run(self, names):
        """Lives through the named scenarios, or all that are not long."""
        if os.geteuid() != 0:
            sys.exit("lab: making network namespaces needs root; run it with sudo")
        with cluster.leaving_nothing_behind() as stack:
            cluster.prepare("openssl", "python3-pip")
            envoy.install()
            began = time.monotonic()
            if len(names) == 1:
                self.live_through(stack, names[0])
            else:
                self.side_by_side(stack, names)
        print(f"\nlab: as expected: {', '.join(names)} ({time.monotonic() - began:.0f} s)")

    def main(self):
        """Runs what the command line names."""
        names = sys.argv[1:] or list(self.scenarios)
        if names[0] in ("-h", "--help"):
            print(f"usage: lab [SCENARIO...]\n\n{self.description}")
            print(f"Scenarios: {', '.join(self.scenarios)}\nLong ones: {', '.join(self.long)}")
            print(f"Measurements: {', '.join(self.measurements)}")
            return
        known = self.scenarios | self.long | self.measurements
        if unknown := set(names) - set(known):
            unknown = ", ".join(sorted(unknown))
            sys.exit(f"lab: no scenario {unknown}; there are: {', '.join(known)}")
        try:
            self.run(names)
        except (Unexpected, subprocess.CalledProcessError) as error:
            sys.exit(f"lab: {error}")


def by_name(scenarios):
    """Scenarios by what the command line calls them."""
    return {scenario.__name__.replace("_", "-"): scenario for scenario in scenarios}


def relay(name, output):
    """Prints what a scenario says, behind its name."""
    for line in filter(str.strip, output):
        print(f"{name:19}| {line}", end="", flush=True)


def end(running):
    for process, _ in running:
        process.terminate()
    for process, relayed in running:
        process.wait()
        relayed.join()
