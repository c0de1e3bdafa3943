"""Ends HBONE tunnels, pings and drains as ztunnel does, which a real Envoy does otherwise.

The arguments: a folder with a certificate, the seconds between pings, and the seconds that old
streams are given once it drains. On the order "drain", it sends GOAWAY on every connection, stops
its pings there, and goes on with new connections, as the next ztunnel of a node would.
"""

import asyncio
import contextlib
import pathlib
import socket
import ssl
import sys

PREFACE = 24  # The bytes that a client of HTTP/2 begins with.
DATA, HEADERS, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 4, 6, 7, 8
END_STREAM = ACK = 1
END_HEADERS = 4
STATUS_200 = b"\x88"  # Number 8 of HPACK's static table.
LAST_STREAM = 2**31 - 1


def frame(kind, flags, stream, payload):
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def ping(flags=0, payload=b"halfopen"):
    return frame(PING, flags, 0, payload)


def goaway(last_stream):
    return frame(GOAWAY, 0, 0, last_stream.to_bytes(4) + bytes(4))


class Connection:
    """A connection of a client, with its tunnels."""

    def __init__(self, reader, writer, interval):
        self.reader, self.writer, self.interval = reader, writer, interval
        self.tunnels, self.last_stream = {}, 0
        self.answered, self.pinging = asyncio.Event(), None

    async def serve(self):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self.reader.readexactly(PREFACE)
            self.writer.write(frame(SETTINGS, 0, 0, b""))
            self.pinging = asyncio.create_task(self.ping())
            while True:
                await self.take(*await self.next_frame())
        if self.pinging:
            self.pinging.cancel()
        self.writer.close()

    async def next_frame(self):
        head = await self.reader.readexactly(9)
        payload = await self.reader.readexactly(int.from_bytes(head[:3]))
        return head[3], head[4], int.from_bytes(head[5:]), payload

    async def take(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            self.writer.write(frame(SETTINGS, ACK, 0, b""))
        elif kind == PING and flags & ACK:
            self.answered.set()
        elif kind == PING:
            self.writer.write(ping(ACK, payload))
        elif kind == HEADERS:
            self.last_stream = stream
            reader, self.tunnels[stream] = await asyncio.open_connection("127.0.0.1", 8080)
            self.writer.write(frame(HEADERS, END_HEADERS, stream, STATUS_200))
            asyncio.create_task(self.hand_back(stream, reader))
        elif kind == DATA and stream in self.tunnels:
            self.tunnels[stream].write(payload)
            more = len(payload).to_bytes(4)
            if payload:
                self.writer.write(
                    frame(WINDOW_UPDATE, 0, 0, more) + frame(WINDOW_UPDATE, 0, stream, more)
                )
            if flags & END_STREAM:
                self.tunnels.pop(stream).close()

    async def hand_back(self, stream, reader):
        """Sends what the application says, to its end."""
        with contextlib.suppress(OSError):
            while data := await reader.read(16384):
                self.send(frame(DATA, 0, stream, data))
            self.send(frame(DATA, END_STREAM, stream, b""))

    def send(self, frames):
        """Sends, unless the connection was closed at the end of a drain."""
        if not self.writer.is_closing():
            self.writer.write(frames)

    async def ping(self):
        """Pings, each time so long after the last answer."""
        while True:
            await asyncio.sleep(self.interval)
            self.answered.clear()
            self.writer.write(ping())
            await self.answered.wait()

    async def drain(self, deadline):
        """Takes no new streams, and leaves the old ones until the deadline."""
        self.pinging.cancel()
        self.answered.clear()
        self.writer.write(goaway(LAST_STREAM) + ping(payload=b"draining"))
        await self.answered.wait()
        self.writer.write(goaway(self.last_stream))
        await asyncio.sleep(deadline)
        self.writer.close()


async def run(folder, interval, deadline):
    connections = []

    async def serve(*streams):
        connections.append(Connection(*streams, interval))
        await connections[-1].serve()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("::", 15008), family=socket.AF_INET6, dualstack_ipv6=True)
    await asyncio.start_server(serve, sock=listener, ssl=context)
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        for connection in connections:
            asyncio.create_task(connection.drain(deadline))
        connections.clear()


if __name__ == "__main__":
    asyncio.run(run(pathlib.Path(sys.argv[1]), *map(float, sys.argv[2:])))
