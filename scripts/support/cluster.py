"""A little cluster on this machine: a node that routes, and namespaces on cables that hang on it.

What the demo and the lab share. A Pod has the times that an API server would show, because they are
read from the clock as the Pod is made.
"""

import contextlib
import datetime
import itertools
import os
import pathlib
import pty
import re
import shlex
import signal
import subprocess
import sys
import termios
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
# What every Pod takes for its router: the node's end of its cable.
GATEWAYS = {4: "169.254.1.1", 6: "fe80::1"}
NODES = (1, 2)
CONDITIONS = ("PodReadyToStartContainers", "Ready")


def run(*command):
    subprocess.run(command, check=True)


@contextlib.contextmanager
def uninterrupted():
    """Blocks interrupts while a program starts, because nobody would know of it and end it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ip(*arguments):
    with uninterrupted():
        run("ip", *arguments)


def timestamp(moment=None):
    """A time in seconds since 1970, else now, as the API server writes it: whole seconds, cut."""
    moment = time.time() if moment is None else moment
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )


def wait_until(moment):
    """Waits for a moment, in seconds since 1970."""
    time.sleep(max(0, moment - time.time()))


def prepare(*packages):
    """Installs what is missing and builds halfopen, unless HALFOPEN names one that is built."""
    if "HALFOPEN" in os.environ:
        return
    needed = ["libmnl-dev", "libboost-json1.81-dev", "pkg-config", "iproute2", *packages]
    run(ROOT / "scripts/install-packages", *needed)
    print("Building halfopen (the first time takes some minutes).", flush=True)
    command = ["swift", "build", "-c", "release", "--static-swift-stdlib", "--product", "halfopen"]
    run(*command, "--package-path", ROOT)
    os.environ["HALFOPEN"] = str(ROOT / ".build/release/halfopen")


@contextlib.contextmanager
def leaving_nothing_behind():
    """A stack to hang clean-up on, which runs once and whole however the program is ended."""
    for number in ENDINGS:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    # A parent may have left them blocked.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
    with contextlib.ExitStack() as stack:
        try:
            yield stack
        finally:
            # A second interrupt must not leave half of the cluster behind.
            for number in ENDINGS:
                signal.signal(number, signal.SIG_IGN)


def version(address):
    return 6 if ":" in address else 4


def delete_namespace(name):
    """Deletes a network namespace, if an interrupt let it come to be."""
    if os.path.exists(f"/run/netns/{name}"):
        ip("netns", "delete", name)


def node(number):
    """A node as kubectl prints it. On this machine, all of them are one."""
    spec = {"podCIDRs": [f"10.244.{number}.0/24", f"fd00:10:244:{number}::/64"]}
    address = {"address": f"172.18.0.{number + 1}", "type": "InternalIP"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": f"node-{number}"},
        "spec": spec,
        "status": {"addresses": [address]},
    }


class Cluster:
    """A node that routes, and the Pods that an API server would list."""

    def __init__(self, stack, prefix):
        self.stack, self.prefix = stack, f"{prefix}{os.getpid()}"
        self.pods, self.numbers = [], itertools.count(1)
        self.node = self.name_of("node")
        stack.callback(delete_namespace, self.node)
        ip("netns", "add", self.node)
        for setting in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
            file = f"/proc/sys/net/{setting}"
            ip("netns", "exec", self.node, "sh", "-c", f"[ ! -e {file} ] || echo 1 >{file}")

    def name_of(self, namespace):
        return f"{self.prefix}-{namespace}"

    def listing(self):
        """What "kubectl get pods,nodes -A -o json" would print."""
        items = [pod.manifest() for pod in self.pods] + [node(number) for number in NODES]
        return {
            "apiVersion": "v1",
            "items": items,
            "kind": "List",
            "metadata": {"resourceVersion": ""},
        }


def of_snapshot(snapshot, captured):
    """The options of halfopen that name a snapshot of the whole cluster."""
    return ["-s", snapshot, "--cluster-wide", "--captured-at", captured]


def halfopen(folder, *options):
    """Asks halfopen; gives the answer, and how a terminal shows it."""
    command = ["halfopen", *options]
    answer = run_as_shown(command, executable=os.environ["HALFOPEN"], cwd=folder)
    return answer, shown(command, answer)


def shown(command, answer):
    """How a terminal shows a command and its answer."""
    text = f"$ {shlex.join(command)}\n{answer.stdout}{answer.stderr}"
    return f"{text}(exit status {answer.returncode})"


def run_as_shown(command, **options):
    """Runs a program whose output is a terminal as wide as this program's, if that is one."""
    if not sys.stdout.isatty():
        return subprocess.run(command, capture_output=True, text=True, **options)
    reader, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, termios.tcgetwinsize(sys.stdout))
    with subprocess.Popen(
        command, stdout=terminal, stderr=subprocess.PIPE, text=True, **options
    ) as process:
        os.close(terminal)
        output = b""
        # Where no other program has it open, a terminal ends with EIO.
        with contextlib.suppress(OSError), open(reader, "rb", buffering=0) as file:
            while block := file.read(65536):
                output += block
        errors = process.stderr.read()
    output = output.decode().replace("\r\n", "\n")
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


class Namespace:
    """A network namespace on a cable to the node, with programs in it."""

    before = ()  # What runs the programs in other namespaces, too.

    def __init__(self, cluster, name, *addresses):
        self.cluster, self.addresses, self.cable = cluster, addresses, name[:15]
        self.name, self.processes = cluster.name_of(name), []
        # Before it is there: an interrupt may come in between.
        cluster.stack.callback(self.vanish)
        ip("netns", "add", self.name)
        node, cable = cluster.node, self.cable
        peer = ["peer", "name", "eth0", "netns", self.name]
        ip("-n", node, "link", "add", cable, "type", "veth", *peer)
        ip("-n", node, "link", "set", cable, "up")
        ip("-n", self.name, "link", "set", "lo", "up")
        ip("-n", self.name, "link", "set", "eth0", "up")
        for address in addresses:
            self.add_address(address)

    def add_address(self, address):
        """Routes an address to the other end of the cable, as most CNIs do: without ARP."""
        node, cable, gateway = self.cluster.node, self.cable, GATEWAYS[version(address)]
        bits, scope, unasked = (
            (128, ["dev", "eth0"], ["nodad"]) if version(address) == 6 else (32, [], [])
        )
        ip("-n", node, "address", "add", f"{gateway}/{bits}", "dev", cable, *unasked)
        ip("-n", node, "route", "add", f"{address}/{bits}", "dev", cable)
        ip("-n", self.name, "address", "add", f"{address}/{bits}", "dev", "eth0", *unasked)
        ip("-n", self.name, "route", "add", f"{gateway}/{bits}", "dev", "eth0", "scope", "link")
        ip("-n", self.name, "route", "add", "default", "via", gateway, *scope)

    def start(self, *command, **streams):
        """Starts a program in the namespace, which ends with it or with this program."""
        inside = [*self.before, "ip", "netns", "exec", self.name]
        inside += ["setpriv", "--pdeathsig", "KILL"]
        with uninterrupted():
            # In a session of its own, so that an interrupt reaches this program alone.
            self.processes.append(
                subprocess.Popen([*inside, *command], start_new_session=True, **streams)
            )
        return self.processes[-1]

    def start_python(self, program, *arguments):
        """Starts a Python program that says "ready", and takes orders on its standard input."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        process = self.start(sys.executable, "-I", "-S", "-c", program, *arguments, **pipes)
        process.stdout.readline()
        return process

    def unplug(self):
        """What CNI does first when a Pod goes: from here on nobody hears it, or is heard by it."""
        ip("-n", self.cluster.node, "link", "delete", self.cable)

    def vanish(self):
        """Ends the programs and the namespace; once is enough."""
        while self.processes:
            # Its pipes are left: a program that is dead reads and writes no more.
            process = self.processes.pop()
            process.kill()
            process.wait()
        delete_namespace(self.name)


class Pod(Namespace):
    """A Pod with the times that the API server would know, in seconds since 1970."""

    namespace = "shop"

    def __init__(self, cluster, name, *addresses):
        self.pod_name, self.deletion, self.finished = name, None, None
        self.network_ready, self.started = None, None
        self.number = next(cluster.numbers)
        self.start_time = time.time()
        cluster.pods.append(self)
        super().__init__(cluster, name, *addresses)
        self.network_ready = time.time()
        self.run_containers()
        self.started = time.time()

    def run_containers(self):
        """Starts the programs of the Pod; its network is there."""

    def tear_down(self):
        """What CNI and the kubelet do, in this order: no FIN and no RST comes from the Pod."""
        self.unplug()
        self.vanish()

    def delete(self):
        """The Pod goes, and the API server hears of it."""
        self.tear_down()
        self.cluster.pods.remove(self)

    def mark_deleted(self, grace):
        """The Pod is told to end within so many seconds."""
        self.deletion = time.time() + grace

    def finish(self):
        """The Pod's work is done: it stays in the API with its address, without a network."""
        self.finished = time.time()
        self.tear_down()

    def manifest(self):
        """The Pod as kubectl prints it, without what is of no interest here."""
        metadata = {
            "creationTimestamp": timestamp(self.start_time),
            "name": self.pod_name,
            "namespace": self.namespace,
            "uid": f"00000000-0000-4000-8000-{self.number:012}",
        }
        if self.deletion:
            metadata["deletionTimestamp"] = timestamp(self.deletion)
        if self.network_ready is None:
            status = {"phase": "Pending", "startTime": timestamp(self.start_time)}
            return self.object(metadata, status)
        state = {"waiting": {"reason": "ContainerCreating"}}
        if self.started:
            state = {"running": {"startedAt": timestamp(self.started)}}
        if self.finished:
            ended = {"startedAt": timestamp(self.started), "finishedAt": timestamp(self.finished)}
            state = {"terminated": ended | {"exitCode": 0, "reason": "Completed"}}
        changed = timestamp(self.finished or self.network_ready)
        truth = "False" if self.finished else "True"
        status = {
            "conditions": [
                {"lastTransitionTime": changed, "status": truth, "type": kind}
                for kind in CONDITIONS
            ],
            "containerStatuses": [{"name": "application", "state": state}],
            "phase": "Succeeded" if self.finished else "Running" if self.started else "Pending",
            "podIP": self.addresses[0],
            "podIPs": [{"ip": address} for address in self.addresses],
            "startTime": timestamp(self.start_time),
        }
        return self.object(metadata, status)

    @property
    def node_name(self):
        """The node that its address belongs to, such as 10.244.2.11 or fd00:10:244:2::11."""
        return f"node-{2 if re.search(r'244[.:]2[.:]', self.addresses[0]) else 1}"

    def object(self, metadata, status):
        spec = {"nodeName": self.node_name}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata,
            "spec": spec,
            "status": status,
        }
