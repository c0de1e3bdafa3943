"""Pods that answer on port 15008, and a waypoint that keeps connections to them."""

import cluster

# Answers on every connection. In a real Pod this is ztunnel.
POD_PROGRAM = """
import socket, threading

def answer(connection):
    while request := connection.recv(64):
        connection.sendall(request)

def accept(server):
    while True:
        threading.Thread(target=answer, args=server.accept()[:1], daemon=True).start()

server = socket.create_server(("", 15008))
print("ready", flush=True)
accept(server)
"""

# Keeps connections open and sends on them as told. In a real waypoint this is Envoy.
WAYPOINT_PROGRAM = """
import socket, sys

connections = {}
print("ready", flush=True)
for line in sys.stdin:
    name, address = line.split()
    try:
        if name not in connections:
            connections[name] = socket.create_connection((address, 15008), timeout=2)
        connections[name].sendall(b"request")
        print("answered" if connections[name].recv(64) else "closed", flush=True)
    except TimeoutError:
        print("no answer in 2 s", flush=True)
    except OSError as error:
        print(error.strerror, flush=True)
"""


class Pod(cluster.Pod):
    """A Pod that answers."""

    def run_containers(self):
        self.start_python(POD_PROGRAM)


class Waypoint(cluster.Pod):
    """The proxy whose connections are looked at."""

    def run_containers(self):
        self.proxy = self.start_python(WAYPOINT_PROGRAM)

    def request(self, connection, pod):
        """Sends on the connection of that name, opened on first use; says what the result was."""
        (address,) = pod.addresses
        self.proxy.stdin.write(f"{connection} {address}\n")
        self.proxy.stdin.flush()
        outcome = self.proxy.stdout.readline().strip()
        print(f"    {connection:12} {address}:15008  {outcome}", flush=True)
        return outcome

    def proxy_pid(self):
        """The process that holds the connections: setpriv and ip became it."""
        return self.proxy.pid
