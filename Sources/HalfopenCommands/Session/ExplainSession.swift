import IncidentLogs
import Judging
import LinuxSystem
import Model
import PodSnapshot
import Recording
import Reporting

/// What `explain` has read so far: each input goes into one incident.
struct ExplainSession {
    private let request: ScanRequest
    private var incident: Incident
    private var inputs: [IncidentReport.Input] = []
    private var snapshots: [String] = []
    private var problems: [String] = []
    private var notices: [String] = []

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
            history.forEachSocket { peer, firstSeenAt, boundTo in
                recorded[peer.address, default: []].append(
                    Incident.RecordedConnection(
                        peer: peer.address,
                        heardAt: firstSeenAt,
                        recordedAt: firstSeenAt,
                        boundTo: boundTo
                    )
                )
            }
            incident.recorded = recorded
        }
    }

    // MARK: Logs and captures

    /// Reads an input to its end; what goes wrong is a problem, and what was read counts.
    mutating func read(_ input: OpenedInput) {
        inputs.append(IncidentReport.Input(kind: input.kind.rawValue, source: input.path))
        do throws(IncidentInputError) {
            switch input.kind {
            case .accessLog: try readAccessLog(input)
            case .envoyLog: try readEnvoyLog(input)
            case .capture: try readCapture(input)
            }
        } catch {
            problems.append(error.description)
        }
    }

    private mutating func readAccessLog(_ input: OpenedInput) throws(IncidentInputError) {
        let index = inputs.count - 1
        var reader = AccessLogReader(input: index)
        var incident = self.incident
        self.incident = Incident(port: request.port, skew: request.policy.skew)
        incident.beginAccessLog()
        defer {
            self.incident = incident
            inputs[index].lines = reader.counts.lines
            inputs[index].recognized = reader.counts.entries
            inputs[index].relevant = reader.counts.failures
        }
        try input.read { chunk throws(IncidentInputError) in
            reader.feed(chunk) { incident.take($0) }
        }
        reader.finish { incident.take($0) }
        noteAccessLog(input, reader.counts)
        noteLines(of: input, damaged: reader.counts.damaged, endsWithinLine: reader.endsWithinLine)
    }

    private mutating func noteAccessLog(_ input: OpenedInput, _ counts: AccessLogReader.Counts) {
        let advice = "give one in Istio's default format, text or JSON"
        if counts.lines == 0 {
            problems.append("access log '\(input.path)' is empty; \(advice)")
        } else if counts.entries == 0 {
            problems.append(
                "access log '\(input.path)' has no whole line of an access log:"
                    + " \(counted(counts.lines, "line")) read; \(advice)"
            )
        }
    }

    /// Notes the lines of a log that could not be read, and so may hide something.
    private mutating func noteLines(of input: OpenedInput, damaged: Int, endsWithinLine: Bool) {
        let log = "\(input.kind.name) '\(input.path)'"
        if damaged > 0 {
            problems.append(
                "\(log): could not read \(counted(damaged, "line")) (cut, or of another format);"
                    + " failed requests may be missing"
            )
        }
        if endsWithinLine {
            problems.append("\(log) ends within a line: it was cut, or is still being written")
        }
    }

    private mutating func readEnvoyLog(_ input: OpenedInput) throws(IncidentInputError) {
        let index = inputs.count - 1
        var reader = EnvoyLogReader(input: index)
        var trace = incident.proxyLogs
        trace.begin()
        defer {
            incident.proxyLogs = trace
            inputs[index].lines = reader.counts.lines
            inputs[index].recognized = reader.counts.messages
            inputs[index].relevant = reader.counts.events
        }
        try input.read { chunk throws(IncidentInputError) in
            reader.feed(chunk) { trace.take($0) }
        }
        reader.finish { trace.take($0) }
        noteLines(of: input, damaged: reader.counts.damaged, endsWithinLine: reader.endsWithinLine)
        if reader.counts.lines == 0 {
            problems.append(
                "Envoy log '\(input.path)' is empty; give the log of the proxy's container"
            )
        } else if reader.counts.messages == 0 {
            problems.append(
                "Envoy log '\(input.path)' has no message of Envoy:"
                    + " \(counted(reader.counts.lines, "line")) read; give the log of the proxy's"
                    + " container, at level debug"
            )
        } else if let logger = reader.counts.missingLogger {
            problems.append(
                "Envoy log '\(input.path)' has no message of the logger \(logger) at level debug;"
                    + " raise it: 'istioctl proxy-config log POD --level connection:debug,pool:debug,"
                    + "router:debug,http:debug,client:debug'"
            )
        }
    }

    private mutating func readCapture(_ input: OpenedInput) throws(IncidentInputError) {
        let index = inputs.count - 1
        var reader = CaptureReader(port: request.port)
        var trace = incident.packets
        trace.begin(input: index)
        defer {
            trace.end()
            incident.packets = trace
            inputs[index].lines = reader.counts.packets
            inputs[index].recognized = reader.counts.packets - reader.counts.unknownLink
            inputs[index].relevant = reader.counts.segments
            inputs[index].first = reader.counts.first
            inputs[index].last = reader.counts.last
        }
        let path = input.path
        try input.read { chunk throws(IncidentInputError) in
            do throws(CaptureReader.Fault) {
                try reader.feed(chunk) { trace.take($0, captureBegan: $1) }
            } catch {
                throw IncidentInputError(error, path: path)
            }
        }
        do throws(CaptureReader.Fault) {
            try reader.finish()
        } catch {
            throw IncidentInputError(error, path: path)
        }
        noteCapture(input.path, reader.counts)
    }

    private mutating func noteCapture(_ path: String, _ counts: CaptureReader.Counts) {
        if counts.isTruncated {
            problems.append(
                "packet capture '\(path)' ends within a packet: it was cut, or is still being written"
            )
        }
        if counts.unknownLink > 0 {
            problems.append(
                "packet capture '\(path)': skipped \(counted(counts.unknownLink, "packet")) of a link"
                    + " type that is not supported; capture on an interface with Ethernet, Linux cooked or raw IP"
            )
        }
        if counts.cut > 0 {
            problems.append(
                "packet capture '\(path)': skipped \(counted(counts.cut, "packet")) cut before the end"
                    + " of the TCP header; capture at least 96 bytes of each ('tcpdump -s 96')"
            )
        }
        if counts.packets > 0, counts.segments == 0 {
            notices.append(
                "packet capture '\(path)' has no segment from or to port \(request.port)"
            )
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

extension EnvoyLogReader.Counts {
    /// A logger that must have said something and did not; `nil` if none is missed.
    fileprivate var missingLogger: String? {
        if events == 0 { return "connection" }
        return connections > 0 && poolMessages == 0 ? "pool" : nil
    }
}
