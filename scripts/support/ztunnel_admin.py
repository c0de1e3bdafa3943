#!/usr/bin/python3
"""A stand-in for the admin server of Istio's ztunnel: as a program that is called "ztunnel".

    [ANSWER=KIND] [WORKLOADS=SPEC] [READY=STATUS] [PORT=N] [SENT=FILE] ztunnel proxy ztunnel

Answers GET /config_dump on 127.0.0.1:15000 in the shape and layout of ztunnel 1.27, and GET
/healthz/ready on port 15021 if READY is given. WORKLOADS is a number of made-up Pods, or the name
of a file of lines ADDRESS NAME NODE, read again for each answer. ANSWER is how it answers: length,
chunked, close, or one of the faults below. Creates the file "listening", or that of LISTENING, when
it does, and adds a line with the number of bytes and the CPU seconds to SENT for each answer.
"""

import ipaddress
import json
import os
import socket
import sys
import threading
import time

ANSWER = os.environ.get("ANSWER", "length")
WORKLOADS = os.environ.get("WORKLOADS", "3")


def made_up(count):
    for number in range(count):
        address = ipaddress.ip_address("10.64.0.1") + number
        yield str(address), f"web-{number}", f"node-{number % 250}"


def from_file(name):
    with open(name, encoding="utf-8") as lines:
        for line in lines:
            yield line.split()


def workload(address, name, node):
    return {
        "workloadIps": [address],
        "protocol": "HBONE",
        "uid": f"Kubernetes//Pod/shop/{name}",
        "name": name,
        "namespace": "shop",
        "trustDomain": "cluster.local",
        "serviceAccount": "web",
        "workloadName": "web",
        "workloadType": "deployment",
        "canonicalName": "web",
        "canonicalRevision": "latest",
        "clusterId": "Kubernetes",
        "node": node,
        "status": "Healthy",
        "services": ["shop/web.shop.svc.cluster.local"],
        "capacity": 1,
    }


def dump():
    pods = made_up(int(WORKLOADS)) if WORKLOADS.isdigit() else from_file(WORKLOADS)
    document = {
        "workloads": [workload(*pod) for pod in pods],
        "services": [
            {
                "name": "web",
                "namespace": "shop",
                "hostname": "web.shop.svc.cluster.local",
                "vips": ["/10.96.0.10"],
                "ports": {"80": 8080},
                "endpoints": {},
                "subjectAltNames": [],
                "waypoint": None,
            }
        ],
        "policies": [],
        "certificates": [],
        "config": {"network": "", "adminAddr": "127.0.0.1:15000", "numWorkerThreads": 2},
        "version": {"version": "1.27.0"},
    }
    return json.dumps(document, indent=2).encode()


def head(*fields):
    date = "date: Thu, 26 Nov 2026 02:00:00 GMT"
    return "\r\n".join(
        ["HTTP/1.1 200 OK", "content-type: application/json", *fields, date]
    ).encode()


def answer(connection):
    body = dump() if ANSWER in ("length", "chunked", "close") else b""
    end = b"\r\n\r\n"
    if ANSWER == "length":
        return head(f"content-length: {len(body)}") + end + body
    if ANSWER == "chunked":
        pieces = [body[at : at + 10_007] for at in range(0, len(body), 10_007)] + [b""]
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        return head("transfer-encoding: chunked") + end + chunks
    if ANSWER == "close":
        return head("connection: close") + end + body
    if ANSWER == "silent":
        time.sleep(3600)
    if ANSWER == "trickle":
        connection.sendall(head("connection: close") + end + b'{"workloads":[')
        while True:
            try:
                connection.sendall(b" ")
            except ConnectionError:
                sys.exit()
            time.sleep(0.1)
    if ANSWER == "cut":
        return head("content-length: 1000") + end + b'{"workloads":['
    if ANSWER == "oversize":
        return head("content-length: 1073741825") + end + b'{"workloads":['
    if ANSWER == "missing":
        return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0" + end
    if ANSWER == "text":
        return head("content-length: 5") + end + b"hello"
    if ANSWER == "list":
        return head("content-length: 26") + end + b'{"kind":"List","items":[]}'
    if ANSWER == "foreign":
        return b"220 smtp.example.com ESMTP\r\n"
    sys.exit(f"ztunnel: no such answer: {ANSWER}")


def serve_dump(connection):
    with connection:
        request = connection.recv(65536)
        if not request.startswith(b"GET /config_dump HTTP/1.1\r\n"):
            sys.exit(f"ztunnel: an unexpected request: {request}")
        began = time.process_time()
        bytes_ = answer(connection)
        try:
            connection.sendall(bytes_)
        except ConnectionError:
            return
        if "SENT" in os.environ:
            with open(os.environ["SENT"], "a", encoding="utf-8") as sent:
                print(len(bytes_), round(time.process_time() - began, 3), file=sent)


def serve_readiness(connection):
    with connection:
        connection.recv(65536)
        status = os.environ["READY"]
        connection.sendall(f"HTTP/1.1 {status} Status\r\ncontent-length: 3\r\n\r\nyes".encode())


def listen(port, serve):
    server = socket.create_server(("127.0.0.1", port))

    def accept():
        while True:
            connection, _ = server.accept()
            threading.Thread(target=serve, args=[connection], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


if __name__ == "__main__":
    if sys.argv[1:] != ["proxy", "ztunnel"]:
        sys.exit("ztunnel: run it as 'ztunnel proxy ztunnel'")
    if ANSWER != "deaf":
        listen(int(os.environ.get("PORT", 15000)), serve_dump)
    if "READY" in os.environ:
        listen(15021, serve_readiness)
    with open(os.environ.get("LISTENING", "listening"), "w", encoding="utf-8"):
        pass
    sys.stdin.read()
