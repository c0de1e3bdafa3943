import Judging
import LinuxSystem
import Model
import Recording
import Reporting
import SockDiag

/// `halfopen capture`: what the kernel answers about the targets, for later.
struct CaptureCommand {
    let request: ScanRequest

    /// Records every target.
    ///
    /// - Returns: The exit status, by the contract of halfopen(8).
    func run() -> ExitStatus {
        do {
            var opened = try request.open(for: .capture)
            let targets = opened.targets
            if request.isVerbose { targets.info.forEach { StandardStreams.say($0) } }
            let recorder = Recorder(writing: opened.output.take())
            let missed = record(targets, by: recorder)
            for gap in missed { StandardStreams.say(gap) }
            // What an earlier capture holds is worth more than nothing.
            if missed.isEmpty || recorder.holdsSockets { try recorder.finish() }
            return missed.isEmpty ? .clear : .incomplete
        } catch {
            StandardStreams.say("\(error)")
            return .incomplete
        }
    }

    /// Records the targets in their order; why they may have more sockets.
    private func record(_ targets: TargetSet, by recorder: Recorder) -> [String] {
        recorder.record(
            .heading(
                RecordingHeading(
                    version: halfopenVersion,
                    host: hostName(),
                    bootID: kernelFact("random/boot_id") ?? "",
                    kernel: kernelFact("osrelease") ?? "",
                    remotePort: request.port,
                    begunAt: systemTime()
                )
            )
        )
        let began = readClocks()
        for problem in targets.problems { recorder.record(.problem(problem)) }
        var missed = targets.targets.flatMap { record($0, by: recorder) }
        if began.wasSet(before: readClocks(), skew: Policy().skew) {
            let problem =
                "the clock was set during the capture, so its times cannot be used; capture again"
            recorder.record(.problem(problem))
            missed.append(problem)
        }
        recorder.record(.end(systemTime()))
        return targets.problems + missed
    }

    private func record(_ target: OpenTarget, by recorder: Recorder) -> [String] {
        var isRecorded = false
        do throws(SockDiagError) {
            let socket = try target.takeSocket()
            recorder.record(.target(RecordedTarget(target.info, socket.captured)))
            isRecorded = true
            let outcome = try socket.capture(
                remotePort: request.port,
                clock: systemTime,
                record: recorder.record
            )
            if request.isVerbose {
                StandardStreams.say("\(target.name): \(outcome.sockets) sockets recorded")
            }
            return outcome.gaps.map { "\(target.name): \($0)" }
        } catch {
            if !isRecorded { recorder.record(.target(RecordedTarget(target.info, nil))) }
            recorder.record(.problem(error.description))
            return [error.description]
        }
    }

    /// Writes records until that fails.
    private final class Recorder {
        /// Whether a table of sockets could be read, in part at least.
        private(set) var holdsSockets = false
        private var failure: (any Error)?
        private var encoder = RecordingEncoder()
        /// `nil` for standard output.
        private var file: ReplacedFile?

        /// Writes to a new file, or else to standard output.
        init(writing file: consuming ReplacedFile?) {
            self.file = file
        }

        func record(_ record: RecordingRecord) {
            if case .target(let target) = record, target.socket != nil { holdsSockets = true }
            if failure != nil { return }
            do {
                let bytes = encoder.encode(record)
                if file == nil { return try StandardStreams.writeResult(bytes) }
                try file?.write(bytes.span)
            } catch {
                failure = error
            }
        }

        /// Gives the file its name, if all records are in it.
        func finish() throws {
            do {
                if let failure { throw failure }
                try file.take()?.finish()
            } catch let error as FileError {
                throw RecordingFileError.file(error)
            }
        }
    }
}

extension RecordedTarget {
    fileprivate init(_ facts: ScanTarget, _ socket: Socket?) {
        self.init(
            inode: facts.inode,
            path: facts.path,
            pid: facts.pid,
            proxy: facts.proxy,
            socket: socket
        )
    }
}
