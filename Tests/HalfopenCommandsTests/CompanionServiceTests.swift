import Discovery
import Foundation
import KernelTestSupport
import LinuxSystem
import Model
import SockDiag
import TestSupport
import Testing

@testable import HalfopenCommands

/// What the companion does, and what it refuses, asked as a program would that somebody broke into.
struct CompanionServiceTests {
    private static let socket = TCPSocket(
        family: .ipv6,
        local: Endpoint(address: IPAddress(high: 1, low: 2), port: 3),
        peer: Endpoint(address: IPAddress(high: .max, low: 5), port: 15008),
        interface: 7,
        cookie: 0x0102_0304_0506_0708,
        info: TCPInfo(lastDataReceived: 0, lastAckReceived: 0)
    )

    private static let requests: [CompanionRequest] =
        [
            .openTargets, .closeTargets, .openZtunnel,
            .destroy(target: 3, lookedAt: .seconds(7), [socket, socket]),
            .findOwners([SocketID(namespace: .max, inode: 5)], isLast: true),
            .findOwners([], isLast: false), .openSnapshot(2), .lockState, .openState, .unlockState,
            .setStateAside(.foreign), .setStateAside(.newer), .setStateAside(.damaged), .finish,
            .abandon,
        ] + CompanionRequest.Output.allCases.map { .create($0) }

    @Test(arguments: requests)
    func `A request is read as it was written, and no other bytes are one`(
        request: CompanionRequest
    ) {
        let bytes = request.bytes
        #expect(CompanionRequest(bytes) == request)
        for count in bytes.indices { #expect(CompanionRequest(Array(bytes[..<count])) == nil) }
        #expect(CompanionRequest(bytes + [0]) == nil)
    }

    @Test func `More sockets than a batch has are no request`() {
        let many = Array(repeating: Self.socket, count: DiagSocket.largestBatch + 1)
        #expect(
            CompanionRequest(CompanionRequest.destroy(target: 0, lookedAt: .zero, many).bytes)
                == nil
        )
    }

    /// Asks a companion for a command line, which serves until its answers end.
    private func serve(
        _ words: [String],
        _ command: Subcommand,
        ask: (borrowing MessageSocket) throws -> Void
    ) throws {
        let request = try ScanRequest(ParsedArguments(words).options, for: command)
        let ends = try MessageSocket.pair()
        Thread.detachNewThread {
            var service = CompanionService(
                request,
                over: MessageSocket(FileDescriptor(owning: ends.far))
            )
            service.serve()
        }
        try ask(MessageSocket(FileDescriptor(owning: ends.near)))
    }

    @Test(
        arguments: [
            // The command line names no such file, and destroys nothing.
            .create(.state), .create(.metrics), .create(.capture), .lockState, .openState,
            .openSnapshot(1), .openZtunnel, .finish,
            .destroy(target: 0, lookedAt: timeSinceBoot(), [socket]),
        ] as [CompanionRequest]
    )
    func `What the command line does not name is refused, for good`(
        request: CompanionRequest
    ) throws {
        try serve(["-s", "/nowhere"], .list) { channel in
            try channel.send(request.bytes)
            let message = try channel.receive()
            let isRefused = message == nil
            #expect(isRefused)
        }
    }

    @Test(arguments: [[], [255], [0, 0], Array("openTargets".utf8)] as [[UInt8]])
    func `What is no request ends it`(bytes: [UInt8]) throws {
        try serve(["-s", "/nowhere"], .list) { channel in
            try channel.send(bytes.isEmpty ? [99] : bytes)
            let isRefused = try channel.receive() == nil
            #expect(isRefused)
        }
    }

    /// The targets that the companion opens, and how many descriptors came with them.
    private func openTargets(
        _ channel: borrowing MessageSocket
    ) throws -> [CompanionAnswer.TargetFacts] {
        try channel.send(CompanionRequest.openTargets.bytes)
        var targets: [CompanionAnswer.TargetFacts] = []
        while let message = try channel.receive() {
            guard case .target(let facts) = CompanionAnswer(message.bytes) else { break }
            targets.append(facts)
        }
        return targets
    }

    @Test(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
    func `A socket goes only in a target that is open, and only to the port that was asked for`()
        throws
    {
        let namespace = try SocketNamespace(["10.244.0.1,15008,1", "10.244.0.1,443,1"])
        var sockets: [UInt16: TCPSocket] = [:]
        for port in [15008, 443] as [UInt16] {
            var diag = try DiagSocket(in: .path(namespace.path))
            _ = try diag.dump(remotePort: port, clock: systemTime) { socket, _ in
                sockets[port] = socket
            }
        }
        let (meant, other) = (try #require(sockets[15008]), try #require(sockets[443]))
        let words = ["-s", "/nowhere", "-N", namespace.path, "--yes"]
        for (target, sockets) in [(0, [other]), (1, [meant]), (0, [meant, other])]
            as [(UInt16, [TCPSocket])]
        {
            let refused = CompanionRequest.destroy(
                target: target,
                lookedAt: timeSinceBoot(),
                sockets
            )
            try serve(words, .reap) { channel in
                #expect(try openTargets(channel).map(\.info.path) == [namespace.path])
                try channel.send(refused.bytes)
                let isRefused = try channel.receive() == nil
                #expect(isRefused)
            }
        }
        try serve(words, .reap) { channel in
            _ = try openTargets(channel)
            func question(_ age: TimeSpan) -> CompanionRequest {
                .destroy(target: 0, lookedAt: timeSinceBoot() - age, [meant])
            }
            // By what was seen a second ago, nothing is destroyed.
            try channel.send(question(.seconds(1) + TimeSpan(milliseconds: 1)).bytes)
            guard let message = try channel.receive(), case .late = CompanionAnswer(message.bytes)
            else {
                Issue.record("an old look is believed")
                return
            }
            for expected in [0, ENOENT] {
                try channel.send(question(.zero).bytes)
                guard let message = try channel.receive(),
                    case .destroyed(let codes) = CompanionAnswer(message.bytes)
                else {
                    Issue.record("it was not destroyed")
                    return
                }
                #expect(codes == [expected])
            }
            try channel.send(CompanionRequest.closeTargets.bytes)
            _ = try channel.receive()
            try channel.send(question(.zero).bytes)
            let isRefused = try channel.receive() == nil
            #expect(isRefused)
        }
    }
}
