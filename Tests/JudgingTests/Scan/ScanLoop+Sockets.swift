import Model

@testable import Judging

extension ScanLoop {
    /// Scans a target that lists these sockets, all at one moment, in a run that has begun.
    func scan(
        _ sockets: [TCPSocket],
        at now: Double,
        remembering past: SocketHistory
    ) -> ScanResult {
        let clock = ClockReading(wall: at(now), steady: .seconds(Int64(now)))
        let target = ScanTarget(inode: 1, path: "/n", pid: nil, isComplete: false)
        return run(remembering: past, clock: { clock }) { scan in
            scan.scan(target) { body in
                for socket in sockets { body(socket, at(now)) }
                return []
            }
        }
    }
}
