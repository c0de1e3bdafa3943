"""A proxy's namespace without peers, and the snapshot that judges its connections.

The connections were heard when they were made, and never again. For a walk of faults or a soak that
is all that there has to be: what is decided about them does not change while it lasts.
"""

import datetime
import json
import pathlib
import secrets
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / ".build" / "hardening"
HALFOPEN = ROOT / ".build" / "release" / "halfopen"
PORT = 15008
# The addresses that connections of netns-sockets are made from.
PROXY = ["10.255.255.1", "fd00:255::1"]
REPLACED = ["10.244.0.1", "fd00:244::1", "10.244.0.2"]
GONE = "10.244.0.9"
LIVE = [f"10.245.0.{number}" for number in range(1, 13)]
STALE_SOCKETS = [
    "10.244.0.1,15008,2",
    "fd00:244::1,15008,1",
    "::ffff:10.244.0.2,15008,1",
    f"{GONE},15008,1",
]
LIVE_SOCKETS = [f"{LIVE[0]},15008,{len(LIVE)},{len(LIVE)}"]
# An owner of a replaced address started so long after its connections were heard.
PAUSE = 3


def compile_tool(source, name):
    """A small C program of the project, compiled in the folder of builds if it has changed."""
    program, source = WORK / name, ROOT / source
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        WORK.mkdir(parents=True, exist_ok=True)
        # Under a name of its own until it is whole: others compile and run it at the same time.
        new = program.with_name(f"{name}.{secrets.token_hex(8)}")
        command = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", new, source]
        subprocess.run(command, check=True)
        new.replace(program)
    return program


def build():
    """Builds the program as it is released."""
    release = ["swift", "build", "-c", "release", "--static-swift-stdlib", "--product", "halfopen"]
    subprocess.run(release, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def apart():
    """What runs a command with processes and mounts of its own, all of which end with it."""
    memory = WORK / "memory"
    memory.mkdir(parents=True, exist_ok=True)
    # In memory, syncs cost nothing.
    script = f'mount -t tmpfs -o mode=755 tmpfs "{memory}" && exec "$@"'
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]
    return [*command, "sh", "-c", script, "sh"]


class Sockets:
    """A namespace with connections, until it is closed."""

    def __init__(self, *specifications):
        self.holder = subprocess.Popen(
            [compile_tool("Tests/Support/netns-sockets/main.c", "netns-sockets"), *specifications],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        word, _, self.pid = self.holder.stdout.readline().strip().partition(" ")
        if word != "ready":
            raise SystemExit("the sockets could not be made: it takes root")
        # No connection was heard after this. Making them may take seconds on a busy machine.
        self.heard = time.time()
        self.path = f"/proc/{self.pid}/ns/net"

    def established(self):
        """How many connections of the port there are."""
        count = 0
        for name in ("tcp", "tcp6"):
            lines = pathlib.Path(f"/proc/{self.pid}/net/{name}").read_text().splitlines()[1:]
            rows = [line.split() for line in lines]
            count += sum(row[3] == "01" and int(row[2][-4:], 16) == PORT for row in rows)
        return count

    def close(self):
        """Ends the namespace with its connections."""
        self.holder.stdin.close()
        self.holder.stdout.close()
        self.holder.wait()


def moment(seconds):
    """A time as the API writes it, in milliseconds."""
    text = datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def pod(name, addresses, start, **fields):
    """A Pod of the compact form, whose network came with it."""
    return {
        "namespace": "shop",
        "name": name,
        "uid": f"uid-{name}",
        "ips": addresses,
        "node": "node-1",
        "phase": "Running",
        "startTime": moment(start),
        "networkReady": True,
        "networkTransitionTime": moment(start),
        **fields,
    }


def snapshot(heard, captured_at, pods=()):
    """The cluster around connections that were last heard at a time, in the compact form."""
    old, new = heard - 86_400, heard + PAUSE
    known = [pod("proxy", PROXY, old), *pods]
    known += [pod(f"live-{number}", [address], old) for number, address in enumerate(LIVE)]
    known += [pod(f"new-{number}", [address], new) for number, address in enumerate(REPLACED)]
    node = {
        "name": "node-1",
        "addresses": ["192.0.2.1"],
        "podCIDRs": ["10.244.0.0/15"],
        "ready": True,
    }
    return json.dumps(
        {
            "schema": "halfopen.snapshot/v1",
            "capturedAt": moment(captured_at),
            "scope": "cluster",
            "pods": known,
            "nodes": [node],
        }
    )


def state_is_whole(path):
    """Whether a state file has the beginning and the checksum that it should."""
    data = pathlib.Path(path).read_bytes()
    if len(data) % 8 or not data.startswith(b"halfopen.state/v"):
        return False
    checksum = 0xCBF29CE484222325
    for start in range(0, len(data) - 8, 8):
        checksum = (checksum ^ int.from_bytes(data[start : start + 8], "little")) * 0x100000001B3
        checksum &= (1 << 64) - 1
    return checksum == int.from_bytes(data[-8:], "little")


def metrics_are_whole(path):
    """Whether a metrics file ends with the last metric that the program writes."""
    text = pathlib.Path(path).read_text(encoding="utf-8")
    return text.endswith("\n") and text.splitlines()[-1].startswith("halfopen_build_info{")
