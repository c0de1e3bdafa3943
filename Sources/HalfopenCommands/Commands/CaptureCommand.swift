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
        let targets = TargetSet(request)
        if request.isVerbose { targets.info.forEach { StandardStreams.say($0) } }
        do {
            let path = request.outputFile ?? "-"
            let file = path == "-" ? nil : try CaptureOutput(replacing: path)
            try request.dropPrivileges()
            let recorder = Recorder { bytes in
                if let file {
                    try file.write(bytes)
                } else {
                    try StandardStreams.writeResult(bytes)
                }
            }
            let missed = record(targets, by: recorder)
            if let failure = recorder.failure { throw failure }
            try file?.replace()
            for gap in missed { StandardStreams.say(gap) }
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
                CaptureHeading(
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
                "the clock was set during the capture: its times mean nothing; capture again"
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
            recorder.record(.target(CapturedTarget(target.info, socket.captured)))
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
            if !isRecorded { recorder.record(.target(CapturedTarget(target.info, nil))) }
            recorder.record(.problem(error.description))
            return [error.description]
        }
    }

    /// Writes records until that fails.
    private final class Recorder {
        private(set) var failure: (any Error)?
        private var encoder = CaptureEncoder()
        private let write: ([UInt8]) throws -> Void

        init(write: @escaping ([UInt8]) throws -> Void) {
            self.write = write
        }

        func record(_ record: CaptureRecord) {
            if failure != nil { return }
            do {
                try write(encoder.encode(record))
            } catch {
                failure = error
            }
        }
    }
}

extension CapturedTarget {
    fileprivate init(_ facts: ScanTarget, _ socket: Socket?) {
        self.init(
            inode: facts.inode,
            path: facts.path,
            pid: facts.pid,
            proxy: facts.proxy.map {
                Proxy(
                    role: $0.role,
                    namespace: $0.namespace,
                    pod: $0.pod,
                    workload: $0.workload,
                    cluster: $0.cluster
                )
            },
            socket: socket
        )
    }
}
