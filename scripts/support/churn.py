"""Services whose Pods are replaced while they are used, with and without a reap."""

import collections
import concurrent.futures
import datetime
import threading
import time

from mesh import CHURNED, HANG, PAUSE, SETTLE, SKEW, Client, Unexpected, expect, say
from watching import Watch

REPLACEMENTS = 10  # For the Pod of each service, in a churn.


class Churn:
    """Services whose Pods are replaced again and again while they are used.

    As in a mesh, a service is used while it has a ready Pod, and its address is given to the next
    Pod some seconds after the last one went.
    """

    def __init__(self, lab):
        self.lab, self.ending = lab, threading.Event()
        self.outcomes, self.results = collections.Counter(), collections.Counter()
        # Who is at the other end of each connection, by the kernel's cookie; and those that were
        # closed although their Pod lived.
        self.pod_of, self.wronged = {}, []
        self.clients = {service: [Client(lab), Client(lab)] for service in [*CHURNED, "cart"]}

    def run(self, reaping):
        self.note_connections(self.lab.cart)
        with concurrent.futures.ThreadPoolExecutor(len(CHURNED) + 2) as pool:
            try:
                background = [pool.submit(self.use_cart)]
                if reaping:
                    background.append(pool.submit(self.reap))
                for replaced in [pool.submit(self.replace, service) for service in CHURNED]:
                    replaced.result()
            finally:
                self.ending.set()
            for thread in background:
                thread.result()

    def replace(self, service):
        """Uses a service and replaces its Pod, turn by turn."""
        for turn in range(REPLACEMENTS + 1):
            pod = self.lab.add_pod(f"{service}-{turn}", service)
            for _ in range(5):
                self.use(service)
                self.pause(0.2)
            answered = time.time()
            self.note_connections(pod)
            if turn == REPLACEMENTS:
                return
            # Every third address is nobody's for so long that this is sure.
            unused = SETTLE + 1 if turn % 3 == 2 else 0
            self.pause(PAUSE)
            pod.delete()
            pod.gone = time.time()
            self.pause(answered + PAUSE + unused + 1 + SKEW - time.time())

    def use_cart(self):
        while not self.ending.wait(0.1):
            self.use("cart")

    def use(self, service):
        """A request of each worker thread."""
        for client in self.clients[service]:
            client.send(service)
            outcome = client.outcome()
            if outcome == HANG:
                client.connect()
            # Whoever answered, it was an answer.
            self.outcomes["200" if outcome.startswith("200 ") else outcome] += 1

    def pause(self, seconds):
        if self.ending.wait(max(0, seconds)):
            raise Unexpected("interrupted")

    def note_connections(self, pod):
        """Whatever is connected to a Pod's address and was not before is connected to this Pod."""
        for cookie in self.lab.cookies(pod.addresses[0]):
            self.pod_of.setdefault(cookie, pod)

    def reap(self):
        """Lets halfopen watch, and destroy, while it is given a new snapshot each second."""
        pods = self.lab.publish()
        reaping = ["--interval", "500ms", "--reap", "--yes", "--yes"]
        with Watch(self.lab, "-s", pods, *reaping, take=self.count_result):
            while not self.ending.wait(1):
                self.lab.publish()

    def count_result(self, event):
        if event["type"] in ("appeared", "changed") and event["result"]:
            self.results[event["result"]] += 1
            if event["result"] == "destroyed":
                self.verify_gone(event, datetime.datetime.fromisoformat(event["generatedAt"]))

    def verify_gone(self, finding, moment):
        pod = self.pod_of.get(int(finding["cookie"], 16))
        if pod is None or pod.gone is None or pod.gone > moment.timestamp():
            self.wronged.append(finding)

    def tell(self):
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))
        say(f"{len(CHURNED) * REPLACEMENTS} Pods were replaced. Requests: {counts}.")
        results = ", ".join(f"{count} {result}" for result, count in self.results.items())
        say(
            f"Connections: {results or 'none'} by reap;"
            f" {len(self.wronged)} of them were a living Pod's."
        )
        expect(self.wronged, [], "the connections of living Pods that were destroyed")
