import CLinux
import Discovery
import Glibc
import LinuxSystem

/// Tells which process holds a socket, by a process of its own that may still look when this one
/// has given up its privileges.
///
/// All that passes between them is numbers one way and names the other, so that what breaks into
/// the reader of snapshots can only ask.
final class ProcessLookup {
    /// How long to wait for an answer: a process that is stuck in the kernel can hold up who looks.
    private static let patienceSeconds: Int32 = 10

    private let connection: WordChannel
    /// Whether it did not answer in time: what comes after that may answer an earlier question.
    private var isLost = false

    /// Forks the process; it ends with this value.
    ///
    /// To be made while this process has no thread but one, and holds nothing that must not be kept
    /// open.
    ///
    /// - Returns: `nil` where there can be no other process.
    init?() {
        guard let ends = WordChannel.ends(patienceSeconds: Self.patienceSeconds) else {
            return nil
        }
        let pid = halfopen_fork()
        if pid == 0 { Self.answer(over: ends.far) }
        connection = WordChannel(ends.near)
        if pid < 0 { return nil }
    }

    /// The owners of sockets; of those that are not known there is none.
    func owners(of sockets: [SocketID]) -> [SocketID: SocketOwner] {
        if sockets.isEmpty || isLost { return [:] }
        guard
            connection.send(sockets.flatMap { ["\($0.namespace)", "\($0.inode)"] }),
            let words = connection.receive(), words.count == sockets.count * 4
        else {
            isLost = true
            return [:]
        }
        var owners: [SocketID: SocketOwner] = [:]
        for (index, socket) in sockets.enumerated() {
            owners[socket] = SocketOwner(words[(index * 4)..<(index * 4 + 4)])
        }
        return owners
    }

    // MARK: The other process

    private static func answer(over socket: consuming FileDescriptor) -> Never {
        // Whoever waits for the end of the report must not wait for this process.
        halfopen_close_others(socket.number)
        let connection: WordChannel
        do throws(PrivilegesError) {
            // Root's own processes can be looked into without any capability, in a container.
            connection = try Privileged(WordChannel(socket))
                .afterDropping(keeping: [.sysPtrace, .dacReadSearch], user: .kept)
        } catch {
            _exit(1)
        }
        while let words = connection.receive() {
            let sockets = stride(from: 0, to: words.count - 1, by: 2).map {
                SocketID(
                    namespace: UInt64(words[$0]) ?? 0,
                    inode: UInt32(words[$0 + 1]) ?? 0
                )
            }
            let owners = SocketOwners.find(Set(sockets))
            guard connection.send(sockets.flatMap { owners[$0].words }) else { break }
        }
        _exit(0)
    }
}

extension SocketOwner {
    /// The owner that four words name.
    fileprivate init?(_ words: ArraySlice<String>) {
        let words = Array(words)
        guard let pid = Int32(words[0]) else { return nil }
        let pod = words[3].isEmpty ? nil : PodName(namespace: words[2], name: words[3])
        self.init(pid: pid, command: words[1], pod: pod)
    }
}

extension Optional<SocketOwner> {
    fileprivate var words: [String] {
        guard let self else { return ["", "", "", ""] }
        return ["\(self.pid)", self.command, self.pod?.namespace ?? "", self.pod?.name ?? ""]
    }
}
