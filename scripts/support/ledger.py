"""Whose each connection really is, and whether one was closed whose Pod lived."""

import collections
import datetime

from mesh import expect
from watching import judgement_of


class Ledger:
    """The connections to Pods whose addresses are used again, by the kernel's cookies."""

    def __init__(self, lab):
        self.lab, self.pod_of = lab, {}
        # What halfopen did, and what it said last of each connection.
        self.results, self.said = collections.Counter(), {}
        # Those that it says it closed although their Pod lived; and those that were closed before
        # their Pod went, whoever did it.
        self.wronged, self.lost = [], []
        # How many were left when their Pod went; and those that were there still when the next one
        # had the address, with what halfopen said of them: by the kind of life.
        self.left, self.stale = collections.Counter(), collections.Counter()

    def note(self, pod):
        """Whatever is connected to a Pod's address and was not before is connected to this Pod."""
        cookies = self.lab.cookies(pod.addresses[0])
        for cookie in cookies:
            self.pod_of.setdefault(cookie, pod)
        return {cookie for cookie in cookies if self.pod_of[cookie] is pod}

    def note_end(self, pod, noted, kind):
        """What is connected to a Pod that is about to go, and should be all that was noted."""
        left = self.note(pod)
        self.lost += noted - left
        self.left[kind] += len(left)

    def note_stale(self, pod, kind):
        """What is connected to a Pod's address, and was so before it had that."""
        for cookie in self.lab.cookies(pod.addresses[0]) & set(self.pod_of):
            if self.pod_of[cookie] is not pod:
                self.stale[kind, self.said.get(cookie, "nothing")] += 1

    def take(self, event):
        """What a watch says and does."""
        self.said[int(event["cookie"], 16)] = judgement_of(event)
        if event["type"] in ("appeared", "changed") and event["result"]:
            self.results[event["result"]] += 1
            if event["result"] == "destroyed":
                self.verify_gone(event, datetime.datetime.fromisoformat(event["generatedAt"]))

    def verify_gone(self, finding, moment):
        pod = self.pod_of.get(int(finding["cookie"], 16))
        if pod is None or pod.gone is None or pod.gone > moment.timestamp():
            self.wronged.append(finding)

    def tell(self):
        results = ", ".join(f"{count} {result}" for result, count in self.results.items())
        print(
            f"    {self.left.total()} connections were left; halfopen: {results or 'nothing'}\n"
            f"    a living Pod's: {len(self.wronged)} of those that it says it closed,"
            f" {len(self.lost)} of all that were closed",
            flush=True,
        )
        for (kind, judgement), count in self.stale.items():
            print(f"    {count} were there for the next Pod ({kind}): {judgement}", flush=True)
        expect(self.wronged, [], "the connections of living Pods that were destroyed")
        expect(self.lost, [], "the connections of living Pods that have gone")
