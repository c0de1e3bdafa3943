"""A small cluster with a real Envoy as waypoint, its clients, and Pods that are real Envoys.

What the scenarios of the lab look at and act on: what halfopen says of every connection is compared
with what really happened, and with what Envoy answers when it next uses the connection.
"""

import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import cluster
import envoy
import ztunnel

CHURNED = {f"shop-{number}": f"10.244.1.{20 + number}" for number in range(20)}
SERVICES = {
    "cart": "10.244.1.10",
    "orders": "10.244.1.11",
    "orders-v6": "fd00:10:244:1::11",
    "jobs": "10.244.1.11",
    "search": "10.244.2.11",
} | CHURNED
PORT = 15008
SNAPSHOT = "snapshot.json"
SKEW = 1  # What any two clocks may differ by; times of the API are cut to whole seconds.
SETTLE = 10  # What halfopen gives the API to show the truth.
PAUSE = 0.3  # Acknowledgements are delayed by 0.2 s at most.
CURRENT = "current confirmed heard-from-owner idle"
# The same of one that is pinged: its answer may still be under way, or newer than the snapshot.
ALIVE = ("current confirmed heard-from-owner", "current assumed heard-since-snapshot")
CANDIDATES = ("replaced", "deleted", "silent")
REPLACED = "replaced confirmed heard-before-owner-existed idle"
RESET = "503 UC upstream_reset_before_response_started{connection_termination}"
HANG = "no answer in 2 s"
EXECUTED = "executed"  # The file to which Pods add the numbers of posted requests.

# What the Pods serve: their name, or without end on /stream; on /slow and /slower it takes a while,
# on /silent it is only promised, and on /once no more comes after it. Who posts a request leaves
# its number in a file before it is answered.
APPLICATION = """
import http.server, sys, time

class Application(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        body = sys.argv[1].encode()
        if self.path == "/slow":
            time.sleep(0.1)
        if self.path == "/slower":
            time.sleep(2)
        self.send_response(200)
        if self.path == "/stream":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while True:
                self.wfile.write(b"%x\\r\\n%b\\r\\n" % (len(body), body))
                time.sleep(0.1)
        if self.path == "/silent":
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            time.sleep(1000)
        if self.path == "/once":
            self.send_header("Connection", "close")
        self.send_header("Content-Length", len(body))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        with open(sys.argv[2], "a") as executed:
            executed.write(self.headers["X-Number"] + "\\n")
        self.do_GET()

server = http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Application)
print("ready", flush=True)
server.serve_forever()
"""


class Unexpected(Exception):
    """Something did not come as it should have."""


def say(text):
    print(f"\n{text}", flush=True)


def expect(actual, expected, what):
    if actual != expected:
        raise Unexpected(f"{what}:\n    expected {expected}\n    but got  {actual}")


def connection_of(finding):
    """The peer's address and the local port, which is how connections are told apart here."""
    return finding["peer"]["address"], finding["local"]["port"]


def candidates(found):
    """The connections among the judged that somebody should look at."""
    return {end: text for end, text in found.items() if text.startswith(CANDIDATES)}


class Pod(cluster.Pod):
    """A Pod with an Envoy that ends tunnels, and an application."""

    gone = None  # When its network was, in seconds since 1970.

    def __init__(self, cluster, name, *addresses, **tunnels):
        """A Pod; how its tunnels end is up to the options of Envoy's configuration."""
        self.tunnels = tunnels
        super().__init__(cluster, name, *addresses)

    def run_containers(self):
        self.run_application()
        self.run_tunnels()

    def run_application(self):
        executed = self.cluster.folder / EXECUTED
        self.application = self.start_python(APPLICATION, self.pod_name, executed)

    def run_tunnels(self):
        folder = self.cluster.folder / self.pod_name
        folder.mkdir()
        tunnels = {"pings": self.cluster.pings} | self.tunnels
        configuration = envoy.pod(self.cluster.folder, **tunnels)
        self.envoy = envoy.start(self, folder, configuration, workers=1)

    def stop(self):
        """The end of its tunnels does nothing, as when a node is stopped; its kernel answers."""
        self.envoy.send_signal(signal.SIGSTOP)

    def resume(self):
        self.envoy.send_signal(signal.SIGCONT)

    def wait_until_itself(self):
        """Waits until what is heard from the address is surely this Pod's."""
        cluster.wait_until(self.network_ready + 1 + SKEW)


class DrainingPod(Pod):
    """A Pod whose tunnels are ended as ztunnel does it, also when it drains."""

    def run_tunnels(self):
        program = pathlib.Path(ztunnel.__file__).read_text()
        grace = self.tunnels["grace"]
        self.ztunnel = self.start_python(program, self.cluster.folder, "10", str(grace))

    def drain(self):
        """Stops the pings, and leaves the old streams alone for a while."""
        self.ztunnel.stdin.write("drain\n")
        self.ztunnel.stdin.flush()


class Client:
    """A client of the waypoint with a connection of its own, which one worker thread serves."""

    numbers = itertools.count(1)

    def __init__(self, lab):
        self.lab, self.kept = lab, []
        self.connect()

    def leave_open(self, service, path):
        """Sends a request whose answer has no end, and goes on with another connection."""
        before = self.lab.connections()
        self.send(service, path)
        self.kept.append((self.connection, self.connection.getresponse()))
        self.connect()
        (connection,) = self.lab.connections() - before
        return connection

    def connect(self):
        self.connection = envoy.LocalConnection(self.lab.folder / "waypoint/http")
        self.connection.connect()

    def send(self, service, path="/", method="GET"):
        self.service, self.number = service, next(Client.numbers)
        self.connection.request(method, path, headers={"Host": service, "X-Number": self.number})

    def outcome(self, limit=2):
        """How the request that was sent last ended."""
        self.connection.sock.settimeout(limit)
        try:
            response = self.connection.getresponse()
            body = response.read().decode()
            return f"200 {body}" if response.status == 200 else self.logged()
        except TimeoutError:
            return f"no answer in {limit} s"

    def logged(self):
        """What the waypoint's log says of the request that was sent last."""
        limit = time.monotonic() + 10
        while time.monotonic() < limit:
            for line in (self.lab.folder / "waypoint/access.log").read_text().splitlines():
                number, _, outcome = line.partition(" ")
                if number == str(self.number):
                    return outcome
            time.sleep(0.05)
        raise Unexpected("Envoy logged nothing of a request within 10 s")

    def request(self, service, expected, path="/"):
        self.send(service, path)
        self.expect(expected)
        self.answered = time.time()

    def expect(self, expected):
        """Holds how the request that was sent last ended against what is expected of it."""
        outcome = self.outcome()
        print(f"    {self.service:10} {outcome}", flush=True)
        expect(outcome, expected, f"the answer of {self.service}")

    def open(self, service, pod, path="/"):
        """Sends a request that needs a new connection; gives its peer's address and local port."""
        before = self.lab.connections()
        self.request(service, f"200 {pod.pod_name}", path)
        (connection,) = self.lab.connections() - before
        time.sleep(PAUSE)
        return connection


class Lab(cluster.Cluster):
    """A cluster with a waypoint, two clients on a worker thread each, and a Pod that is left alone.

    Whatever hangs is the first client's: the second is free to look at the Pod in the end.
    """

    def __init__(self, stack, folder, pings=True, **remedies):
        """A cluster whose Pods ping, or none of them does; the waypoint may have remedies."""
        super().__init__(stack, "lab")
        self.folder, self.pings = folder, pings
        envoy.make_certificate(folder)
        self.waypoint = cluster.Pod(self, "waypoint", "10.244.0.2", "fd00:10:244::2")
        (folder / "waypoint").mkdir()
        configuration = envoy.waypoint(folder / "waypoint", folder, SERVICES, **remedies)
        envoy.start(self.waypoint, folder / "waypoint", configuration, workers=2)
        self.cart = Pod(self, "cart", SERVICES["cart"])
        self.first, self.second = Client(self), Client(self)
        self.cart.wait_until_itself()
        say("cart answers once; its connection is idle from now on, and must never be a candidate.")
        # What is answered at once leaves the kernel's times as an answered ping does.
        self.idle = self.second.open("cart", self.cart, "/" if pings else "/slow")

    def add_pod(self, name, *services, kind=Pod, **tunnels):
        """A Pod that is ready and surely itself, behind these services."""
        addresses = [SERVICES[service] for service in services or ["orders"]]
        pod = kind(self, name, *addresses, **tunnels)
        pod.wait_until_itself()
        return pod

    def connections(self):
        """The established connections to Pods, by peer's address and local port."""
        query = ["state", "established", "dport", "=", f":{PORT}"]
        lines = subprocess.run(
            ["ss", "-HtnO", "-N", self.waypoint.name, *query],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.splitlines()
        ends = [line.split()[2:4] for line in lines]
        return {
            (peer.rsplit(":", 1)[0].strip("[]"), int(local.rsplit(":", 1)[1]))
            for local, peer in ends
        }

    def cookies(self, address):
        """The kernel's identifiers of the established connections to an address."""
        query = ["state", "established", "dst", address, "dport", "=", f":{PORT}"]
        lines = subprocess.run(
            ["ss", "-HtneO", "-N", self.waypoint.name, *query],
            check=True,
            stdout=subprocess.PIPE,
            # It looks for cgroups, too, and says where it finds none.
            stderr=subprocess.DEVNULL,
            text=True,
        ).stdout.splitlines()
        return {int(re.search(r" sk:([0-9a-f]+)", line)[1], 16) for line in lines}

    def of_waypoint(self):
        """The options of halfopen for every question about the waypoint."""
        return ["-N", self.waypoint.name, "--clock-skew", f"{SKEW}s"]

    def take_snapshot(self, listing, name=SNAPSHOT):
        """Writes a snapshot of this moment; gives the options that name it."""
        captured = cluster.timestamp()
        (self.folder / name).write_text(json.dumps(listing, indent=4) + "\n")
        return cluster.of_snapshot(name, captured)

    def publish(self, name="pods.json"):
        """Writes a snapshot of this moment that says when it was taken; gives its file."""
        captured, listing = cluster.timestamp(), self.folder / "list.json"
        listing.write_text(json.dumps(self.listing()))
        compact = [os.environ["HALFOPEN"], "snapshot", *cluster.of_snapshot(listing, captured)]
        new = self.folder / "pods.new"
        with open(new, "wb") as file:
            subprocess.run(compact, check=True, stdout=file)
        return new.rename(self.folder / name)

    def ask_halfopen(self, listing, *options):
        return cluster.halfopen(
            self.folder, *self.take_snapshot(listing), *self.of_waypoint(), *options
        )

    def verdicts(self, *options):
        """What halfopen says of each connection, and its answer."""
        answer, _ = cluster.halfopen(
            self.folder, *self.of_waypoint(), *options, "--all", "-o", "json"
        )
        facts = ("verdict", "confidence", "reason", "health")
        found = {
            connection_of(finding): " ".join(finding[fact] or "-" for fact in facts)
            for finding in json.loads(answer.stdout)["findings"]
        }
        return found, answer

    def scan(self, expected, *options, status=None):
        """Holds what halfopen says of each connection against what is expected of it.

        Without options, it is given a snapshot of this moment.
        """
        expected = {self.idle: ALIVE} | expected
        options = options or self.take_snapshot(self.listing())
        say(cluster.halfopen(self.folder, *options, *self.of_waypoint())[1])
        found, answer = self.verdicts(*options)
        # Where only the verdict is known beforehand, only the verdict is compared.
        compared = {
            end: expected[end] if end in expected and text.startswith(expected[end]) else text
            for end, text in found.items()
        }
        expect(compared, expected, "the verdicts")
        expect(set(found), self.connections(), "the connections")
        if status is None:
            status = 1 if candidates(found) else 0
        expect(answer.returncode, status, "halfopen's exit status")

    def reap(self, expected, *options):
        """Lets halfopen destroy what is proven, and compares the outcome with what is expected."""
        # A cluster this small gives no second opinion on a snapshot.
        answer, _ = self.ask_halfopen(
            self.listing(), "reap", "--yes", "--yes", "-o", "json", *options
        )
        print(answer.stderr, end="", flush=True)
        found = {
            connection_of(finding): finding["result"]
            for finding in json.loads(answer.stdout)["findings"]
        }
        for (address, port), result in found.items():
            print(f"    {result}: the connection from port {port} to {address}", flush=True)
        expect(found, expected, "what happened to the candidates")
        expect(answer.returncode, 0, "the exit status of reap")
        expect(self.connections() & set(expected), set(), "the connections that were destroyed")

    def verify_idle_connection(self):
        """The connection that was left alone is alive: the next request uses no other."""
        before = self.connections()
        self.second.request("cart", "200 cart")
        after = self.connections()
        # Others may close: Envoy drops hosts that were unused for a minute.
        expect(after - before, set(), "the new connections for a request on the idle one")
        expect(self.idle in after, True, "that the idle connection is still open")
