"""Folders that are the root of a small Debian or of nothing, and programs that run in them."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What was debootstrapped once, by release: each tree is a copy.
CACHE = ROOT / ".build" / "trees"


class Tree:
    """A root folder that goes with its owner."""

    def __init__(self, stack, suite=None):
        folder = tempfile.mkdtemp(prefix="halfopen-tree-")
        stack.callback(subprocess.run, ["rm", "-rf", "--one-file-system", folder])
        self.path = pathlib.Path(folder) / "root"
        self.has_programs = suite is not None
        self.name = f"Debian's {suite}" if suite else "a tree with /proc alone"
        if suite:
            subprocess.run(["cp", "-a", debian(suite), self.path], check=True)
            shutil.copyfile("/etc/resolv.conf", self.path / "etc/resolv.conf")
        else:
            (self.path / "proc").mkdir(parents=True)

    def command(self, *command, namespace=None, mounts=(), environment=None):
        """What runs a program with this root, in a process namespace of its own that ends with it.

        There is /proc, and /dev and /sys if the tree has the folders. Mounts are folders of this
        machine that the program sees, read-only, at the same place. The environment is the given
        one alone.
        """
        outside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--"]
        if namespace:
            outside = ["nsenter", f"--net=/run/netns/{namespace}", "--", *outside]
        # A mount, as the root of a system is: "ip netns exec" wants one.
        steps = ["set -e", f"mount --bind '{self.path}' '{self.path}'"]
        for folder in mounts:
            place = self.path / str(folder).lstrip("/")
            steps.append(f"mkdir -p '{place}' && mount --bind -o ro '{folder}' '{place}'")
        steps.append(f"mount -t proc proc '{self.path}/proc'")
        # runc wants to see its cgroups in /sys.
        for name in ("dev", "sys"):
            if (self.path / name).is_dir():
                steps.append(f"mount --rbind /{name} '{self.path}/{name}'")
        words = [f"{name}={value}" for name, value in (environment or {}).items()]
        if self.has_programs:
            # A process that chroot moved may make no user namespace. The tree's umount takes away
            # what is over the new root: the old one.
            steps.append(f"cd '{self.path}'; pivot_root . .; umount -l .")
        else:
            # env is this machine's, and the program the tree's: chroot stands between them.
            command = [shutil.which("chroot"), self.path, *command]
        steps.append('exec env -i "$@"')
        return [*outside, "sh", "-c", "\n".join(steps), "sh", *words, *command]

    def processes(self):
        """The numbers of the processes that have this root."""
        root = self.path.stat()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            # By its name it may be / there.
            with contextlib.suppress(OSError):
                if os.path.samestat(os.stat(f"/proc/{pid}/root"), root):
                    yield pid

    def shell(self, script, **options):
        """Runs a script of the tree's shell, with the path of a login."""
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        environment = {"PATH": path, "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
        environment |= options.pop("environment", {})
        mounts = options.pop("mounts", ())
        command = self.command(
            "/bin/sh", "-e", "-c", script, environment=environment, mounts=mounts
        )
        return subprocess.run(command, check=True, **options)


def debian(suite):
    """The folder of a minimal Debian, made on first use."""
    folder = CACHE / suite
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        unfinished = pathlib.Path(tempfile.mkdtemp(prefix=f"{suite}.", dir=CACHE))
        # What it mounts goes with it, however it ends; in memory, dpkg's many syncs cost nothing.
        script = """
            mount -t tmpfs -o mode=755 tmpfs "$1"
            debootstrap --variant=minbase "$2" "$1" >/dev/null
            cp -a "$1" "$3"
        """
        apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]
        try:
            made = unfinished / "made"
            made.mkdir()
            subprocess.run(
                [*apart, "sh", "-e", "-c", script, "sh", made, suite, unfinished / suite],
                check=True,
            )
            (unfinished / suite).rename(folder)
        finally:
            subprocess.run(["rm", "-rf", "--one-file-system", unfinished], check=True)
    return folder
