"""Containers of an unpacked OCI image, run by runc as a container runtime would set them up."""

import json
import os
import subprocess
import uuid

# The profile that Debian's packages of container runtimes bring, as podman and CRI-O apply it.
PROFILE = "/usr/share/containers/seccomp.json"
# What of a Pod and of its containers is taken over, or makes no difference to a process on a node.
POD_KEYS = {"hostPID", "containers", "volumes"}
POD_KEYS |= {"automountServiceAccountToken", "serviceAccountName", "tolerations"}
POD_KEYS |= {"priorityClassName", "terminationGracePeriodSeconds"}
CONTAINER_KEYS = {"name", "command", "args", "env", "volumeMounts", "securityContext"}
CONTAINER_KEYS |= {"image", "ports", "livenessProbe", "resources"}
SECURITY_KEYS = {"runAsUser", "runAsGroup", "runAsNonRoot", "privileged"}
SECURITY_KEYS |= {"allowPrivilegeEscalation", "readOnlyRootFilesystem", "seccompProfile"}
SECURITY_KEYS |= {"capabilities"}
# What a kubelet gives every container, whatever its manifest says.
SERVICE = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def command(bundle, words, capabilities=()):
    """What runs a program as a container's first process, in the node's PID and network namespaces.

    It has the default seccomp profile, no new privileges and a read-only root. The bundle's file
    `pid` then has its number.
    """
    path = bundle / "config.json"
    config = json.loads(path.read_text())
    confine(config, words, capabilities)
    config["linux"]["namespaces"] = [{"type": kind} for kind in ("mount", "ipc", "uts")]
    path.write_text(json.dumps(config))
    return run(bundle)


def of_pod(image, bundle, pod, container, network, volumes=None):
    """What runs a container of a Pod, as its manifest says.

    The image is an unpacked one, of which several containers may have the root at once, and the
    bundle a new folder, named as the Pod's host. The network is the Pod's network namespace, and
    volumes are the folders of its volumes, by name.
    """
    config = json.loads((image / "config.json").read_text())
    security = container["securityContext"]
    for keys, known in ((pod, POD_KEYS), (container, CONTAINER_KEYS), (security, SECURITY_KEYS)):
        if unknown := set(keys) - known:
            raise LookupError(f"a container of runc does not have {', '.join(unknown)}")
    capabilities = security["capabilities"]
    wanted = {"privileged": False, "allowPrivilegeEscalation": False}
    wanted |= {"readOnlyRootFilesystem": True, "seccompProfile": {"type": "RuntimeDefault"}}
    if capabilities["drop"] != ["ALL"] or not wanted.items() <= security.items():
        raise LookupError(f"the container '{container['name']}' may do more than it should")
    entry = container.get("command") or config["process"]["args"]
    confine(config, [*entry, *container.get("args", [])], capabilities.get("add", []))
    process = config["process"]
    process["user"] = {"uid": security["runAsUser"], "gid": security.get("runAsGroup", 0)}
    words = {entry["name"]: entry["value"] for entry in container.get("env", [])}
    process["env"] += [f"{name}={value}" for name, value in (SERVICE | words).items()]
    kinds = ["mount", "ipc", "uts"] + ([] if pod.get("hostPID") else ["pid"])
    if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        kinds.append("cgroup")
    config["linux"]["namespaces"] = [{"type": kind} for kind in kinds]
    config["linux"]["namespaces"].append({"type": "network", "path": network})
    config["hostname"] = bundle.name
    config["root"]["path"] = str((image / "rootfs").resolve())
    for mount in container.get("volumeMounts", []):
        options = ["bind", "ro" if mount.get("readOnly") else "rw", "nosuid", "nodev"]
        source = str(volumes[mount["name"]])
        config["mounts"].append(
            {"destination": mount["mountPath"], "source": source, "options": options}
        )
    bundle.mkdir(parents=True)
    (bundle / "config.json").write_text(json.dumps(config))
    return run(bundle)


def run(bundle):
    """What runs a bundle. Its file `pid` then has the number of its first process."""
    # Process numbers are not unique among process namespaces.
    name = f"halfopen-{uuid.uuid4()}"
    log = ["--log", bundle / "runc.log"]
    return ["runc", *log, "run", "--bundle", bundle, "--pid-file", bundle / "pid", name]


def confine(config, words, capabilities):
    """Sets what every container has: its program, its capabilities and nothing beyond them."""
    capabilities = [f"CAP_{name}" for name in capabilities]
    process = config["process"]
    process |= {"args": words, "terminal": False, "noNewPrivileges": True}
    process["capabilities"] = {
        kind: capabilities for kind in ("bounding", "effective", "permitted")
    }
    # A machine without CAP_SYS_RESOURCE may not raise them.
    process.pop("rlimits", None)
    config["root"]["readonly"] = True
    config["linux"]["seccomp"] = seccomp(capabilities)
    config["linux"].pop("resources", None)


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
