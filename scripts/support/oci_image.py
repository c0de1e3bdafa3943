#!/usr/bin/env python3
"""oci_image: make an OCI image of one layer, as an archive, from a tar on standard input.

No daemon and no registry is needed. The same input gives the same bytes. The archive also has what
"docker load" of old versions reads. See the OCI Image Format Specification, v1.0.
"""

import argparse
import datetime
import gzip
import hashlib
import io
import json
import sys
import tarfile

PREFIX = "application/vnd.oci.image."


class Archive:
    """A tar of an image layout: blobs under the names of their digests."""

    def __init__(self, path, time):
        # USTAR: the format with the fewest ways to say the same.
        self.tar, self.time = tarfile.open(path, "w", format=tarfile.USTAR_FORMAT), time
        self.folders = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tar.close()

    def add(self, name, content):
        """Adds a file, with the folders that it lies in."""
        parts = name.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            if folder not in self.folders:
                self.folders.add(folder)
                self.add_member(folder, tarfile.DIRTYPE, 0o755, b"")
        self.add_member(name, tarfile.REGTYPE, 0o644, content)

    def add_member(self, name, kind, mode, content):
        member = tarfile.TarInfo(name)
        member.type, member.mode, member.mtime, member.size = kind, mode, self.time, len(content)
        self.tar.addfile(member, io.BytesIO(content))

    def add_blob(self, kind, content):
        """Adds a blob; its descriptor."""
        digest = hashlib.sha256(content).hexdigest()
        self.add(f"blobs/sha256/{digest}", content)
        return {"mediaType": PREFIX + kind, "digest": f"sha256:{digest}", "size": len(content)}


def encode(document):
    return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"


def write(options, layer):
    """Writes the archive: layer, configuration, manifest, and the index that names it."""
    labels = dict(label.split("=", 1) for label in options.label)
    created = datetime.datetime.fromtimestamp(options.created, datetime.timezone.utc)
    created = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    labels["org.opencontainers.image.created"] = created
    platform = {"architecture": options.architecture, "os": "linux"}
    config = platform | {
        "config": {
            "Entrypoint": options.entrypoint,
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Labels": labels,
            "WorkingDir": "/",
        },
        "created": created,
        "history": [{"created": created, "created_by": "halfopen"}],
        "rootfs": {"diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"], "type": "layers"},
    }
    with Archive(options.output, options.created) as archive:
        layer = archive.add_blob("layer.v1.tar+gzip", gzip.compress(layer, 9, mtime=0))
        config = archive.add_blob("config.v1+json", encode(config))
        manifest = {
            "schemaVersion": 2,
            "mediaType": PREFIX + "manifest.v1+json",
            "config": config,
            "layers": [layer],
            "annotations": labels,
        }
        manifest = archive.add_blob("manifest.v1+json", encode(manifest))
        manifest |= {
            "platform": platform,
            "annotations": {"org.opencontainers.image.ref.name": options.tag},
        }
        index = {
            "schemaVersion": 2,
            "mediaType": PREFIX + "index.v1+json",
            "manifests": [manifest],
        }
        archive.add("index.json", encode(index))
        archive.add("oci-layout", encode({"imageLayoutVersion": "1.0.0"}))
        old = {
            "Config": path(config),
            "Layers": [path(layer)],
            "RepoTags": [f"halfopen:{options.tag}"],
        }
        archive.add("manifest.json", encode([old]))


def path(descriptor):
    return "blobs/" + descriptor["digest"].replace(":", "/")


def main():
    parser = argparse.ArgumentParser(
        prog="oci_image",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--output", required=True, metavar="FILE")
    parser.add_argument("--architecture", required=True, metavar="NAME", help="as Go names it")
    parser.add_argument("--tag", required=True, help="the reference's tag")
    parser.add_argument("--created", required=True, type=int, metavar="EPOCH")
    parser.add_argument("--label", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("entrypoint", nargs="+", metavar="WORD", help="what a container runs")
    write(parser.parse_args(), sys.stdin.buffer.read())


if __name__ == "__main__":
    main()
