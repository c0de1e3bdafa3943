import IncidentLogs
import Judging
import LinuxSystem
import Model
import PodSnapshot
import Recording
import Reporting

/// What `explain` has read so far: each input goes into one incident.
struct ExplainSession {
    let request: ScanRequest
    var incident: Incident
    var inputs: [IncidentReport.Input] = []
    private var snapshots: [String] = []
    var problems: [String] = []
    var notices: [String] = []
    /// The files that were read, by what they were given as.
    var readFiles: [IncidentInput.Kind: [FileStatus: String]] = [:]

    /// A session in which nothing was read yet.
    init(_ request: ScanRequest) {
        self.request = request
        incident = Incident(port: request.port, skew: request.policy.skew)
    }

    // MARK: Who had which address

    /// Reads snapshots, recorded connections and history; what cannot be read is a problem.
    mutating func readOwnership(from opened: borrowing OpenedIncident) {
        problems += opened.problems
        var contents: [SnapshotContents] = []
        for file in opened.snapshots {
            do throws(SnapshotError) {
                contents.append(try request.read(file))
            } catch {
                problems.append("\(error)")
            }
        }
        snapshots = contents.map(\.document.source)
        problems += contents.flatMap { $0.document.gapMessages }
        problems += contents.flatMap {
            Premises.shortcomings(ofPast: $0.document, skew: request.policy.skew)
        }
        incident.lives = AddressLives(contents, skew: request.policy.skew)
        for input in opened.recordings {
            do {
                read(try request.replay(input))
            } catch {
                problems.append("\(error)")
            }
        }
        guard let path = request.state, opened.hasReadableState else { return }
        do throws(StateFileError) {
            readHistory(path, try opened.readState(path))
        } catch {
            problems.append("\(error)")
        }
    }

    private mutating func read(_ replay: any Replay) {
        let judge = Judge(
            ownership: IPOwnership([]),
            policy: request.policy,
            now: replay.info.capturedAt
        )
        let began = ClockReading(wall: replay.info.capturedAt, steady: steadyTime())
        var scan = Scan(by: judge, ScanDetail(showsAll: true), began: began)
        replay.judge(into: &scan)
        for finding in scan.findings {
            let peer = finding.socket.peer.address
            incident.recorded[peer, default: []].append(
                Incident.RecordedConnection(
                    peer: peer,
                    heardAt: finding.heardAt,
                    recordedAt: replay.info.capturedAt
                )
            )
        }
        problems += scan.gaps
    }

    /// A connection that was seen before the present owner existed was not made to it.
    private mutating func readHistory(_ path: String, _ contents: StateFile.Contents) {
        switch contents {
        case .absent: problems.append("state file '\(path)' does not exist; check the path")
        case .unusable:
            problems.append("state file '\(path)' is damaged or is not a halfopen history")
        case .history(let history):
            var recorded = incident.recorded
            history.forEachSocket { peer, firstSeenAt, openAt, boundTo in
                recorded[peer.address, default: []].append(
                    Incident.RecordedConnection(
                        peer: peer.address,
                        heardAt: firstSeenAt,
                        recordedAt: firstSeenAt,
                        boundTo: boundTo,
                        isRemembered: true,
                        openAt: openAt
                    )
                )
            }
            incident.recorded = recorded
        }
    }

    // MARK: The report

    /// Explains what was read.
    consuming func report() -> IncidentReport {
        if incident.unexplained > 0 {
            problems.append(
                "\(incident.unexplained) more requests failed than can be explained at once; give a"
                    + " shorter part of the log"
            )
        }
        if incident.packets.isOverfull {
            problems.append(
                "the captures have too many connections to port \(request.port) to follow; give a"
                    + " shorter capture"
            )
        }
        if incident.proxyLogs.isOverfull {
            problems.append(
                "the Envoy logs have too many requests at once to follow; give a shorter part"
            )
        }
        let requests = incident.explain()
        return IncidentReport(
            version: halfopenVersion,
            generatedAt: systemTime(),
            port: request.port,
            inputs: inputs,
            snapshots: snapshots,
            requests: requests,
            timelines: request.incidentFormat == .html ? incident.timelines(of: requests) : [],
            problems: problems,
            notices: notices
        )
    }
}
