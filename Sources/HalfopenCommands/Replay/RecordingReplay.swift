import Discovery
import Judging
import Model
import Recording
import Reporting
import SockDiag

/// A capture that is judged, target by target.
final class RecordingReplay: Replay {
    let info: ScanTarget.Replay
    private(set) var endedAt: WallTime
    private let input: RecordingInput
    private let port: UInt16
    /// The target whose records come next.
    private var target: RecordedTarget?
    /// What the capture itself says of the target that is judged.
    private var problems: [String] = []
    /// Why it cannot be read on.
    private var fault: RecordingFileError?

    /// A capture of which the heading was read.
    init(_ input: RecordingInput, _ heading: RecordingHeading) {
        self.input = input
        port = heading.remotePort
        info = ScanTarget.Replay(
            source: input.path,
            format: .capture,
            host: heading.host,
            bootID: heading.bootID,
            kernel: heading.kernel,
            capturedAt: heading.begunAt
        )
        endedAt = heading.begunAt
    }

    func judge(into scan: inout Scan) {
        // Nothing else comes before the first target, if there is any.
        while nextRecord() != nil {}
        for problem in problems { scan.note("capture '\(input.path)': \(problem)") }
        if let fault { scan.note(fault.description) }
        while let next = target {
            scan.scan(ScanTarget(next, info)) { list(next, body: $0) }
        }
    }

    /// Hands over the sockets of a target, and reads on to the next one.
    private func list(_ next: RecordedTarget, body: (TCPSocket, WallTime) -> Void) -> [String] {
        target = nil
        problems = []
        var missed =
            next.socket.map { sockets(of: $0, body: body) } ?? ["its sockets were not dumped"]
        while nextRecord() != nil {}
        // Where the capture is damaged, all else follows from that.
        if let fault { return [fault.description] }
        if !problems.isEmpty { missed = problems }
        let place = next.path.map { ", network namespace '\($0)'" } ?? ""
        return missed.map { "capture '\(input.path)'\(place): \($0)" }
    }

    private func sockets(
        of socket: RecordedTarget.Socket,
        body: (TCPSocket, WallTime) -> Void
    ) -> [String] {
        do throws(SockDiagError) {
            let replayed = ReplayedSocket(socket) { self.nextRecord() }
            return try replayed.dump(remotePort: port, body: body).gaps.map(\.description)
        } catch {
            return [
                error == .endOfReplay
                    ? "its records do not continue like a dump; another version may have written it"
                    : error.description
            ]
        }
    }

    /// The next record of the target that is judged; `nil` after its last.
    private func nextRecord() -> RecordingRecord? {
        while target == nil, fault == nil {
            do throws(RecordingFileError) {
                switch try input.nextRecord() {
                case .target(let next): target = next
                case .problem(let sentence): problems.append(sentence)
                case .end(let time): endedAt = time
                case .datagram(let datagram):
                    endedAt = datagram.receivedAt
                    return .datagram(datagram)
                case let record: return record
                }
            } catch {
                fault = error
            }
        }
        return nil
    }
}

extension ScanTarget {
    fileprivate init(_ target: RecordedTarget, _ replay: Replay) {
        self.init(
            inode: target.inode,
            path: target.path,
            pid: target.pid,
            // Only what a report knows: a capture may say anything.
            proxy: target.proxy.flatMap { ProxyRole(rawValue: $0.role) == nil ? nil : $0 },
            isDiscovered: target.proxy != nil,
            replay: replay,
            isComplete: false
        )
    }
}
