"""What an idle connection to :15008 adds to the kernel's counters: pings, and what is no ping.

halfopen recognizes pings by what they add. Each pattern here is a connection of its own, from a
real Envoy as waypoint to another in ztunnel's place, and is left alone for a minute.
"""

import collections
import itertools
import re
import subprocess
import time
import typing

import cluster
import envoy
import mesh

DURATION = 65
PAUSE = 0.25  # Between two readings. What moves within less is one event: a delayed ACK, too.
LOOKS = 11.5  # What two looks that are compared are apart.
COUNTERS = {
    "bytes_received": "received",
    "bytes_acked": "acked",
    "data_segs_in": "data in",
    "data_segs_out": "data out",
    "segs_in": "segs in",
    "segs_out": "segs out",
}

# Either end of a stream: says so many bytes at a time that both clocks agree on, and answers.
END = """
import contextlib, socket, sys, threading, time

place, says, every, offset, answers = sys.argv[1], *map(float, sys.argv[2:])

def speak(connection):
    while says:
        time.sleep(every - (time.time() - offset) % every)
        connection.sendall(bytes(int(says)))

def listen(connection):
    with contextlib.suppress(OSError):
        while connection.recv(1 << 20):
            if answers:
                connection.sendall(bytes(int(answers)))

def run(connection):
    threading.Thread(target=listen, args=[connection]).start()
    # Sooner or later the other end goes.
    with contextlib.suppress(OSError):
        speak(connection)

if place == "server":
    server = socket.create_server(("127.0.0.1", 8080))
    print("ready", flush=True)
    while True:
        threading.Thread(target=run, args=server.accept()[:1]).start()
connection = socket.socket(socket.AF_UNIX)
connection.connect(place)
print("ready", flush=True)
run(connection)
"""


class End(typing.NamedTuple):
    """What one end of a stream does by itself, in bytes and seconds."""

    says: int = 0
    every: float = 10
    offset: float = 0
    answers: int = 0

    def arguments(self):
        return [str(number) for number in self]


class Pattern(typing.NamedTuple):
    """A connection that is quiet in its own way."""

    name: str
    server: End | None = None  # A stream; else the connection is left alone after one request.
    client: End | None = None
    grpc: bool = False
    path: str = "/"
    waypoint: str = "waypoint"
    tunnels: dict = {}


class Waypoint(typing.NamedTuple):
    """A waypoint that is different: in what it does, or in the kernel that it stands for."""

    address: str
    pings: bool = False
    settings: dict = {}


PINGS = {"pings": True}
OLD = {"tls_maximum_protocol_version": "TLSv1_2"}
CHACHA = OLD | {"cipher_suites": ["ECDHE-ECDSA-CHACHA20-POLY1305"]}
LIFE = {"common_http_protocol_options": {"max_connection_duration": "15s"}, "drain_timeout": "30s"}
WAYPOINTS = {
    "waypoint": Waypoint("10.244.0.2"),
    "kernel-5.1": Waypoint("10.244.0.3", settings={"net.ipv4.tcp_pingpong_thresh": "3"}),
    "agentgateway": Waypoint("10.244.0.4", pings=True),
}
PATTERNS = [
    Pattern("pings, TLS 1.3", tunnels=PINGS),
    Pattern("pings, TLS 1.3, kernels 5.1 to 6.6", tunnels=PINGS, waypoint="kernel-5.1"),
    Pattern("pings, TLS 1.2, AES", tunnels=PINGS | {"tls_parameters": OLD}),
    Pattern("pings, TLS 1.2, ChaCha20", tunnels=PINGS | {"tls_parameters": CHACHA}),
    Pattern("pings of both ends", tunnels=PINGS, waypoint="agentgateway"),
    Pattern("pings of the client alone", waypoint="agentgateway"),
    Pattern("pings and a silent stream", tunnels=PINGS, path="/silent"),
    Pattern("pings, then GOAWAY and an old stream", tunnels=PINGS | LIFE, path="/silent"),
    Pattern("none"),
    Pattern("gRPC keepalive of a server behind a waypoint", grpc=True),
    Pattern("gRPC keepalive of a server, in a stream", End(says=17), End(answers=17)),
    Pattern("gRPC keepalive of a client, in a stream", End(answers=17), End(says=17)),
    Pattern("gRPC keepalive of a server, in TLS, in a stream", End(says=39), End(answers=39)),
    Pattern("AMQP, the server 5 ms earlier", End(says=8), End(says=8, offset=0.005)),
    Pattern("AMQP, the client 5 ms earlier", End(says=8, offset=0.005), End(says=8)),
    Pattern("AMQP, the server 0.1 s earlier", End(says=8), End(says=8, offset=0.1)),
    Pattern("AMQP, 5 s apart", End(says=8), End(says=8, offset=5)),
    Pattern("AMQP, 30 s, together", End(says=8, every=30), End(says=8, every=30, offset=0.005)),
    Pattern("AMQP and pings", End(says=8), End(says=8, offset=0.005), tunnels=PINGS),
    Pattern("8 bytes of the server, answered", End(says=8), End(answers=8)),
    Pattern("8 bytes of the client, answered", End(answers=8), End(says=8)),
    Pattern("NATS: 6 bytes of the server, answered", End(says=6), End(answers=6)),
    Pattern("WebSocket: 2 bytes of the server, 6 back", End(says=2), End(answers=6)),
    Pattern("8 bytes a second of the server", End(says=8, every=1), End()),
    Pattern("64 KiB a second of the server", End(says=65536, every=1), End()),
    Pattern("64 KiB a second of the client", End(), End(says=65536, every=1)),
]


class Pod(mesh.Pod):
    """A Pod whose application is quiet in one of the ways."""

    def __init__(self, owner, name, address, pattern):
        self.pattern = pattern
        super().__init__(owner, name, address, **pattern.tunnels)

    def run_application(self):
        if self.pattern.server:
            self.start_python(END, "server", *self.pattern.server.arguments())
        elif self.pattern.grpc:
            folder = self.cluster.folder / f"{self.pod_name}-application"
            folder.mkdir()
            envoy.start(self, folder, envoy.grpc_server(), workers=1)
        else:
            super().run_application()


class Measuring(cluster.Cluster):
    """A cluster with a Pod for each pattern."""

    def __init__(self, stack, folder):
        super().__init__(stack, "lab")
        self.folder, self.pings = folder, False
        envoy.make_certificate(folder)
        self.services = {
            f"service-{number}": (pattern, f"10.244.1.{number}")
            for number, pattern in enumerate(PATTERNS, 1)
        }
        self.waypoints = {name: self.start_waypoint(name) for name in WAYPOINTS}
        for name, (pattern, address) in self.services.items():
            Pod(self, f"pod-{address.rsplit('.', 1)[1]}", address, pattern)

    def start_waypoint(self, name):
        special = WAYPOINTS[name]
        pod = cluster.Pod(self, name, special.address)
        for setting, value in special.settings.items():
            cluster.ip("netns", "exec", pod.name, "sysctl", "-qw", f"{setting}={value}")
        folder = self.folder / name
        folder.mkdir()
        own = {service: pair for service, pair in self.services.items() if pair[0].waypoint == name}
        configuration = envoy.waypoint(
            folder,
            self.folder,
            {service: address for service, (_, address) in own.items()},
            streams=[service for service, (pattern, _) in own.items() if pattern.server],
            grpc=[service for service, (pattern, _) in own.items() if pattern.grpc],
            http2_keepalive=special.pings,
        )
        envoy.start(pod, folder, configuration, workers=1)
        return pod

    def begin(self, service):
        """Opens the connection of a pattern."""
        pattern, _ = self.services[service]
        folder = self.folder / pattern.waypoint
        if pattern.server:
            waypoint = self.waypoints[pattern.waypoint]
            waypoint.start_python(END, folder / service, *pattern.client.arguments())
            return None
        client = envoy.LocalConnection(folder / "http")
        client.request("GET", pattern.path, headers={"Host": service, "X-Number": 0})
        answer = client.getresponse()
        mesh.expect(answer.status, 200, f"the answer of {service}")
        if pattern.path == "/":
            answer.read()
        return client

    def readings(self):
        """The counters of each connection, by the address of its peer."""
        return {
            address: counters
            for waypoint in self.waypoints.values()
            for (address, _), counters in read_counters(waypoint.name)
        }


def read_counters(namespace):
    """Each established connection to a Pod, as the lab calls it, and its counters."""
    query = ["state", "established", "dport", "=", f":{mesh.PORT}"]
    lines = subprocess.run(
        ["ss", "-HtinO", "-N", namespace, *query], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()
    for line in lines:
        # What is 0 is not shown.
        facts = collections.Counter(
            {name: int(number) for name, number in re.findall(r" (\w+):(\d+)(?= |$)", line)}
        )
        local, peer = (end.rsplit(":", 1) for end in line.split()[2:4])
        yield (peer[0].strip("[]"), int(local[1])), facts


def events(readings):
    """What each event added, in the order of COUNTERS; an event ends where nothing moves."""
    steps = [
        tuple(after[name] - before[name] for name in COUNTERS)
        for before, after in itertools.pairwise(readings)
    ]
    for moved, together in itertools.groupby(steps, any):
        if moved:
            yield tuple(map(sum, zip(*together)))


def ping_size(before, after):
    """The bytes of each ping, if all that was added could be pings and their answers."""
    added = {name: after[name] - before[name] for name in COUNTERS}
    count = added["data_segs_in"]
    if (
        count > 0
        and added["data_segs_out"] == added["segs_out"] == count
        and added["bytes_received"] == added["bytes_acked"]
        and added["bytes_received"] % count == 0
    ):
        return added["bytes_received"] // count
    return None


def describe(pattern, readings):
    """The rows of a pattern: one for each kind of event."""
    apart = round(LOOKS / PAUSE)
    looks = list(zip(readings, readings[apart:]))
    sizes = collections.Counter(filter(None, (ping_size(*look) for look in looks)))
    taken = ", ".join(f"{size} B in {count} of {len(looks)}" for size, count in sizes.items())
    heard = [facts for facts in readings if facts["data_segs_in"] and facts["data_segs_out"]]
    same = sum(facts["lastsnd"] == facts["lastrcv"] for facts in heard)
    later = sum(facts["lastack"] < facts["lastrcv"] for facts in heard)
    kinds = collections.Counter(events(readings)).most_common(4) or [((0,) * len(COUNTERS), 0)]
    for number, (added, count) in enumerate(kinds):
        last = [same, later, taken or "never"] if number == 0 else [""] * 3
        yield [pattern.name if number == 0 else "", count, *added, *last]


def print_table(rows):
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [
            str(cell).ljust(width) if isinstance(cell, str) else str(cell).rjust(width)
            for cell, width in zip(row, widths)
        ]
        print("  ".join(cells).rstrip(), flush=True)


def heartbeat_counters(stack, folder):
    """Lets each pattern run for a minute, and says what it added."""
    measuring = Measuring(stack, folder)
    # What is no longer referred to is closed.
    clients = [measuring.begin(service) for service in measuring.services]
    time.sleep(3)
    print(f"{len(clients)} connections are left to themselves for {DURATION} s.\n", flush=True)
    readings = collections.defaultdict(list)
    began = time.monotonic()
    for number in range(round(DURATION / PAUSE)):
        for address, counters in measuring.readings().items():
            readings[address].append(counters)
        time.sleep(max(0, began + (number + 1) * PAUSE - time.monotonic()))
    titles = ["each time", "times", *COUNTERS.values(), "same tick", "ACK later", "like pings"]
    rows = [
        row
        for pattern, address in measuring.services.values()
        for row in describe(pattern, readings[address])
    ]
    print_table([titles, *rows])
