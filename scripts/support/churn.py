"""Services whose Pods are replaced while they are used, with and without a reap."""

import collections
import concurrent.futures
import threading
import time
import typing

from ledger import Ledger
from mesh import CHURNED, PAUSE, SERVICES, SETTLE, SKEW, Client, Pod, Unexpected, say
from watching import reaping_by_ztunnel


class Life(typing.NamedTuple):
    """How the Pods of a service live, one after the other, in seconds."""

    kind: str
    # Between the end of a Pod and the next one that is given its address, by the number of the Pod.
    unused: typing.Callable[[int], float]
    quiet: float = PAUSE  # Without a request, after the first ones.
    busy: float = 0  # And then with some of each worker until the Pod goes,
    every: float = 1  # each after such a pause.
    starting: float = 0  # From when it could be used to the first request.
    loses: bool = False  # Whether a request is lost with it: under way, or sent a moment too late.
    waiting: float = 0  # Before the first Pod, so that not all go at once.


class Churn:
    """Services whose Pods are replaced again and again while they are used.

    As in a mesh, a service is used while it has a ready Pod, and its address is given to the next
    Pod some seconds after the last one went.
    """

    def __init__(self, lab, lives, replacements, uses_cart=False, limit=2):
        """A churn of services, each with its life; clients wait so many seconds for an answer."""
        self.lab, self.ledger, self.limit = lab, Ledger(lab), limit
        self.lives, self.replacements, self.uses_cart = lives, replacements, uses_cart
        self.ending, self.counting = threading.Event(), threading.Lock()
        # How requests ended, by the kind of life; those that were lost with a Pod for themselves.
        self.outcomes = collections.defaultdict(collections.Counter)
        used = [*lives, *(["cart"] if uses_cart else [])]
        # One of each worker thread, and the same for what is lost.
        self.clients = {service: [Client(lab), Client(lab)] for service in used}
        self.losing = {
            service: [Client(lab), Client(lab)] for service in used if self.loses(service)
        }

    def loses(self, service):
        return service in self.lives and self.lives[service].loses

    def run(self, reaping=None):
        """Lives through it, while a watch that reaps is there."""
        self.ledger.note(self.lab.cart)
        with concurrent.futures.ThreadPoolExecutor(2 * len(self.lives) + 2) as self.pool:
            try:
                background = [self.pool.submit(self.use_cart)] if self.uses_cart else []
                if reaping:
                    background.append(self.pool.submit(self.reap, reaping))
                for replaced in [self.pool.submit(self.replace, service) for service in self.lives]:
                    replaced.result()
            finally:
                self.ending.set()
            for thread in background:
                thread.result()

    def replace(self, service):
        """Uses a service and replaces its Pod, turn by turn."""
        life = self.lives[service]
        self.pause(life.waiting)
        for turn in range(self.replacements + 1):
            pod = Pod(self.lab, f"{service}-{turn}", SERVICES[service])
            self.pause(life.starting)
            self.ledger.note_stale(pod, life.kind)
            for _ in range(5):
                self.use(service, life.kind)
                self.pause(0.2)
            noted = self.ledger.note(pod)
            if turn == self.replacements:
                return
            self.pause(life.quiet)
            self.keep_busy(service, life)
            noted |= self.ledger.note(pod)
            send_late = self.lose(service, turn) if life.loses else None
            self.ledger.note_end(pod, noted, life.kind)
            pod.delete()
            pod.gone = time.time()
            if send_late:
                send_late()
            self.pause(pod.gone + life.unused(turn) - time.time())

    def keep_busy(self, service, life):
        end = time.time() + life.busy
        while time.time() < end:
            self.use(service, life.kind)
            self.pause(life.every)

    def lose(self, service, turn):
        """Sends a request that its Pod executes and has no time to answer.

        Or gives what to call when the Pod has gone, to send one before the mesh hears of that.
        """
        client = self.losing[service][turn // 2 % 2]
        kind = f"lost {self.lives[service].kind}"

        def send(path):
            client.send(service, path, "POST")
            self.pool.submit(self.count, client, kind)

        if turn % 2:
            return lambda: send("/")
        send("/slower")
        self.pause(0.5)
        return None

    def use_cart(self):
        while not self.ending.wait(0.1):
            self.use("cart", "cart")

    def use(self, service, kind):
        """A request of each worker thread."""
        for client in self.clients[service]:
            client.send(service, "/", "POST")
            self.count(client, kind)

    def count(self, client, kind):
        """Counts how a request ends."""
        outcome = client.outcome(self.limit)
        if outcome.startswith("no answer"):
            client.connect()
        with self.counting:
            # Whoever answered, it was an answer.
            self.outcomes[kind]["200" if outcome.startswith("200 ") else outcome] += 1

    def pause(self, seconds):
        if self.ending.wait(max(0, seconds)):
            raise Unexpected("interrupted")

    def reap(self, reaping):
        """Lets halfopen watch, and destroy, while it is told of the Pods again and again."""
        with reaping(self.lab, self.ledger.take) as (tell, every):
            while not self.ending.wait(every):
                tell()

    @property
    def total(self):
        """How requests ended, of every kind."""
        return sum(self.outcomes.values(), collections.Counter())

    def tell(self):
        say(f"{len(self.lives) * self.replacements} Pods were replaced.")
        for kind, outcomes in sorted(self.outcomes.items()):
            counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
            print(f"    requests ({kind}): {counts}", flush=True)
        self.ledger.tell()


# How a Pod's end finds its connections, in a mesh whose addresses are used again after 30 s.
COOLED = {"unused": lambda turn: 30}
IDLE = Life("idle", quiet=40, **COOLED)
PAUSED = Life("busy, after a pause", quiet=35, busy=15, **COOLED)
BUSY = Life("busy all the time", busy=50, **COOLED)
PERIOD = 75  # From one Pod to the next, about.


def unused_at_times(turn):
    """Every third address is nobody's for so long that this is sure."""
    return 1 + SKEW + (SETTLE + 1 if turn % 3 == 2 else 0)


def replace_sixty(lab, reaping=None):
    """Pods of six services live for a moment, while their services and cart are used."""
    life = Life("used", unused_at_times, starting=1 + SKEW)
    lives = {service: life for service in list(CHURNED)[:6]}
    churn = Churn(lab, lives, replacements=10, uses_cart=True)
    churn.run(reaping)
    churn.tell()
    return churn


def replace_sixty_slowly(lab, *lives):
    """Pods of twenty services live in different ways, and halfopen knows only what ztunnel does."""
    lives = {
        service: lives[number % len(lives)]._replace(waiting=PERIOD * number / len(CHURNED))
        for number, service in enumerate(CHURNED)
    }
    churn = Churn(lab, lives, replacements=3)
    churn.run(reaping_by_ztunnel)
    churn.tell()
    return churn
