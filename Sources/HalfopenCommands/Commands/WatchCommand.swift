import Judging
import LinuxSystem
import Model
import PodSnapshot
import Reporting

/// `halfopen watch`: scan after scan, and what has changed from one to the next.
struct WatchCommand {
    private let request: ScanRequest
    private let processes: ProcessLookup?
    private let inbox: SignalInbox
    private let serviceManager = ServiceManager()
    private var register = ProcessRegister()
    private var findings = FindingLog()
    private var counts = LastCounts()
    private var warnings = WarningLog()
    private var troubles = WarningLog()
    private var remarks = WarningLog()
    private var reaped = ScanReport.ReapCounts()
    private var clock: ClockWatch

    /// Watches until it is told to end, or cannot go on.
    ///
    /// - Returns: The exit status, by the contract of halfopen(8).
    static func run(_ request: ScanRequest) -> ExitStatus {
        // Forked first: it has no use for the signals.
        let processes = ProcessLookup()
        do throws(Errno) {
            var watch = WatchCommand(request, processes, try SignalInbox())
            return watch.run()
        } catch {
            StandardStreams.say("cannot wait for signals: \(error)")
            return .incomplete
        }
    }

    private init(_ request: ScanRequest, _ processes: ProcessLookup?, _ inbox: SignalInbox) {
        self.request = request
        self.processes = processes
        self.inbox = inbox
        clock = ClockWatch(skew: request.policy.skew)
    }

    private mutating func run() -> ExitStatus {
        let began = steadyTime()
        do {
            try request.dropPrivilegesOfWatch()
            let status = watch(try SnapshotShelf(request))
            tell("STOPPING=1")
            return status
        } catch {
            StandardStreams.say("\(error)")
            let metrics = ScanMetrics(
                failedAt: systemTime(),
                after: steadyTime() - began,
                version: halfopenVersion
            )
            _ = write(metrics)
            return .incomplete
        }
    }

    private mutating func watch(_ first: SnapshotShelf) -> ExitStatus {
        var snapshots = first
        var session = ScanSession(request, snapshots.contents)
        var beat = Beat(every: request.interval, from: steadyTime())
        var isFirst = true
        while true {
            // Opened for each scan: a socket that is kept would keep its namespace alive.
            let targets = TargetSet(request, &register)
            var outcome = session.judge(targets, beside: snapshots.faults)
            let isOfOneClock = clock.isOfOneClock(
                outcome.result.began,
                outcome.result.ended,
                capture: session.ownership.captureBound
            )
            outcome.isOfOneClock = outcome.isOfOneClock && isOfOneClock
            let report = reap(outcome, targets)
            do throws(StandardStreams.WriteError) {
                guard try publish(report) else { return .clear }
            } catch {
                StandardStreams.say(error.message)
                return .incomplete
            }
            let isWritten = write(ScanMetrics(counts.update(report)))
            // A name that is wrong shows at once, and a disk that is full may not be for ever.
            if isFirst, !isWritten { return .incomplete }
            // From the wrong namespace none can be entered, and this one not be left.
            if targets.targets.last?.isStranded == true { return .incomplete }
            tell(
                "READY=1",
                "STATUS=\(report.summaryLine(asked: request.policy.asked).terminalSafe)"
            )
            isFirst = false

            let isRead = wait(beat.advance(now: steadyTime()))
            if inbox.isToEnd || !isRead { return .clear }
            let isReloading = inbox.takeReload()
            if isReloading { tell("RELOADING=1") }
            if snapshots.refresh(all: isReloading) {
                session = ScanSession(request, snapshots.contents)
            }
        }
    }

    /// Destroys what was found, if that was asked for.
    private mutating func reap(_ outcome: ScanSession.Outcome, _ targets: TargetSet) -> ScanReport {
        guard request.reaps else { return outcome.report }
        var outcome = outcome
        if let processes, outcome.report.summary.candidates > 0 {
            // Of what is destroyed nobody can tell afterwards who held it.
            let report = outcome.report
            outcome.report.findings = processes.named(report.findings, in: report.targets)
        }
        var (report, remarks) = outcome.reaped(as: request, in: targets.targets)
        targets.targets.forEach { $0.close() }
        report.reap?.earlier = reaped
        reaped.add(report.reapCounts)
        for remark in self.remarks.update(remarks).news { StandardStreams.say(remark) }
        return report
    }

    /// Waits, and gives signs of life where they are waited for.
    ///
    /// - Returns: Whether anybody can still read standard output.
    private func wait(_ time: TimeSpan) -> Bool {
        let end = steadyTime() + time
        var (rest, isRead) = (time, true)
        repeat {
            if serviceManager?.watchdogInterval != nil { tell("WATCHDOG=1") }
            isRead = inbox.wait(min(rest, serviceManager?.watchdogInterval ?? rest))
            rest = end - steadyTime()
        } while rest > .zero && isRead && !inbox.hasNews
        return isRead
    }

    /// Prints what has changed.
    ///
    /// - Returns: Whether anybody reads it.
    private mutating func publish(_ report: ScanReport) throws(StandardStreams.WriteError) -> Bool {
        let (news, isChanged) = warnings.update(report.warnings)
        for warning in news { StandardStreams.say(warning) }
        if request.isVerbose {
            let took = report.duration.milliseconds
            StandardStreams.say(
                "\(report.summaryLine(asked: request.policy.asked)); scanned in \(took) ms"
            )
        }
        var isRead = true
        let events = findings.update(report) { [processes] new in
            processes?.named(new, in: report.targets) ?? new
        }
        try report.renderEvents(events, hasSummary: isChanged) {
            bytes throws(StandardStreams.WriteError) in
            if isRead, !bytes.isEmpty { isRead = try StandardStreams.isRead(writing: bytes) }
        }
        return isRead
    }

    private mutating func write(_ metrics: ScanMetrics) -> Bool {
        guard let path = request.metricsFile else { return true }
        var trouble: [String] = []
        do throws(ReplacedFile.Failure) {
            try ReplacedFile(path: path).write(metrics.text)
        } catch {
            trouble = [error.message]
        }
        for message in troubles.update(trouble).news { StandardStreams.say(message) }
        return trouble.isEmpty
    }

    /// Tells the service manager, if there is one; that it does not listen ends nothing.
    private func tell(_ assignments: String...) {
        do throws(Errno) {
            try serviceManager?.tell(assignments)
        } catch {
            StandardStreams.say("cannot tell the service manager how it is: \(error)")
        }
    }
}
