import Judging
import Model

// The shape of `halfopen.report/v1`, in the order in which it is printed. What is not known to
// this version is null; fields are added, never renamed or removed, within v1. The schema is
// report-v1.schema.json beside this file.

extension ScanReport {
    fileprivate static let schema = "halfopen.report/v1"

    /// The report as one document: readable, and a line for each finding, so that two runs differ
    /// line by line.
    func renderJSON<Failure: Error>(
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var json = JSONWriter()
        json.open("{")
        json.preamble(of: self) { $0.line(indent: 2) }
        json.line(indent: 2)
        json.open("[", "findings")
        for finding in findings {
            json.line(indent: 4)
            json.object { $0.fields(of: finding) }
            try json.bytes.flush(to: sink)
        }
        if !findings.isEmpty { json.endLine(indent: 2) }
        json.close("]")
        json.line(indent: 2)
        json.field("warnings", warnings)
        json.endLine()
        json.close("}")
        json.endLine()
        try sink(json.bytes)
    }

    /// The report as lines: one for each finding, then one that sums up.
    ///
    /// Lines of many machines end up in one place and apart from each other, so each says in which
    /// format, where and when it was made. The last line is the report without its findings; where it
    /// is missing, the output was cut.
    func renderNDJSON<Failure: Error>(
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var json = JSONWriter()
        for finding in findings {
            json.object {
                $0.heading("finding", of: self)
                $0.place(of: targets[finding.target])
                $0.fields(of: finding)
            }
            json.endDocument()
            try json.bytes.flush(to: sink)
        }
        json.summaryLine(of: self)
        try sink(json.bytes)
    }

    /// Events as lines of their own, each of which says where and when; before them, where it is
    /// asked for, the line that sums up the scan.
    ///
    /// - Parameters:
    ///   - events: What the scan has changed.
    ///   - hasSummary: Whether to write the report without its findings.
    ///   - sink: Takes the pieces, in order; the last may be empty.
    /// - Throws: What `sink` throws.
    package func renderEvents<Failure: Error>(
        _ events: [FindingEvent],
        hasSummary: Bool,
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var json = JSONWriter()
        if hasSummary { json.summaryLine(of: self) }
        for event in events {
            json.object {
                $0.heading(event.kind.rawValue, of: self)
                $0.place(of: event.target)
                $0.fields(of: event.finding)
                $0.before(event)
            }
            json.endDocument()
            try json.bytes.flush(to: sink)
        }
        try sink(json.bytes)
    }
}

extension JSONWriter {
    /// Which program wrote a document.
    mutating func tool(version: String) {
        object("tool") {
            $0.field("name", "halfopen")
            $0.field("version", version)
        }
    }

    /// What the line of a finding begins with.
    fileprivate mutating func heading(_ type: String, of report: ScanReport) {
        field("type", type)
        field("schema", ScanReport.schema)
        field("generatedAt", report.generatedAt)
        field("host", report.host)
    }

    /// The report without its findings, as a line.
    ///
    /// It has the place of its target, if there is only one.
    fileprivate mutating func summaryLine(of report: ScanReport) {
        object {
            $0.field("type", "summary")
            $0.preamble(of: report) { _ in }
            $0.place(of: report.targets.count == 1 ? report.targets.first : nil)
            $0.field("warnings", report.warnings)
        }
        endDocument()
    }

    /// What an event has changed.
    fileprivate mutating func before(_ event: FindingEvent) {
        guard event.kind == .changed, let old = event.before else { return null("before") }
        object("before") { $0.judgementFields(of: old) }
    }

    /// All but the findings and warnings; `separate` starts each field's line.
    fileprivate mutating func preamble(
        of report: ScanReport,
        separate: (inout JSONWriter) -> Void
    ) {
        separate(&self)
        field("schema", ScanReport.schema)
        separate(&self)
        field("generatedAt", report.generatedAt)
        separate(&self)
        field("durationSeconds", seconds: report.duration)
        separate(&self)
        field("complete", report.isComplete)
        separate(&self)
        tool(version: report.version)
        separate(&self)
        field("host", report.host)
        separate(&self)
        field("port", report.port)
        separate(&self)
        objects("snapshots", report.snapshots) {
            $0.fields(of: $1, at: report.generatedAt)
        }
        separate(&self)
        objects("targets", report.targets) { $0.fields(of: $1) }
        separate(&self)
        object("summary") { $0.fields(of: report.summary) }
        separate(&self)
        if let reap = report.reap {
            object("reap") { $0.fields(of: reap, report.reapCounts) }
        } else {
            null("reap")
        }
    }

    private mutating func fields(of reap: ScanReport.Reap, _ counts: ScanReport.ReapCounts) {
        field("dryRun", reap.isDryRun)
        field("refusal", reap.refusal)
        field("planned", counts.planned)
        for result in Reaping.Result.allCases { field(result.rawValue, counts[result]) }
        field("left", reap.left)
    }

    private mutating func fields(of snapshot: ScanReport.Snapshot, at now: WallTime) {
        let document = snapshot.document
        field("source", document.source)
        field("format", document.format.rawValue)
        field("capturedAt", document.claimedReadTime)
        field("capturedAtSource", document.readTimeSource.rawValue)
        field("scope", document.scope.rawValue)
        field("ageSeconds", seconds: now - document.claimedReadTime)
        field("pods", snapshot.pods)
        field("addresses", snapshot.addresses)
        field("problems", document.problemCount)
    }

    private mutating func fields(of target: ScanTarget) {
        place(of: target)
        field("sockets", target.sockets)
        field("complete", target.isComplete)
        object("summary") { $0.fields(of: target.summary) }
        if let replay = target.replay {
            object("replay") { $0.fields(of: replay) }
        } else {
            null("replay")
        }
    }

    /// Which target it is; nulls if it is no single one.
    fileprivate mutating func place(of target: ScanTarget?) {
        if let target {
            object("netns") {
                $0.field("inode", target.inode)
                $0.field("path", target.path)
            }
        } else {
            null("netns")
        }
        field("pid", target?.pid)
        field("role", target?.proxy?.role)
        if let proxy = target?.proxy, !proxy.pod.isEmpty {
            object("pod") {
                $0.field("namespace", proxy.namespace)
                $0.field("name", proxy.pod)
            }
        } else {
            null("pod")
        }
        field("workload", target?.proxy?.workload)
        field("cluster", target?.proxy?.cluster)
    }

    private mutating func fields(of replay: ScanTarget.Replay) {
        field("source", replay.source)
        field("format", replay.format.rawValue)
        field("host", replay.host)
        field("bootId", replay.bootID)
        field("kernel", replay.kernel)
        field("capturedAt", replay.capturedAt)
    }

    private mutating func fields(of summary: ScanSummary) {
        field("sockets", summary.sockets)
        field("candidates", summary.candidates)
        field("confirmed", summary.confirmed)
        field("suspected", summary.suspected)
        for verdict in Verdict.allCases { field(verdict.rawValue, summary[verdict]) }
        field("oldestUndeterminedSeconds", seconds: summary.oldestUndetermined)
    }
}

extension JSONWriter {
    fileprivate mutating func fields(of finding: Finding) {
        let socket = finding.socket
        field("target", finding.target)
        judgementFields(of: finding)
        field("explanation", finding.explanation)
        object("local") { $0.fields(of: socket.local) }
        object("peer") { $0.fields(of: socket.peer) }
        field("family", socket.family.rawValue)
        field("cookie", hexadecimal: socket.cookie)
        field("inode", socket.inode)
        field("uid", socket.uid)
        if let process = finding.process {
            object("process") { $0.fields(of: process) }
        } else {
            null("process")
        }
        field("lastHeardSeconds", seconds: finding.silence)
        field("lastHeardAt", finding.heardAt)
        field(
            "lastSentSeconds",
            seconds: TimeSpan(milliseconds: Int64(socket.info.lastDataSent))
        )
        field("firstSeenAt", finding.firstSeenAt)
        field("candidateSince", finding.candidacy?.since)
        field("candidateRuns", finding.candidacy?.runs)
        object("tcp") { $0.tcpFields(of: socket) }
        objects("owners", finding.owners) { $0.fields(of: $1) }
        if let previousOwner = finding.previousOwner {
            object("previousOwner") { $0.fields(of: previousOwner) }
        } else {
            null("previousOwner")
        }
        field("action", finding.reaping?.action.rawValue)
        field("result", finding.reaping?.result?.rawValue)
    }

    private mutating func fields(of process: SocketProcess) {
        field("pid", process.pid)
        field("command", process.command)
        if let pod = process.pod {
            object("pod") {
                $0.field("namespace", pod.namespace)
                $0.field("name", pod.name)
            }
        } else {
            null("pod")
        }
    }

    fileprivate mutating func judgementFields(of finding: Finding) {
        field("verdict", finding.judgement.verdict.rawValue)
        field("confidence", finding.judgement.confidence?.rawValue)
        field("reason", finding.judgement.reason.rawValue)
        field("health", finding.health.rawValue)
    }

    mutating func fields(of endpoint: Endpoint) {
        field("address", endpoint.address.description)
        field("port", endpoint.port)
    }

    private mutating func tcpFields(of socket: TCPSocket) {
        let info = socket.info
        field("unackedSegments", info.unackedSegments)
        field("retransmits", info.retransmits)
        field("probes", info.probes)
        field("backoff", info.backoff)
        field("unsentBytes", info.unsentBytes)
        field("bytesSent", info.bytesSent)
        field("bytesReceived", info.bytesReceived)
        field("roundTripMicroseconds", info.roundTripMicroseconds)
        field("timer", socket.timer.rawValue)
        field("timerExpiresMilliseconds", socket.timer == .none ? nil : socket.timerExpires)
    }

    private mutating func fields(of pod: NamedPod) {
        let life = pod.life
        field("namespace", pod.identity.namespace)
        field("name", pod.identity.name)
        field("uid", pod.identity.uid.isEmpty ? nil : pod.identity.uid)
        field("node", pod.identity.node.isEmpty ? nil : pod.identity.node)
        field("startTime", (life.start ?? life.creation)?.wallTime)
        field("networkReadyTime", life.networkReady ?? life.networkReadyByContainers)
        field("deletionTime", life.deletion?.wallTime)
    }
}
