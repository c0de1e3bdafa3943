import Judging
import Model
import Recording
import Reporting
import SockDiag

/// What `ss -D` wrote, which is judged as one target.
final class SSReplay: Replay {
    let info: ScanTarget.Replay
    var endedAt: WallTime { info.capturedAt }
    private let input: RecordingInput
    private let port: UInt16
    private let timeIsStated: Bool
    /// Why it cannot be read on.
    private var fault: RecordingFileError?

    /// What was dumped at a moment not later than this one.
    ///
    /// - Parameters:
    ///   - input: The file.
    ///   - dumpedAt: When it was dumped.
    ///   - isStated: Whether somebody says so, or the file's time has to do.
    ///   - port: The remote port of the connections.
    init(_ input: RecordingInput, dumpedAt: WallTime, isStated: Bool, port: UInt16) {
        self.input = input
        timeIsStated = isStated
        self.port = port
        info = ScanTarget.Replay(
            source: input.path,
            format: .ss,
            host: nil,
            bootID: nil,
            kernel: nil,
            capturedAt: dumpedAt
        )
    }

    func judge(into scan: inout Scan) {
        let target = ScanTarget(
            inode: nil,
            path: nil,
            pid: nil,
            replay: info,
            isComplete: false
        )
        scan.scan(target) { body in
            var missed = sockets(body: body)
            if let fault { return [fault.description] }
            // A time that is too late makes every peer heard later: its candidates are real, but others
            // may be missed.
            if !timeIsStated {
                missed.append(
                    "an ss dump has no timestamp, and its file time is later if the file was"
                        + " copied, so candidates may be missed; give the time of the dump"
                        + " (--dumped-at TIME)"
                )
            }
            return missed.map { "capture '\(input.path)': \($0)" }
        }
    }

    private func sockets(body: (TCPSocket, WallTime) -> Void) -> [String] {
        do throws(SockDiagError) {
            let replayed = ReplayedSocket(dumpedBySSAt: info.capturedAt) { self.nextMessage() }
            let gaps = try replayed.dump(remotePort: port, body: body).gaps
            if nextMessage() != nil {
                return ["it has more data after the answers for IPv4 and IPv6; dump again"]
            }
            return gaps.map(description)
        } catch {
            return [
                error == .endOfReplay
                    ? "it ends before the end of the answers for IPv4 and IPv6; dump both with"
                        + " 'ss -D FILE -i'"
                    : error.description
            ]
        }
    }

    private func description(of gap: DumpOutcome.Gap) -> String {
        guard case .undecodable(let count, .missingTCPInfo) = gap else { return gap.description }
        return "\(count) connections have no TCP info, which every verdict needs; dump again with"
            + " -i: 'ss -D FILE -i'"
    }

    private func nextMessage() -> [UInt8]? {
        do throws(RecordingFileError) {
            return try input.nextMessage()
        } catch {
            fault = error
            return nil
        }
    }
}
