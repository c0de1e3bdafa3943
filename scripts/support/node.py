"""What runs on a node, apart from the rest of this machine: its processes, and its ztunnel."""

import pathlib
import shutil
import subprocess
import time

import cluster
import ztunnel_admin


def child_of(process):
    """The number of the only child of a process, such as of nsenter."""
    return int(pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())


class Node:
    """A PID namespace, in which the first process is the kubelet."""

    def __init__(self, stack):
        # It prints as soon as its /proc is the namespace's. What is unmounted outside is unmounted
        # there, too, so that it keeps no network namespace of a Pod that is gone.
        command = ["bash", "-c", "echo ready; exec -a kubelet sleep infinity"]
        apart = ["unshare", "--pid", "--fork", "--kill-child", "--propagation", "slave"]
        apart += ["--mount-proc", *command]
        with cluster.uninterrupted():
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *apart], stdout=subprocess.PIPE, text=True
            )
        stack.callback(self.end)
        self.process.stdout.readline()
        self.kubelet = str(child_of(self.process))

    def end(self):
        self.process.kill()
        self.process.wait()

    def entering(self, *namespaces):
        """What runs a program there."""
        return ["nsenter", "-t", self.kubelet, *namespaces]


class Ztunnel(cluster.Namespace):
    """The ztunnel of a node: what its admin server says of the Pods of a cluster."""

    def __init__(self, owner, node, address):
        """A server that is ready, and lists the Pods that are there now."""
        super().__init__(owner, "ztunnel", address)
        self.workloads, self.before = owner.folder / "workloads", node.entering("--pid")
        self.publish()
        program, listening = owner.folder / "ztunnel", owner.folder / "listening"
        shutil.copy(ztunnel_admin.__file__, program)
        program.chmod(0o755)
        facts = {"WORKLOADS": self.workloads, "READY": "200", "LISTENING": listening}
        environment = [f"{name}={value}" for name, value in facts.items()]
        self.start("env", *environment, program, "proxy", "ztunnel", stdin=subprocess.PIPE)
        while not listening.exists():
            time.sleep(0.02)

    def publish(self):
        """What istiod tells it: each Pod that has an address, and where it runs."""
        lines = [
            f"{address} {pod.pod_name} {pod.node_name}\n"
            for pod in list(self.cluster.pods)
            if pod.network_ready and not pod.finished
            for address in pod.addresses
        ]
        new = self.workloads.with_suffix(".new")
        new.write_text("".join(lines))
        new.rename(self.workloads)
