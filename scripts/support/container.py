"""A container of an unpacked OCI image, run by runc as a container runtime would set it up."""

import json
import os
import subprocess

# The profile that Debian's packages of container runtimes bring, as podman and CRI-O apply it.
PROFILE = "/usr/share/containers/seccomp.json"


def command(bundle, words, capabilities=()):
    """What runs a program as a container's first process, in the node's PID and network namespaces.

    It has the default seccomp profile, no new privileges and a read-only root. The bundle's file
    `pid` then has its number.
    """
    path = bundle / "config.json"
    config = json.loads(path.read_text())
    capabilities = [f"CAP_{name}" for name in capabilities]
    process = config["process"]
    process |= {"args": words, "terminal": False, "noNewPrivileges": True}
    process["capabilities"] = {
        kind: capabilities for kind in ("bounding", "effective", "inheritable", "permitted")
    }
    # A machine without CAP_SYS_RESOURCE may not raise them.
    process.pop("rlimits", None)
    config["root"]["readonly"] = True
    config["linux"]["namespaces"] = [{"type": kind} for kind in ("mount", "ipc", "uts")]
    config["linux"]["seccomp"] = seccomp(capabilities)
    config["linux"].pop("resources", None)
    path.write_text(json.dumps(config))
    name = f"halfopen-{os.getpid()}"
    return ["runc", "run", "--bundle", bundle, "--pid-file", bundle / "pid", name]


def seccomp(capabilities):
    """The default profile as the runtime specification wants it, for these capabilities."""
    with open(PROFILE, encoding="utf-8") as file:
        profile = json.load(file)
    architecture = subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
    ).stdout.strip()
    machine = os.uname().machine

    def applies(rule):
        include, exclude = rule.get("includes") or {}, rule.get("excludes") or {}
        return (
            all(name in capabilities for name in include.get("caps") or [])
            and not any(name in capabilities for name in exclude.get("caps") or [])
            and architecture in (include.get("arches") or [architecture])
            and architecture not in (exclude.get("arches") or [])
        )

    rules = []
    for rule in filter(applies, profile["syscalls"]):
        entry = {"names": rule["names"], "action": rule["action"]}
        entry |= {"errnoRet": rule["errnoRet"]} if "errnoRet" in rule else {}
        entry |= {"args": rule["args"]} if rule.get("args") else {}
        rules.append(entry)
    native = f"SCMP_ARCH_{machine.upper()}"
    return {
        "defaultAction": profile["defaultAction"],
        "defaultErrnoRet": profile["defaultErrnoRet"],
        "architectures": [native],
        "syscalls": rules,
    }
