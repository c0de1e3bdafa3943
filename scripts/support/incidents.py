"""Failed requests of a real Envoy, whose cause is known: what an incident leaves behind.

Each incident is lived through at a waypoint of its own, which logs as Istio's does. The folder of
an incident then holds the access log in both encodings, Envoy's debug log, captures of the packets
in the Pods and at the waypoint, snapshots from before and after, and truth.json: why each request
failed.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import cluster
import envoy
import mesh
import ztunnel
from mesh import PAUSE, say

# Istio's default format (pilot/pkg/model/telemetry_logging.go), by the keys of its JSON encoding.
KEYS = {
    "start_time": "%START_TIME%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "protocol": "%PROTOCOL%",
    "response_code": "%RESPONSE_CODE%",
    "response_flags": "%RESPONSE_FLAGS%",
    "response_code_details": "%RESPONSE_CODE_DETAILS%",
    "connection_termination_details": "%CONNECTION_TERMINATION_DETAILS%",
    "upstream_transport_failure_reason": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "duration": "%DURATION%",
    "upstream_service_time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
    "x_forwarded_for": "%REQ(X-FORWARDED-FOR)%",
    "user_agent": "%REQ(USER-AGENT)%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "authority": "%REQ(:AUTHORITY)%",
    "upstream_host": "%UPSTREAM_HOST%",
    "upstream_cluster": "%UPSTREAM_CLUSTER_RAW%",
    "upstream_local_address": "%UPSTREAM_LOCAL_ADDRESS%",
    "downstream_local_address": "%DOWNSTREAM_LOCAL_ADDRESS%",
    "downstream_remote_address": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "requested_server_name": "%REQUESTED_SERVER_NAME%",
    "route_name": "%ROUTE_NAME%",
}
TEXT = (
    '[{start_time}] "{method} {path} {protocol}" {response_code} {response_flags}'
    " {response_code_details} {connection_termination_details}"
    ' "{upstream_transport_failure_reason}" {bytes_received} {bytes_sent} {duration}'
    ' {upstream_service_time} "{x_forwarded_for}" "{user_agent}" "{request_id}" "{authority}"'
    ' "{upstream_host}" {upstream_cluster} {upstream_local_address} {downstream_local_address}'
    " {downstream_remote_address} {requested_server_name} {route_name}\n"
).format(**KEYS)
# What pilot-agent starts Envoy with, and what one would raise to see connections.
LOG_FORMAT = "%Y-%m-%dT%T.%fZ\t%l\tenvoy %n %g:%#\t%v\tthread=%t"
LOGGERS = ",".join(f"{name}:debug" for name in ("connection", "pool", "router", "http", "client"))

KEPT = (
    *("access.log", "access.json", "before.json", "after.json", "waypoint.pcap"),
    "connections.capture",
)
NOISE = (
    "current connecting state",
    "Not closing conn",
    "Executing cleanup()",
    "encode complete",
    "router decoding headers",
    "end stream timestamp recorded",
    "trying to create new connection",
    "idle callback(s)",
    "Internal client connection buffer size",
)

APPLICATION = """
import http.server, socket, struct, sys, time

class Application(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def end(self, hard):
        if hard:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def do_GET(self):
        body = sys.argv[1].encode()
        if self.path == "/slow":
            time.sleep(3)
        if self.path == "/close":
            return self.end(False)
        self.send_response(503 if self.path == "/503" else 200)
        if self.path == "/stream":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while True:
                self.wfile.write(b"%x\\r\\n%b\\r\\n" % (len(body), body))
                time.sleep(0.1)
        if self.path == "/once":
            self.send_header("Connection", "close")
        self.send_header("Content-Length", len(body) * (2 if self.path == "/cut" else 1))
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/cut":
            time.sleep(0.2)
            self.end(True)

server = http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Application)
print("ready", flush=True)
server.serve_forever()
"""

# Writes the TCP packets of eth0 as a capture; ends with the namespace.
SNIFFER = """
import socket, struct, sys, time

source = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
source.bind(("eth0", 0))
with open(sys.argv[1], "wb", buffering=0) as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    print("ready", flush=True)
    while True:
        try:
            packet = source.recv(262144)
        except OSError:
            # The cable is gone.
            break
        now = time.time_ns() // 1000
        head = struct.pack("<IIII", now // 10**6, now % 10**6, len(packet[:96]), len(packet))
        file.write(head + packet[:96])
"""


def log_files(folder, only=None):
    """The access loggers in both encodings, of what a filter lets through."""
    formats = {
        "access.log": {"text_format_source": {"inline_string": TEXT}},
        "access.json": {"json_format": KEYS, "omit_empty_values": True},
    }
    kind = "envoy.extensions.access_loggers.file.v3.FileAccessLog"
    loggers = [
        envoy.named("envoy.access_loggers.file", kind, path=f"{folder}/{file}", log_format=form)
        for file, form in formats.items()
    ]
    return [logger | ({"filter": only} if only else {}) for logger in loggers]


class Pod(mesh.Pod):
    """A Pod with an application that can fail, and a capture of its packets."""

    def __init__(self, lab, name, *addresses, change=None, listens=True, grace=None):
        self.change, self.listens, self.grace = change, listens, grace
        super().__init__(lab, name, *addresses)

    def run_containers(self):
        self.capture = self.cluster.folder / f"{self.pod_name}.pcap"
        self.start_python(SNIFFER, str(self.capture))
        self.application = self.start_python(APPLICATION, self.pod_name)
        folder = self.cluster.folder / self.pod_name
        folder.mkdir()
        if self.grace is not None:
            # As at ztunnel, what is open so long after its drain began is closed.
            program = pathlib.Path(ztunnel.__file__).read_text()
            self.tunnel_end = self.start_python(program, self.cluster.folder, "10", str(self.grace))
        elif self.listens:
            configuration = envoy.pod(self.cluster.folder)
            if self.change:
                self.change(configuration)
            envoy.start(self, folder, configuration, workers=1)
            self.tunnel_end = self.processes[-1]

    def drain(self):
        """GOAWAY on every connection; what is open is closed at the end of the grace period."""
        self.tunnel_end.stdin.write("drain\n")
        self.tunnel_end.stdin.flush()


class Incident:
    """A waypoint that logs everything, its client, and the truth about each request."""

    def __init__(self, lab, name, change=None, log="text"):
        self.lab, self.name, self.folder = lab, name, lab.folder / "incident"
        self.folder.mkdir()
        self.truth, self.pods, self.count = [], [], 0
        self.waypoint = cluster.Pod(lab, "waypoint-2", "10.244.0.3")
        self.waypoint.start_python(SNIFFER, str(self.folder / "waypoint.pcap"))
        services = {name: lab_address for name, lab_address in mesh.SERVICES.items()}
        configuration = envoy.waypoint(self.folder, lab.folder, services)
        listeners = configuration["static_resources"]["listeners"]
        manager = listeners[0]["filter_chains"][0]["filters"][0]["typed_config"]
        manager["access_log"] = log_files(self.folder)
        manager["preserve_external_request_id"] = True
        proxy = listeners[1]["filter_chains"][0]["filters"][0]["typed_config"]
        proxy["access_log"] = log_files(self.folder, {"response_flag_filter": {"flags": ["UF"]}})
        configuration["static_resources"]["clusters"][-1]["connect_timeout"] = "10s"
        if change:
            change(configuration)
        if log == "json":
            keys = {
                "level": "%l",
                "time": "%Y-%m-%dT%T.%fZ",
                "scope": "envoy %n",
                "msg": "%j",
                "caller": "%g:%#",
                "thread": "%t",
            }
            configuration["application_log_config"] = {"log_format": {"json_format": keys}}
        self.start(self.waypoint, self.folder, configuration, log)
        self.connect()

    def start(self, namespace, folder, configuration, log):
        configuration["admin"] = {"address": {"pipe": {"path": f"{folder}/admin"}}}
        (folder / "envoy.config").write_text(json.dumps(configuration, indent=2))
        form = ["--log-format", LOG_FORMAT] if log == "text" else []
        namespace.start(
            envoy.PROGRAM,
            *("-c", folder / "envoy.config", "--config-yaml", "{}", "--concurrency", "1"),
            *("--disable-hot-restart", "--file-flush-interval-msec", "50", "--log-path"),
            *(folder / "envoy.log", "-l", "info", "--component-log-level", LOGGERS, *form),
        )
        limit = time.monotonic() + 20
        while not envoy.is_ready(f"{folder}/admin"):
            if time.monotonic() > limit:
                raise mesh.Unexpected((folder / "envoy.log").read_text()[-2000:])
            time.sleep(0.05)

    def connect(self):
        self.client = envoy.LocalConnection(self.folder / "http")
        self.client.connect()

    def add_pod(self, name, service="orders", **options):
        pod = Pod(self.lab, name, mesh.SERVICES[service], **options)
        self.pods.append(pod)
        return pod

    def snapshot(self, name):
        listing = self.lab.listing()
        document = [os.environ["HALFOPEN"], "snapshot", "-s", "-", "--cluster-wide"]
        document += ["--captured-at", cluster.timestamp()]
        output = subprocess.run(
            document, input=json.dumps(listing), text=True, check=True, stdout=subprocess.PIPE
        ).stdout
        (self.folder / f"{name}.json").write_text(output)

    def capture_connections(self):
        """Records the waypoint's connections as they are now."""
        file = self.folder / "connections.capture"
        command = [os.environ["HALFOPEN"], "capture", "-N", self.waypoint.name]
        subprocess.run([*command, "--output-file", file], check=True)

    def send(self, service="orders", path="/", client=None):
        self.count += 1
        number = f"{self.name}-{self.count}"
        headers = {"Host": service, "X-Request-Id": number, "User-Agent": "lab/1.0"}
        (client or self.client).request("GET", path, headers=headers)
        return number

    def expect(self, number, status, cause, client=None):
        """Reads an answer; notes why the request failed: a cause, or None."""
        client = client or self.client
        client.sock.settimeout(15)
        try:
            response = client.getresponse()
            response.read()
            got = response.status
        except Exception as error:  # An answer that is cut.
            got = type(error).__name__
            client.close()
        self.note(number, cause)
        print(f"    {number:24} {got}", flush=True)
        mesh.expect(str(got), str(status), f"the answer to {number}")
        if client is self.client and client.sock is None:
            self.connect()

    def request(self, status, cause=None, service="orders", path="/"):
        self.expect(self.send(service, path), status, cause)
        self.answered = time.time()

    def note(self, number, cause):
        self.truth.append({"request": number, "cause": cause})

    def replace(self, pod, name="orders-v2", service="orders", **options):
        """The Pod goes without a word, and another gets its address after a while."""
        time.sleep(PAUSE)
        self.snapshot("before")
        pod.delete()
        # So long that the new Pod's whole seconds are later than the old one's last word, by more
        # than the two seconds that explain allows any two clocks to differ.
        cluster.wait_until(self.answered + PAUSE + 2 + 1 + 0.5)
        self.capture_connections()
        return self.add_pod(name, service, **options)

    def keep(self, target):
        """Copies what the incident left behind to a folder, cut to what tells something."""
        time.sleep(0.4)
        self.snapshot("after")
        target.mkdir(parents=True)
        (target / "truth.json").write_text(json.dumps(self.truth, indent=1) + "\n")
        for file in KEPT:
            if (self.folder / file).exists():
                shutil.copy(self.folder / file, target)
        log = (self.folder / "envoy.log").read_text().splitlines(keepends=True)
        (target / "envoy.log").write_text("".join(telling(log)))
        for pod in self.pods:
            shutil.copy(pod.capture, target)
        if (self.folder / "gateway/access.log").exists():
            shutil.copy(self.folder / "gateway/access.log", target / "gateway.log")


def telling(lines):
    """The lines of a debug log without Envoy's start and the most talkative messages."""
    kept = True
    for line in lines:
        if line.startswith(("20", "[20", "{")):
            kept = "debug" in line[:60] and not any(noise in line for noise in NOISE)
        if kept:
            yield line


def routes(configuration):
    manager = configuration["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]
    return [
        route
        for host in manager["typed_config"]["route_config"]["virtual_hosts"]
        for route in host["routes"]
    ]


def with_timeout(configuration):
    for route in routes(configuration):
        route["route"]["timeout"] = "1s"


def with_retries(configuration):
    for route in routes(configuration):
        route["route"]["retry_policy"] = {"retry_on": "reset,connect-failure", "num_retries": 2}


def with_filter(name, kind, **fields):
    def change(configuration):
        listener = configuration["static_resources"]["listeners"][0]
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        manager["http_filters"].insert(0, envoy.named(name, kind, **fields))

    return change


def cluster_of(configuration, name="orders"):
    clusters = configuration["static_resources"]["clusters"]
    return next(cluster for cluster in clusters if cluster["name"] == name)


def tunnel_answers(status):
    """A Pod whose tunnel end refuses each CONNECT with a status."""

    def change(configuration):
        listener = configuration["static_resources"]["listeners"][0]
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        route = manager["route_config"]["virtual_hosts"][0]["routes"][0]
        del route["route"]
        route["direct_response"] = {"status": status}

    return change


def stale(lab, log="text", name="stale", first="/once"):
    """A new tunnel through the connection to the Pod that is gone."""
    incident = Incident(lab, name, log=log)
    orders = incident.add_pod("orders-v1")
    incident.request(200, path=first)
    say("orders-v1 goes without a word; orders-v2 gets its address.")
    incident.replace(orders)
    incident.request(503, "stale")
    incident.request(200)
    return incident


def stale_kept(lab):
    """A tunnel that was kept open through the connection to the Pod that is gone."""
    return stale(lab, name="stale-kept", first="/")


def stale_json_log(lab):
    return stale(lab, "json", "stale-json-log")


def stale_plain_log(lab):
    return stale(lab, "plain", "stale-plain-log")


def stale_hidden(lab):
    incident = Incident(lab, "stale-hidden", with_retries)
    orders = incident.add_pod("orders-v1")
    incident.request(200, path="/once")
    incident.replace(orders)
    incident.request(200, "stale-hidden")
    incident.request(200)
    return incident


def stale_stream(lab):
    incident = Incident(lab, "stale-stream")
    orders = incident.add_pod("orders-v1")
    client = envoy.LocalConnection(incident.folder / "http")
    client.connect()
    stream = incident.send(path="/stream", client=client)
    response = client.getresponse()
    response.read(9)
    incident.request(200, path="/once")
    incident.replace(orders)
    incident.request(503, "stale")
    incident.note(stream, "stale")
    client.close()
    incident.request(200)
    return incident


def stale_free(lab):
    incident = Incident(lab, "stale-free", with_timeout)
    orders = incident.add_pod("orders-v1")
    incident.request(200)
    time.sleep(PAUSE)
    incident.snapshot("before")
    orders.delete()
    cluster.wait_until(incident.answered + 3)
    incident.request(504, "stale-free")
    return incident


def gateway(lab):
    incident = Incident(lab, "gateway")
    folder = incident.folder / "gateway"
    folder.mkdir()
    configuration = envoy.waypoint(folder, lab.folder, {"orders": "10.244.1.11"})
    listeners = configuration["static_resources"]["listeners"]
    manager = listeners[0]["filter_chains"][0]["filters"][0]["typed_config"]
    manager["access_log"] = log_files(folder)
    manager["preserve_external_request_id"] = True
    del listeners[1]
    upstream = cluster_of(configuration)
    del upstream["transport_socket"]
    upstream["load_assignment"] = envoy.endpoints(
        "orders", {"endpoint": {"address": {"pipe": {"path": f"{incident.folder}/http"}}}}
    )
    incident.start(incident.waypoint, folder, configuration, "text")
    incident.client = envoy.LocalConnection(folder / "http")
    incident.client.connect()
    orders = incident.add_pod("orders-v1")
    incident.request(200, path="/once")
    incident.replace(orders)
    incident.request(503, "stale")
    incident.request(503, "application", path="/503")
    incident.request(200)
    return incident


def refused(lab):
    incident = Incident(lab, "refused")
    incident.add_pod("orders-v1", listens=False)
    incident.request(503, "connection-refused")
    return incident


def connect_timeout(lab):
    incident = Incident(lab, "connect-timeout")
    orders = incident.add_pod("orders-v1", listens=False)
    # It does not know the way back, and so answers nothing.
    cluster.ip("-n", orders.name, "route", "add", "blackhole", incident.waypoint.addresses[0])
    incident.request(503, "connect-timeout")
    return incident


def tls_failure(lab):
    incident = Incident(lab, "tls-failure")
    other = lab.folder / "other"
    other.mkdir()
    envoy.make_certificate(other)

    def change(configuration):
        listener = configuration["static_resources"]["listeners"][0]
        listener["filter_chains"][0]["transport_socket"] = envoy.tls(other, "Downstream")

    incident.add_pod("orders-v1", change=change)
    incident.request(503, "tls-failure")
    return incident


def connect_denied(lab):
    incident = Incident(lab, "connect-denied")
    incident.add_pod("orders-v1", change=tunnel_answers(401))
    incident.request(503, "connect-denied")
    incident.request(503, "connect-denied")
    return incident


def connect_unavailable(lab):
    incident = Incident(lab, "connect-unavailable")
    incident.add_pod("orders-v1", change=tunnel_answers(503))
    incident.request(503, "connect-denied")
    return incident


def cut_response(lab):
    incident = Incident(lab, "cut-response")
    incident.add_pod("orders-v1")
    incident.request("IncompleteRead", "reset-after-response", path="/cut")
    incident.request(200)
    return incident


def response_timeout(lab):
    incident = Incident(lab, "response-timeout", with_timeout)
    incident.add_pod("orders-v1")
    incident.request(200)
    incident.request(504, "response-timeout", path="/slow")
    return incident


def overflow(lab):
    def change(configuration):
        limits = {"max_pending_requests": 0, "max_requests": 0}
        cluster_of(configuration)["circuit_breakers"] = {"thresholds": [limits]}

    incident = Incident(lab, "overflow", change)
    incident.add_pod("orders-v1")
    incident.request(503, "overflow")
    return incident


def no_healthy(lab):
    def change(configuration):
        cluster_of(configuration)["load_assignment"] = {"cluster_name": "orders"}

    incident = Incident(lab, "no-healthy", change)
    incident.request(503, "no-healthy-upstream")
    return incident


def no_route(lab):
    incident = Incident(lab, "no-route")
    incident.request(404, "no-route", service="unknown.example")
    return incident


def client_gone(lab):
    incident = Incident(lab, "client-gone")
    incident.add_pod("orders-v1")
    incident.request(200)
    number = incident.send(path="/slow")
    time.sleep(0.5)
    incident.client.close()
    incident.note(number, "client-gone")
    return incident


def rate_limit(lab):
    kind = "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"
    whole = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    incident = Incident(
        lab,
        "rate-limit",
        with_filter(
            "envoy.filters.http.local_ratelimit",
            kind,
            stat_prefix="limit",
            token_bucket={"max_tokens": 1, "tokens_per_fill": 1, "fill_interval": "60s"},
            filter_enabled=whole,
            filter_enforced=whole,
        ),
    )
    incident.add_pod("orders-v1")
    incident.request(200)
    incident.request(429, "rate-limit")
    return incident


def fault_injection(lab):
    kind = "envoy.extensions.filters.http.fault.v3.HTTPFault"
    abort = {"http_status": 503, "percentage": {"numerator": 100, "denominator": "HUNDRED"}}
    incident = Incident(
        lab, "fault-injection", with_filter("envoy.filters.http.fault", kind, abort=abort)
    )
    incident.request(503, "fault-injection")
    return incident


def external_authorization(lab):
    kind = "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz"
    server = {"uri": "http://authz", "cluster": "authz", "timeout": "0.25s"}
    authorize = with_filter(
        "envoy.filters.http.ext_authz", kind, http_service={"server_uri": server}
    )
    nowhere = {"socket_address": {"address": "127.0.0.1", "port_value": 9}}

    def change(configuration):
        authorize(configuration)
        hosts = envoy.endpoints("authz", {"endpoint": {"address": nowhere}})
        configuration["static_resources"]["clusters"].insert(
            0, {"name": "authz", "load_assignment": hosts}
        )

    incident = Incident(lab, "external-authorization", change)
    incident.request(403, "external-authorization")
    return incident


def application_closes(lab):
    incident = Incident(lab, "application-closes")
    incident.add_pod("orders-v1")
    incident.request(200)
    incident.request(503, "application-closed", path="/close")
    incident.request(200)
    return incident


def application_fails(lab):
    incident = Incident(lab, "application-fails")
    incident.add_pod("orders-v1")
    incident.request(503, "application", path="/503")
    return incident


def restart(lab):
    """The ends of all tunnels of a node die at once, while requests wait for their answers."""
    incident = Incident(lab, "restart")
    services = {"orders": "orders-v1", "shop-0": "shop-v1", "shop-1": "shop-v2"}
    pods = [incident.add_pod(name, service) for service, name in services.items()]
    clients = []
    for service in services:
        client = envoy.LocalConnection(incident.folder / "http")
        client.connect()
        clients.append((client, incident.send(service, "/slow", client)))
    time.sleep(0.7)
    for pod in pods:
        # The program itself; "ip netns exec" and setpriv have become it.
        os.kill(pod.tunnel_end.pid, signal.SIGKILL)
    for client, number in clients:
        incident.expect(number, 503, "restart", client)
    return incident


def drain(lab):
    """ztunnel drains, as when it is replaced, and a request takes longer than it may."""
    incident = Incident(lab, "drain")
    orders = incident.add_pod("orders-v1", grace=1)
    incident.request(200)
    number = incident.send(path="/slow")
    time.sleep(0.5)
    orders.drain()
    incident.expect(number, 503, "drain")
    incident.request(200)
    return incident


def wedged(lab):
    incident = Incident(lab, "wedged", with_timeout)
    orders = incident.add_pod("orders-v1")
    # So that the next request needs a new tunnel, which an end that lives would answer.
    incident.request(200, path="/once")
    os.kill(orders.tunnel_end.pid, signal.SIGSTOP)
    incident.request(504, "wedged-peer")
    os.kill(orders.tunnel_end.pid, signal.SIGCONT)
    return incident


INCIDENTS = [
    *(
        stale,
        stale_kept,
        stale_json_log,
        stale_plain_log,
        stale_hidden,
        stale_stream,
        stale_free,
        gateway,
    ),
    *(refused, connect_timeout, tls_failure, connect_denied, connect_unavailable, cut_response),
    *(response_timeout, overflow, no_healthy, no_route, client_gone, rate_limit),
    *(fault_injection, external_authorization, application_closes, application_fails),
    *(restart, drain, wedged),
]


# What explain is given: the files of an incident by the options that take them.
INSTRUMENTS = {
    "the access log": {"--access-log": ["access.log", "gateway.log"]},
    "the access log in JSON": {"--access-log": ["access.json"]},
    "the debug log": {"--envoy-log": ["envoy.log"]},
    "the packets in the Pods": {"--pcap": ["orders-v1.pcap", "orders-v2.pcap"]},
    "the packets at the waypoint": {"--pcap": ["waypoint.pcap"]},
    "the access log and snapshots": {
        "--access-log": ["access.log", "gateway.log"],
        "-s": ["before.json", "after.json"],
    },
}
WITH_CONNECTIONS = {
    "--access-log": ["access.log", "gateway.log"],
    "-s": ["before.json", "after.json"],
    "-r": ["connections.capture"],
}
TOGETHER = {
    "--access-log": ["access.log", "gateway.log"],
    "--envoy-log": ["envoy.log"],
    "--pcap": ["orders-v1.pcap", "orders-v2.pcap", "waypoint.pcap"],
    "-s": ["before.json", "after.json"],
    "-r": ["connections.capture"],
}
# The causes that explain may name for what happened, beside "unknown".
STALE = {"stale-connection"}
CAUSES = {
    "stale": STALE,
    "stale-hidden": STALE,
    # A log alone shows that there was no answer, which is true.
    "stale-free": STALE | {"response-timeout"},
    "wedged-peer": {"wedged-peer", "response-timeout"},
    "restart": {"ztunnel-restarted", "tunnel-closed"},
    # Packets show that the peer closed the connection, and not the GOAWAY before it.
    "drain": {"drain", "tunnel-closed"},
    "reset-after-response": {"response-broken"},
    "application": {"application-error"},
}


def ask(folder, instrument):
    """What explain says of each request, by its identifier; connections without one last."""
    command = [os.environ["HALFOPEN"], "explain", "-o", "ndjson"]
    for option, files in instrument.items():
        for file in files:
            if (folder / file).exists():
                command += [option, folder / file]
    if len(command) == 4:
        return []
    answer = subprocess.run(command, capture_output=True, text=True)
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    requests = [line for line in lines if line["type"] == "request"]
    causes = {request["cause"] for request in requests}
    status = 1 if "stale-connection" in causes else 2 if "unknown" in causes else 0
    if answer.returncode != status:
        raise mesh.Unexpected(f"explain ended with {answer.returncode}: {answer.stderr}")
    return requests


def verify(folder):
    """Compares what explain says of every request with what happened to it."""
    truth = {
        entry["request"]: entry["cause"]
        for entry in json.loads((folder / "truth.json").read_text())
    }
    wrong = []
    further = [("the same and connections", WITH_CONNECTIONS), ("all together", TOGETHER)]
    for name, instrument in [*INSTRUMENTS.items(), *further]:
        found = ask(folder, instrument)
        for entry in found:
            number, cause = entry["requestId"], entry["cause"]
            known = (
                truth.get(number)
                if number
                else next((t for t in truth.values() if t and t.startswith("stale")), None)
            )
            allowed = CAUSES.get(known, {known})
            if cause not in allowed and (cause != "unknown" or name == "all together"):
                wrong.append(f"{name}: {number}: {known} was taken for {cause}")
        if name == "all together":
            missed = {n for n, c in truth.items() if c} - {e["requestId"] for e in found}
            wrong += [f"{name}: {number} was missed" for number in missed]
        said = ", ".join(f"{e['requestId']} {e['cause']} {e['confidence']}" for e in found)
        print(f"    {name:30} {said}", flush=True)
    mesh.expect(wrong, [], "the causes that explain names")


def record(incident):
    """A scenario of the lab: lives through an incident, and lets explain find the causes.

    HALFOPEN_INCIDENTS names a folder that keeps what the incident leaves behind.
    """

    def scenario(lab):
        kept = pathlib.Path(os.environ.get("HALFOPEN_INCIDENTS", lab.folder / "kept"))
        happened = incident(lab)
        folder = kept / happened.name
        shutil.rmtree(folder, ignore_errors=True)
        happened.keep(folder)
        verify(folder)

    scenario.__name__ = "incident_" + incident.__name__
    return scenario
