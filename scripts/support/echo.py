"""Pods that answer and ping on port 15008, and a waypoint that keeps connections to them."""

import cluster

# Answers on every connection, and pings it every 10 s. In a real Pod this is ztunnel.
POD_PROGRAM = """
import socket, threading, time

def answer(connection):
    while message := connection.recv(64):
        if message.startswith(b"request"):
            connection.sendall(b"answer")

def ping(connection):
    while True:
        time.sleep(10)
        # As long as a PING of HTTP/2 in a record of TLS 1.3.
        connection.sendall(b"ping".ljust(39))

server = socket.create_server(("", 15008))
print("ready", flush=True)
while True:
    connection = server.accept()[0]
    for work in (answer, ping):
        threading.Thread(target=work, args=[connection], daemon=True).start()
"""

# Keeps connections open, answers their pings, and sends on them as told. In a real waypoint this is
# Envoy, and the agent started it.
WAYPOINT_PROGRAM = """
import queue, socket, sys, threading

connections, answers = {}, queue.Queue()

def read(connection):
    try:
        while message := connection.recv(64):
            if message.startswith(b"ping"):
                connection.sendall(b"pong".ljust(39))
            else:
                answers.put("answered")
        answers.put("closed")
    except OSError as error:
        answers.put(error.strerror)

print("ready", flush=True)
for line in sys.stdin:
    name, address = line.split()
    if name not in connections:
        connections[name] = socket.create_connection((address, 15008))
        threading.Thread(target=read, args=[connections[name]], daemon=True).start()
    connections[name].sendall(b"request")
    try:
        print(answers.get(timeout=2), flush=True)
    except queue.Empty:
        print("no answer in 2 s", flush=True)
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
