import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// Scans without any snapshot.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct WithoutSnapshotTests {
    @Test(arguments: [
        (
            "halfopen -a -o wide --no-header", 0,
            """
            halfopen: no half-open candidate among 2 connections to :15008; 2 current; no snapshot \
            (-s would name the Pods and prove more)

            """
        ),
        ("halfopen check", 0, ""),
        (
            "halfopen reap", 0,
            """
            halfopen: no half-open candidate among 2 connections to :15008; 2 current; no snapshot \
            (-s would name the Pods and prove more)
            halfopen: nothing to destroy

            """
        ),
    ])
    func `Connections that were just heard are alive`(
        command: String,
        status: Int32,
        messages: String
    ) throws {
        let namespace = try SocketNamespace(["10.244.0.1,15008,2"])
        let answer = try Session().run("\(command) -N \(namespace.path)")
        #expect(answer.status == status)
        #expect(answer.errors == messages)
        if command.contains("wide") {
            #expect(answer.output.split(separator: "\n").count == 2)
            #expect(answer.output.contains("current  assumed"))
            #expect(answer.output.contains("heard-now"))
        }
    }

    @Test func `A file of a capture is judged without a snapshot, too`() throws {
        let namespace = try SocketNamespace(["10.244.0.1,15008,3"])
        let answer = try Session().run(
            """
            halfopen capture -N \(namespace.path) --output-file now.capture &&
                halfopen -r now.capture -a -o json
            """
        )
        #expect(answer.status == 0, "\(answer.errors)")
        let report = try ReadReport(answer.output)
        #expect(report.summary.sockets == 3)
        #expect(report.summary.current == 3)
        #expect(report.snapshots.isEmpty)
    }

    /// A client with two connections to one server, in a namespace of their own.
    ///
    /// The server pings both, and then only the second for 25 seconds.
    private static let mesh = #"""
        import os, socket, subprocess, sys, time

        listener = socket.create_server(("127.0.0.1", 15008))

        def connect():
            client = socket.create_connection(("127.0.0.1", 15008))
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return client, listener.accept()[0]

        def ping(client, server):
            server.sendall(b"p" * 39)
            assert len(client.recv(39, socket.MSG_WAITALL)) == 39
            client.sendall(b"a" * 39)
            assert len(server.recv(39, socket.MSG_WAITALL)) == 39

        def pass_time(seconds, *pairs):
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                for pair in pairs:
                    ping(*pair)
                time.sleep(1)

        def halfopen(command, *words):
            answer = subprocess.run(
                ["halfopen", command, "--silent-after", "25s", "-q", *words], stdout=subprocess.PIPE
            )
            return answer.returncode, answer.stdout.decode()

        fading, steady = connect(), connect()
        pass_time(3, fading, steady)
        watch = subprocess.Popen(
            ["halfopen", "watch", "--silent-after", "25s", "--interval", "1s"],
            stdout=open("events", "w"),
        )
        assert halfopen("list", "--state", "state")[0] == 0
        pass_time(12, fading, steady)
        assert halfopen("list", "--state", "state")[0] == 0
        pass_time(26, steady)
        status, alone = halfopen("list", "-o", "json")
        assert status == 1, status
        print(alone)
        status, reaped = halfopen("reap", "--yes", "--state", "state", "-o", "json")
        assert status == 0, status
        print(reaped)
        ping(*steady)
        try:
            ping(*fading)
            sys.exit("it was not destroyed")
        except OSError:
            pass
        watch.terminate()
        assert watch.wait() == 0
        """#

    @Test func `Pings that stop on one connection are proof once scans have seen them`() throws {
        let session = try Session()
        try session.write(Self.mesh, to: "mesh.py")
        let answer = try session.run(
            """
            unshare -n bash -c 'ip link set lo up && python3 mesh.py' >out || exit
            cat out; echo; cat events
            """
        )
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(answer.errors == "")
        let documents = answer.output.split(separator: "\n}\n").map { $0 + "\n}\n" }
        try #require(documents.count == 3)
        let once = try ReadReport(String(documents[0]))
        #expect(once.findings.map(\.verdict) == ["silent"])
        #expect(once.findings.map(\.confidence) == ["suspected"])
        #expect(once.findings.map(\.reason) == ["pings-missed"])
        #expect(once.summary.silent == 1)
        #expect(once.summary.current == 1)
        #expect(documents[1].contains(#""confidence":"confirmed","reason":"pings-missed""#))
        #expect(documents[1].contains(#""result":"destroyed""#))
        // The watch has seen the pings as well, and keeps no file.
        #expect(documents[2].contains(#""type":"appeared""#))
        #expect(documents[2].contains(#""confidence":"confirmed","reason":"pings-missed""#))
    }
}
