"""Runs the DaemonSet of scripts/kubernetes on a node of namespaces, confined as its manifest says.

usage: daemonset.py FOLDER PART

FOLDER has unpacked images, each with the name of an image of the manifests. Run it as the first
process of a PID and a mount namespace: they are the node. The parts:

  observe        each capability of the manifest is taken away in turn, and the failure is named
  reap           a stale connection is closed
  reap-denied    the same without NET_ADMIN: it is not
  with-snapshot  snapshots come from a stand-in for the API server, and prove a connection stale
"""

import contextlib
import functools
import itertools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import cluster
import container
import yaml

ROOT = cluster.ROOT
ZTUNNEL = ROOT / "scripts/support/ztunnel_admin.py"
API_SERVER = ROOT / "Tests/ScriptTests/Fixtures/api-server"
# The name of the DaemonSet's Pod, and so of its host, by which pod-snapshot-file waits for less
# than a minute: this one does not wait.
POD_NAME = "halfopen-64"
TOKEN = "a token"
# With ten peers, one run of reap is enough.
LIVING = [f"10.244.1.{number}" for number in range(20, 32)]
DEAD = "10.244.1.10"
PORT = 15008
# A connection must be silent for 35 s, and its neighbours must ping, to be proven stale.
PATIENCE = 150

# Pings every connection as an HBONE server does: 39 bytes are a PING in TLS 1.3, and its answer.
POD_PROGRAM = """
import socket, threading, time

def read(connection):
    while connection.recv(4096):
        pass

def ping(connection):
    while True:
        time.sleep(10)
        connection.sendall(bytes(39))

server = socket.create_server(("", 15008))
print("ready", flush=True)
while True:
    connection, _ = server.accept()
    for task in (read, ping):
        threading.Thread(target=task, args=[connection], daemon=True).start()
"""
# Answers each ping at once.
WAYPOINT_PROGRAM = """
import socket, sys, threading

def answer(connection):
    try:
        while data := connection.recv(4096):
            connection.sendall(data)
    except ConnectionAbortedError:
        pass

print("ready", flush=True)
for address in sys.stdin.readline().split():
    connection = socket.create_connection((address, 15008), timeout=5)
    connection.settimeout(None)
    threading.Thread(target=answer, args=[connection], daemon=True).start()
print("connected", flush=True)
sys.stdin.read()
"""
# Serves the stand-in for an API server over TLS to whoever has the token. The arguments: its file,
# the folder with the certificate and the List, the token, and what the role may list.
API_PROGRAM = """
import http.server, importlib.machinery, importlib.util, json, ssl, sys

sys.dont_write_bytecode = True
path, folder, token, *allowed = sys.argv[1:]
loader = importlib.machinery.SourceFileLoader("api_server", path)
stand_in = importlib.util.module_from_spec(importlib.util.spec_from_loader("api_server", loader))
loader.exec_module(stand_in)

class Handler(stand_in.Handler):
    faults = {kind: "forbidden" for kind in set(stand_in.KINDS) - set(allowed)}

    @property
    def items(self):
        with open(f"{folder}/list.json", encoding="utf-8") as file:
            return json.load(file)["items"]

    def do_GET(self):
        if self.headers["Authorization"] != f"Bearer {token}":
            return self.answer(401, stand_in.status(401, "Unauthorized", "Unauthorized"))
        return super().do_GET()

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{folder}/ca.crt", f"{folder}/key")
server = http.server.ThreadingHTTPServer(("", 443), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)
server.serve_forever()
"""

# What a watch loses without a capability, and how it says so.
FAILURES = {
    "SYS_ADMIN": ("complete", "needs CAP_SYS_ADMIN"),
    "SYS_PTRACE": ("complete", "needs CAP_SYS_PTRACE"),
    "DAC_READ_SEARCH": ("complete", "needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"),
    "SETUID": ("nobody", "cannot become nobody without CAP_SETUID"),
    "SETGID": ("nobody", "cannot become nobody without CAP_SETGID"),
    "SETPCAP": ("unbounded", "cannot empty the bounding set without CAP_SETPCAP"),
}
ALL_IS_WELL = {"complete", "named", "nobody", "unbounded", "confined", "healthy"}


class Failure(Exception):
    """What is not as it should be."""


def say(text):
    print(text, flush=True)


class Pod(cluster.Pod):
    """A Pod whose server pings."""

    def run_containers(self):
        self.start_python(POD_PROGRAM)

    def add_alias(self, address):
        """Gives it another address: so one namespace has many peers."""
        cluster.ip("-n", self.cluster.node, "route", "add", f"{address}/32", "dev", self.cable)
        cluster.ip("-n", self.name, "address", "add", f"{address}/32", "dev", "eth0")


class Waypoint(cluster.Pod):
    """A proxy with connections, and a process that looks like Istio's agent."""

    def __init__(self, node, folder, *addresses):
        self.folder = folder
        super().__init__(node, "waypoint", *addresses)

    def run_containers(self):
        self.proxy = self.start_python(WAYPOINT_PROGRAM)
        # A shell of that name, with a script of the name "proxy".
        agent = self.folder / "pilot-agent"
        agent.write_bytes(pathlib.Path("/bin/bash").read_bytes())
        agent.chmod(0o755)
        (self.folder / "proxy").write_text("read -r _\n")
        self.folder.chmod(0o755)
        user = ["setpriv", "--reuid=1337", "--regid=1337", "--clear-groups"]
        words = ["POD_NAME=waypoint", f"POD_NAMESPACE={self.namespace}", "PATH=/usr/bin:/bin"]
        self.start(
            *user,
            *["env", "-i", f"--chdir={self.folder}", *words],
            *["./pilot-agent", "proxy", "waypoint"],
            stdin=subprocess.PIPE,
        )

    def connect(self, addresses):
        """Opens a connection to each of them."""
        self.proxy.stdin.write(" ".join(addresses) + "\n")
        self.proxy.stdin.flush()
        if self.proxy.stdout.readline() != "connected\n":
            raise Failure("the waypoint has no connections")

    def established(self, options, peer=""):
        """What ss says of the connections, a line for each."""
        words = ["state", "established", "dst", f"{peer}:{PORT}"]
        return subprocess.run(
            ["ip", "netns", "exec", self.name, "ss", f"-HtnO{options}", *words],
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def connections(self):
        """The kernel's identifiers of the connections, by the address of the peer."""
        found = self.established("e")
        return dict(re.findall(rf"([0-9.]+):{PORT} .*\bsk:([0-9a-f]+)", found))

    def bare_acks(self, peer):
        """How many segments without data were sent to a peer."""
        counts = dict(
            re.findall(r"\b(segs_out|data_segs_out):([0-9]+)", self.established("i", peer))
        )
        return int(counts["segs_out"]) - int(counts.get("data_segs_out", 0))


class Node:
    """A node with a kubelet, a ztunnel, and a waypoint that has connections to two Pods."""

    def __init__(self, stack, folder):
        self.folder, self.numbers = folder, itertools.count(1)
        self.workloads = folder / "workloads"
        # The names of namespaces are this node's alone.
        pathlib.Path("/run/netns").mkdir(exist_ok=True)
        cluster.run("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
        # Shows that these are the processes of a node.
        self.start(stack, ["kubelet", "infinity"], executable="/bin/sleep")
        self.list([DEAD, *LIVING])
        self.start_ztunnel(stack, folder)
        self.cluster = cluster.Cluster(stack, "daemonset")
        (folder / "agent").mkdir()
        self.waypoint = Waypoint(self.cluster, folder / "agent", "10.244.0.2")
        self.gone = Pod(self.cluster, "cart-v1", DEAD)
        orders = Pod(self.cluster, "orders", LIVING[0])
        for address in LIVING[1:]:
            orders.add_alias(address)
        # The DaemonSet's Pod, and what a kubelet makes for it.
        self.pod = cluster.Namespace(self.cluster, "halfopen", "10.244.0.9")
        self.network = f"/run/netns/{self.pod.name}"
        self.waypoint.connect([DEAD, *LIVING])

    @staticmethod
    def start(stack, command, **options):
        process = subprocess.Popen(
            command, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, **options
        )
        stack.callback(process.wait)
        stack.callback(process.kill)

    def start_ztunnel(self, stack, folder):
        (folder / "ztunnel").write_bytes(ZTUNNEL.read_bytes())
        (folder / "ztunnel").chmod(0o755)
        script = (
            f"ip link set lo up; WORKLOADS={self.workloads} READY=200 exec ./ztunnel proxy ztunnel"
        )
        command = ["unshare", "--net", "sh", "-c", script]
        self.start(stack, command, cwd=folder, stdin=subprocess.PIPE)
        wait_for("a ztunnel", lambda: (folder / "listening").exists())

    def list(self, addresses):
        """Has ztunnel list Pods with these addresses, and the waypoint."""
        pods = [("10.244.0.2", "waypoint"), *((ip, f"pod-{ip}") for ip in addresses)]
        text = "".join(f"{ip} {name} node-1\n" for ip, name in pods)
        new = self.workloads.with_suffix(".new")
        new.write_text(text)
        new.rename(self.workloads)


def wait_for(what, holds, patience=30):
    """Waits until something holds, and gives what it is."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if result := holds():
            return result
        time.sleep(0.05)
    raise Failure(f"there is no {what} within {patience} s")


def manifests(overlay):
    """The objects of an overlay by kind, as kubectl would send them."""
    path = ROOT / "scripts/kubernetes" / overlay
    later = ROOT / ".build/kubectl-later/usr/bin/kubectl"  # scripts/test unpacks it.
    kubectl = later if later.exists() else "kubectl"
    rendered = subprocess.run(
        [kubectl, "kustomize", path], check=True, capture_output=True, text=True
    ).stdout
    return {document["kind"]: document for document in yaml.safe_load_all(rendered)}


class Container:
    """A container of the DaemonSet's Pod, perhaps without one of its capabilities."""

    def __init__(self, stack, node, images, name, pod, without=None, volumes=None):
        (described,) = (entry for entry in pod["containers"] if entry["name"] == name)
        if without:
            described = json.loads(json.dumps(described))
            described["securityContext"]["capabilities"]["add"].remove(without)
        self.node, self.described = node, described
        folder = node.folder / f"container-{next(node.numbers)}"
        folder.mkdir()
        self.events, self.messages = folder / "events", folder / "messages"
        self.bundle = folder / POD_NAME
        image = images / described["image"]
        command = container.of_pod(image, self.bundle, pod, described, node.network, volumes)
        with self.events.open("wb") as events, self.messages.open("wb") as messages:
            self.runtime = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=events, stderr=messages
            )
        stack.callback(self.stop)

    @functools.cached_property
    def pid(self):
        """The number of its first process."""
        file = self.bundle / "pid"

        def written():
            if self.runtime.poll() is not None:
                raise Failure(f"the container ended: {self.messages.read_text()}")
            return file.read_text() if file.exists() else ""

        return int(wait_for("container", written))

    def get(self, path):
        """What it serves to a client elsewhere on the node."""
        script = (
            "import sys, urllib.request\n"
            "sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())"
        )
        (address,), (port,) = self.node.pod.addresses, self.described["ports"]
        url = f"http://{address}:{port['containerPort']}{path}"
        answer = subprocess.run(
            ["ip", "netns", "exec", self.node.cluster.node, sys.executable, "-Ic", script, url],
            check=False,
            capture_output=True,
            text=True,
        )
        return answer.stdout

    def metrics(self):
        """The samples of the last scan; none before there is one."""
        lines = self.get("/metrics").splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    def last_scan(self):
        return self.metrics().get("halfopen_last_scan_timestamp_seconds")

    def processes(self):
        """The kernel's status of the program and of its helper."""
        children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        texts = (pathlib.Path(f"/proc/{pid}/status").read_text() for pid in [self.pid, *children])
        return [dict(line.split(":\t", 1) for line in text.splitlines()) for text in texts]

    def traits(self):
        """What is as it should be."""
        metrics, (program, *helpers) = self.metrics(), self.processes()
        root = pathlib.Path(f"/proc/{self.pid}/mountinfo").read_text()
        health = self.described["livenessProbe"]["httpGet"]
        named = 'proxy_role="waypoint",proxy_namespace="shop",proxy_pod="waypoint"'
        sockets = sum(
            int(value)
            for name, value in metrics.items()
            if name.startswith("halfopen_sockets{") and named in name
        )
        holds = {
            "complete": metrics["halfopen_scan_complete"] == "1",
            "named": metrics["halfopen_targets"] == "1" and sockets == 1 + len(LIVING),
            "nobody": program["Uid"].split() == ["65534"] * 4
            and program["Gid"].split() == ["65534"] * 4
            and int(program["CapPrm"], 16) == 0,
            "unbounded": all(int(status["CapBnd"], 16) == 0 for status in (program, *helpers)),
            "confined": all(
                (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")
                for status in (program, *helpers)
            )
            and re.search(r"^\d+ \d+ \S+ \S+ / ro[, ]", root, re.MULTILINE) is not None,
            "healthy": health["port"] == "metrics" and self.get(health["path"]) == "ok\n",
        }
        return {trait for trait, is_true in holds.items() if is_true}

    def results(self):
        """What was done with which peer, by the events that it printed."""
        for line in self.events.read_text().splitlines():
            event = json.loads(line)
            if event.get("action"):
                yield event["peer"]["address"], event["action"], event["result"]

    def stop(self):
        """Ends it as a kubelet does; its exit status."""
        if self.runtime.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
        return self.runtime.wait(timeout=30)


def pod_of(objects):
    return objects["DaemonSet"]["spec"]["template"]["spec"]


def observe(stack, images, node):
    """Takes one capability away after the other."""
    pod = pod_of(manifests("observe"))
    (described,) = pod["containers"]
    added = described["securityContext"]["capabilities"]["add"]
    if set(added) != set(FAILURES):
        raise Failure(f"the manifest adds {added}, and failures are known of {list(FAILURES)}")
    say(f"{'without':16} {'scans':10} status  message")
    for without in [None, *added]:
        watch = Container(stack, node, images, "halfopen", pod, without)
        wait_for("scan", watch.last_scan)
        traits, status = watch.traits(), watch.stop()
        messages = watch.messages.read_text()
        lost, message = FAILURES[without] if without else (None, "")
        told = [line for line in messages.splitlines() if message in line]
        scans = "complete" if "complete" in traits else "incomplete"
        say(f"{without or '-':16} {scans:10} {status:6}  {told[0] if told else '-'}")
        if status != 0:
            raise Failure(f"without {without} the status is {status}")
        if without is None and (traits != ALL_IS_WELL or messages):
            raise Failure(f"of {ALL_IS_WELL} only {traits} hold; it says: {messages}")
        if without and (lost in traits or not told or "confined" not in traits):
            raise Failure(f"without {without} {traits} hold; it says: {messages}")
    if len(node.waypoint.connections()) != 1 + len(LIVING):
        raise Failure("a scan has closed a connection")


def reap(stack, images, node, without=None):
    """Has a watch close a stale connection, and no other."""
    before = node.waypoint.connections()
    watch = Container(stack, node, images, "halfopen", pod_of(manifests("reap")), without)
    scans = {}

    def has_seen_pings():
        if scan := watch.last_scan():
            scans.setdefault(scan, node.waypoint.bare_acks(DEAD))
        # Where this machine answers late, a bare ACK goes before it: no ping is seen then. Scans
        # every 2 s compare looks that are 12 s apart, and 15 of them hold two such.
        last = list(scans.values())[-15:]
        return len(last) == 15 and len(set(last)) == 1

    wait_for("scan that sees pings", has_seen_pings, PATIENCE)
    node.gone.delete()
    node.list(LIVING)
    began = time.monotonic()
    expected = "refused" if without else "destroyed"
    wait_for(
        f"connection that is {expected}",
        lambda: (DEAD, "destroy", expected) in list(watch.results()),
        PATIENCE,
    )
    took, after = time.monotonic() - began, node.waypoint.connections()
    peak = sum(int(status["VmHWM"].split()[0]) for status in watch.processes())
    request = watch.described["resources"]["requests"]["memory"]
    if peak > int(request.removesuffix("Mi")) * 1024:
        raise Failure(f"it takes {peak} kB, and the manifest requests {request}")
    status = watch.stop()
    messages = watch.messages.read_text()
    touched = {address for address, _, _ in watch.results()}
    left = {ip: cookie for ip, cookie in before.items() if without or ip != DEAD}
    if after != left or touched != {DEAD} or status != 0:
        raise Failure(
            f"{before} became {after}; {touched} were touched; status {status}; {messages}"
        )
    if without and "CAP_NET_ADMIN" not in messages:
        raise Failure(f"without {without} it says: {messages}")
    # It is proven only when it has been silent for long enough.
    if not without and messages != "halfopen: 1 candidate stays open: not proven\n":
        raise Failure(f"it says: {messages}")
    title = f"reap without {without}" if without else "reap"
    say(f"{title}: the connection to a Pod that is gone is {expected}, {took:.0f} s after it went")
    say(f"    {len(LIVING)} others live; both processes take {peak} kB at most")
    for line in messages.splitlines():
        say(f"    {line}")


def with_snapshot(stack, images, node):
    """Has the second container take snapshots, by which the first one proves a connection stale."""
    objects = manifests("with-snapshot")
    pod, folder = pod_of(objects), node.folder
    volumes = {name: folder / name for name in ("snapshot", "scratch", "token")}
    if {volume["name"] for volume in pod["volumes"]} != set(volumes):
        raise Failure(f"the Pod has other volumes than {', '.join(volumes)}")
    for path in volumes.values():
        path.mkdir()
        path.chmod(0o777)
    certificate = ["-subj", "/CN=kubernetes", "-addext", "subjectAltName=IP:10.96.0.1"]
    certificate += ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    certificate += ["-keyout", folder / "key", "-out", folder / "ca.crt"]
    subprocess.run(["openssl", "req", "-x509", *certificate], check=True, capture_output=True)
    (volumes["token"] / "ca.crt").write_bytes((folder / "ca.crt").read_bytes())
    (volumes["token"] / "token").write_text(TOKEN)
    (volumes["token"] / "namespace").write_text("halfopen")

    # It is started again until there is a first snapshot.
    early = Container(stack, node, images, "halfopen", pod, volumes=volumes)
    status = early.runtime.wait(timeout=30)
    if status != 2 or "pods.json" not in early.messages.read_text():
        raise Failure(f"without a snapshot: status {status}; {early.messages.read_text()}")

    node.gone.delete()
    # The last ping is then older than the next owner by more than the skew, and a second is cut off
    # the owner's start.
    time.sleep(4)
    Pod(node.cluster, "cart-v2", DEAD)
    (folder / "list.json").write_text(json.dumps(node.cluster.listing()))
    (rule,) = objects["ClusterRole"]["rules"]
    if rule["verbs"] != ["list"] or rule["apiGroups"] != [""]:
        raise Failure(f"the role allows more than lists: {rule}")
    server = cluster.Namespace(node.cluster, "api", "10.96.0.1")
    server.start_python(API_PROGRAM, API_SERVER, folder, TOKEN, *rule["resources"])
    taker = Container(stack, node, images, "snapshot", pod, volumes=volumes)
    wait_for("snapshot", (volumes["snapshot"] / "pods.json").exists)
    watch = Container(stack, node, images, "halfopen", pod, volumes=volumes)
    wait_for("scan", watch.last_scan)
    report = json.loads(watch.get("/report"))
    found = [
        (finding["peer"]["address"], finding["verdict"], finding["confidence"])
        for finding in report["findings"]
    ]
    (program,) = taker.processes()[:1]
    status, traits = taker.stop(), watch.traits()
    messages = taker.messages.read_text() + watch.messages.read_text()
    watch.stop()
    if found != [(DEAD, "replaced", "confirmed")] or traits != ALL_IS_WELL or messages:
        raise Failure(f"found {found}, of {ALL_IS_WELL} {traits} hold; it says: {messages}")
    if status != 0 or program["Uid"].split() != ["65534"] * 4 or int(program["CapBnd"], 16):
        raise Failure(f"who takes snapshots: status {status}, user {program['Uid']}")
    pods = len(node.cluster.pods)
    say(f"with-snapshot: {pods} Pods listed with the role's rights, and 1 connection proven stale")


PARTS = {
    "observe": observe,
    "reap": reap,
    "reap-denied": lambda *arguments: reap(*arguments, without="NET_ADMIN"),
    "with-snapshot": with_snapshot,
}


def main():
    images, part = pathlib.Path(sys.argv[1]), sys.argv[2]
    folder = images / f"node-{part}"
    folder.mkdir()
    with cluster.leaving_nothing_behind() as stack:
        PARTS[part](stack, images, Node(stack, folder))


if __name__ == "__main__":
    try:
        main()
    except (Failure, LookupError, subprocess.CalledProcessError) as error:
        sys.exit(f"daemonset: {sys.argv[2]}: {error}")
