import CLinux
import Glibc
import KernelTestSupport
import LinuxSystem
import Model
import Recording
import TestSupport
import Testing

@testable import Recording
@testable import SockDiag

/// A dump that is recorded, and its record replayed: whatever happened, it happens again.
struct RecordingReplayTests {
    /// What a dump came to.
    private struct DumpProgress: Equatable {
        var sockets: [TCPSocket] = []
        var times: [WallTime] = []
        var outcome: Result<DumpOutcome, SockDiagError>?
    }

    /// Keeps what is recorded, beyond the life of a transport.
    private final class Tape {
        var records: [RecordingRecord] = []
        /// The clock that is recorded: another time at each reading.
        var readings: Int64 = 0

        func clock() -> WallTime {
            readings += 1
            return WallTime(milliseconds: 1_795_000_000_000 + readings)
        }
    }

    struct Script: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var steps: [[FakeTransport.Step]]
        var rounds = 1
    }

    private static let scripts = [
        Script(
            testDescription: "sockets, twice, of another port and state",
            steps: [
                [
                    .messages([.socket(1), .socket(2), .socket(1)]),
                    .messages([.socket(3, port: 443), .socket(4, state: TCP_CLOSE_WAIT), .done()]),
                ]
            ]
        ),
        Script(
            testDescription: "two rounds",
            steps: [
                [.messages([.socket(1), .done()])], [.messages([.socket(2), .socket(1), .done()])],
            ],
            rounds: 2
        ),
        Script(
            testDescription: "a kernel that knows families only",
            steps: [
                [.messages([.error(-EINVAL)])],
                [.messages([.socket(1, type: SOCK_DIAG_BY_FAMILY), .done()])],
                [.messages([.socket(2, type: SOCK_DIAG_BY_FAMILY), .done()])],
            ]
        ),
        Script(
            testDescription: "a kernel without tcp_diag",
            steps: [[.messages([.done(-ENOENT)])]]
        ),
        Script(
            testDescription: "an error after some sockets",
            steps: [[.messages([.socket(1)]), .messages([.done(-ENOMEM)])]]
        ),
        Script(
            testDescription: "interrupted once",
            steps: [
                [.messages([.socket(1).interrupted, .done()])],
                [.messages([.socket(2), .socket(1), .done()])],
            ]
        ),
        Script(
            testDescription: "interrupted for ever",
            steps: [[.messages([.socket(1).interrupted, .done()])]]
        ),
        Script(
            testDescription: "signals and lost messages",
            steps: [
                [.fails(EINTR), .messages([.socket(1)]), .fails(ENOBUFS), .messages([.done()])],
                [.messages([.socket(1), .socket(2), .done()])],
            ]
        ),
        Script(testDescription: "silence", steps: [[.messages([.socket(1)])]]),
        Script(
            testDescription: "a socket without tcp_info",
            steps: [[.messages([.socket(1, hasInfo: false), .socket(2), .done()])]]
        ),
        Script(testDescription: "another sender", steps: [[.raw([0, 0, 0, 0], sender: 9)]]),
        Script(testDescription: "no netlink", steps: [[.raw([1, 2, 3, 4, 5])]]),
    ]

    @Test(arguments: scripts)
    func `A replay comes to what the dump came to`(_ script: Script) throws {
        let tape = Tape()
        let transport = RecordingTransport(
            over: FakeTransport(script.steps),
            clock: tape.clock,
            record: { tape.records.append($0) }
        )
        var dump = TCPDump(over: transport, rounds: script.rounds)
        let live = Self.course { body throws(SockDiagError) in
            try dump.run(remotePort: 15008, clock: { .distantPast }, body: body)
        }
        let socket = RecordedTarget.Socket(portID: FakeTransport.port, rounds: script.rounds)
        #expect(try replay(tape.records, socket) == live)
    }

    @Test func `A replay that ends too early is an error, wherever it ends`() throws {
        let tape = Tape()
        let transport = RecordingTransport(
            over: FakeTransport(Self.scripts[2].steps),
            clock: tape.clock,
            record: { tape.records.append($0) }
        )
        var dump = TCPDump(over: transport, rounds: 1)
        _ = try dump.run(remotePort: 15008, clock: tape.clock) { _, _ in }
        let socket = RecordedTarget.Socket(portID: FakeTransport.port, rounds: 1)
        #expect(tape.records.count == 6)
        for length in 0..<6 {
            let outcome = try replay(Array(tape.records.prefix(length)), socket).outcome
            #expect(outcome == .failure(.endOfReplay))
        }
    }

    @Test func `An error of the kernel is not taken for the end of its recording`() throws {
        let tape = Tape()
        let transport = RecordingTransport(
            over: FakeTransport([[.fails(EBADMSG)]]),
            clock: tape.clock,
            record: { tape.records.append($0) }
        )
        var dump = TCPDump(over: transport, rounds: 1)
        let failure = SockDiagError.cannotReceive(Errno(code: EBADMSG))
        #expect(throws: failure) {
            try dump.run(remotePort: 15008, clock: tape.clock) { _, _ in }
        }
        let socket = RecordedTarget.Socket(portID: FakeTransport.port, rounds: 1)
        #expect(try replay(tape.records, socket).outcome == .failure(failure))
    }

    @Test(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
    func `A capture of the kernel holds what was listed while it was made`() throws {
        let namespace = try SocketNamespace(
            ["10.244.0.1,15008,300,20", "fd00::1,15008,90", "::ffff:10.0.0.1,15008,9"],
            ownTable: 512
        )
        let tape = Tape()
        let socket = try DiagSocket(in: .process(namespace.pid))
        let captured = socket.captured
        #expect(captured.rounds == 2)
        var live = DumpProgress()
        live.outcome = .success(
            try socket.capture(
                remotePort: 15008,
                clock: wallClock,
                record: { tape.records.append($0) },
                body: {
                    live.sockets.append($0)
                    live.times.append($1)
                }
            )
        )
        #expect(live.sockets.count == 399)
        var encoder = RecordingEncoder()
        var decoder = RecordingDecoder()
        let heading = RecordingHeading(
            version: "",
            host: "",
            bootID: "",
            kernel: "",
            remotePort: 15008,
            begunAt: wallClock()
        )
        let target = RecordedTarget(
            inode: 1,
            path: nil,
            pid: nil,
            proxy: nil,
            socket: captured
        )
        for record in [.heading(heading), .target(target)] + tape.records {
            decoder.feed(encoder.encode(record)[...])
        }
        var records: [RecordingRecord] = []
        while let record = try decoder.next() { records.append(record) }
        #expect(try replay(Array(records.dropFirst(2)), captured) == live)
    }

    @Test(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
    func `What ss dumps is what a dump lists`() throws {
        let namespace = try SocketNamespace([
            "10.244.0.1,15008,300,20", "fd00::1,15008,90", "::ffff:10.0.0.1,15008,9",
            "10.244.0.1,443,20", "fd00::1,8080,20",
        ])
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "dump").path
        let ss = try Command(
            "/usr/bin/nsenter",
            ["-t", "\(namespace.pid)", "-n", "ss", "-D", file, "-i"],
            in: folder
        )
        #expect(ss.status == 0, "\(ss.errors)")
        let live = try dump(.process(namespace.pid)).sockets.map(\.cookie)
        let course = try replaySS(Self.read(file))
        #expect(course.outcome == .success(DumpOutcome(sockets: 399)))
        #expect(course.sockets.map(\.cookie).sorted() == live.sorted())
        #expect(course.times.allSatisfy { $0 == WallTime(epochSeconds: 1) })
    }

    @Test func `One family of two is no dump of ss`() throws {
        let sockets: [FakeTransport.Message] = [
            .socket(1, type: SOCK_DIAG_BY_FAMILY), .done(),
            .socket(2, type: SOCK_DIAG_BY_FAMILY), .done(),
        ]
        let messages = sockets.map { $0.encoded(sequence: 123_456) }
        #expect(try replaySS(messages.flatMap(\.self)).outcome == .success(DumpOutcome(sockets: 2)))
        let half = try replaySS(messages.prefix(2).flatMap(\.self))
        #expect(half.outcome == .failure(.endOfReplay))
        #expect(half.sockets.map(\.cookie) == [1])
        let interrupted = [sockets[0].interrupted] + sockets.dropFirst()
        #expect(
            try replaySS(interrupted.flatMap { $0.encoded(sequence: 123_456) }).outcome
                == .success(DumpOutcome(sockets: 2, gaps: [.interrupted]))
        )
    }

    // MARK: - Steps

    private static func course(
        _ dump: ((TCPSocket, WallTime) -> Void) throws(SockDiagError) -> DumpOutcome
    ) -> DumpProgress {
        var course = DumpProgress()
        do throws(SockDiagError) {
            let outcome = try dump {
                course.sockets.append($0)
                course.times.append($1)
            }
            course.outcome = .success(outcome)
        } catch {
            course.outcome = .failure(error)
        }
        return course
    }

    private func replay(
        _ records: [RecordingRecord],
        _ socket: RecordedTarget.Socket
    ) throws -> DumpProgress {
        var rest = records[...]
        let replayed = ReplayedSocket(socket) { rest.popFirst() }
        var course = DumpProgress()
        do throws(SockDiagError) {
            course.outcome = .success(
                try replayed.dump(remotePort: 15008) {
                    course.sockets.append($0)
                    course.times.append($1)
                }
            )
            #expect(rest.isEmpty)
        } catch {
            course.outcome = .failure(error)
        }
        return course
    }

    private func replaySS(_ bytes: [UInt8]) throws -> DumpProgress {
        var decoder = SSDumpDecoder()
        decoder.feed(bytes[...])
        var messages: [[UInt8]] = []
        while let message = try decoder.next() { messages.append(message) }
        try decoder.finish()
        var rest = messages[...]
        let replayed = ReplayedSocket(dumpedBySSAt: WallTime(epochSeconds: 1)) { rest.popFirst() }
        var course = DumpProgress()
        do throws(SockDiagError) {
            course.outcome = .success(
                try replayed.dump(remotePort: 15008) {
                    course.sockets.append($0)
                    course.times.append($1)
                }
            )
        } catch {
            course.outcome = .failure(error)
        }
        return course
    }

    private static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return Array(bytes[..<max(count, 0)])
    }
}
