import Judging
import Model
import Recording
import Reporting
import SockDiag

/// What once was recorded of a kernel, while it is judged: as a stream, like the kernel's answers.
protocol Replay: AnyObject {
    /// What it is, as the report shows it.
    var info: ScanTarget.Replay { get }
    /// The latest moment that it has told of yet.
    var endedAt: WallTime { get }

    /// Judges all of it; what cannot be read becomes a gap.
    func judge(into scan: inout Scan)
}

/// Why a recording cannot be judged as it was asked for.
struct ReplayMismatch: Error, CustomStringConvertible {
    let description: String
}

extension ScanRequest {
    /// Reads the beginning of an opened capture.
    func replay(_ input: RecordingInput) throws -> any Replay {
        switch try input.begin() {
        case .capture(let heading):
            guard heading.remotePort == port else {
                throw ReplayMismatch(
                    description: "capture '\(input.path)' holds the connections to port"
                        + " \(heading.remotePort): judge them with --port \(heading.remotePort)"
                )
            }
            if dumpedAt != nil {
                StandardStreams.say(
                    "capture '\(input.path)' states when it was made; --dumped-at is for dumps of ss,"
                        + " and is ignored"
                )
            }
            return RecordingReplay(input, heading)
        case .ss(let modified):
            guard let time = dumpedAt ?? modified else {
                throw RecordingFileError.timeless(path: input.path)
            }
            return SSReplay(input, dumpedAt: time, isStated: dumpedAt != nil, port: port)
        }
    }
}
